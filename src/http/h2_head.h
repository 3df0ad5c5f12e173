/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads the fields of an HTTP/2 request (RFC 9113, 8.3) as the parts of an HTTP/1.1 head, which
 * request_head_take then judges by the rules of HTTP/1. So no accepted request means something else
 * to an HTTP/1 backend: each part would be one word or one line there.
 */
#ifndef HTTP_H2_HEAD_H
#define HTTP_H2_HEAD_H

#include "base/arena.h"
#include "base/error.h"
#include "http/header.h"
#include "http/request_head.h"

struct h2_head {
    struct head_parts parts; /* of an HTTP/1.1 head; they point into the fields or the arena */
    struct str line;         /* the request line for logs: "GET /x HTTP/2.0" */
    struct str protocol;     /* of an extended CONNECT, as ":protocol" says; else empty */
};

/*
 * `fields` are in the order received, with pseudo-headers, decoded by HPACK. *out points into them
 * and the arena.
 * An extended CONNECT (RFC 8441) becomes the GET with Upgrade that RFC 6455 (4.1) describes; its
 * Sec-WebSocket-Key is `key`, for a client sends none.
 * False: the request is malformed (RFC 9113, 8.1.1), a stream error PROTOCOL_ERROR; *err says why.
 * Malformed are: a missing, repeated, unknown, or late pseudo-header; CONNECT with a scheme or a
 * path, unless it is extended; a scheme other than http and https; a path that is neither "*" nor
 * begins with "/"; control bytes or blanks that could end a line or a name; capital letters in a
 * name; connection headers (8.2.2); "te" with anything but "trailers"; a Host that is not the
 * authority; ":protocol" without CONNECT, or with a length.
 */
MUST_CHECK bool h2_head_read(const struct headers *fields, struct str key, struct arena *arena,
                             struct h2_head *out, struct error *err);

#endif
