/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The head of a request that came as HTTP/2 fields (RFC 9113, 8.3), as the text of an HTTP/1.1
 * head: so one parser judges both, and what it passes cannot mean something else to an HTTP/1
 * backend.
 */
#ifndef HTTP_H2_HEAD_H
#define HTTP_H2_HEAD_H

#include "base/arena.h"
#include "base/error.h"
#include "http/header.h"

/*
 * `fields` in the order they came, pseudo-fields among them, with names and values as HPACK decoded
 * them. *out is a head that ends in an empty line, in the arena; *line is the request line for logs
 * ("GET /x HTTP/2.0"). False: the request is malformed (RFC 9113, 8.1.1); err says why. That is a
 * stream error, PROTOCOL_ERROR. Malformed are: a missing, repeated, unknown, or late pseudo-field;
 * another scheme than http and https; a path that is neither "*" nor begins with "/"; control bytes
 * or blanks where they could end a line or a name; capital letters in a name; fields of a
 * connection (8.2.2); "te" with anything but "trailers"; a Host that is not the authority.
 */
MUST_CHECK bool h2_head_text(const struct headers *fields, struct arena *arena, struct str *out,
                             struct str *line, struct error *err);

#endif
