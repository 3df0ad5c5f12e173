/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes the head of an HTTP/2 request (RFC 9113, 8.3) as the text of an HTTP/1.1 head. So one
 * parser checks both, and no accepted request means something else to an HTTP/1 backend.
 */
#ifndef HTTP_H2_HEAD_H
#define HTTP_H2_HEAD_H

#include "base/arena.h"
#include "base/error.h"
#include "http/header.h"

/*
 * `fields` are in the order received, with pseudo-headers, decoded by HPACK. *out is a head that
 * ends in an empty line, in the arena; *line is the request line for logs ("GET /x HTTP/2.0").
 * False: the request is malformed (RFC 9113, 8.1.1), a stream error PROTOCOL_ERROR; *err says why.
 * Malformed are: a missing, repeated, unknown, or late pseudo-header; CONNECT with a scheme or a
 * path; a scheme other than http and https; a path that is neither "*" nor begins with "/"; control
 * bytes or blanks that could end a line or a name; capital letters in a name; connection headers
 * (8.2.2); "te" with anything but "trailers"; a Host that is not the authority.
 */
MUST_CHECK bool h2_head_text(const struct headers *fields, struct arena *arena, struct str *out,
                             struct str *line, struct error *err);

#endif
