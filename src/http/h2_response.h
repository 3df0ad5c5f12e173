/* SPDX-License-Identifier: Apache-2.0 */
/* The head of an HTTP/2 response, and its framing, in the form of HTTP/1's (RFC 9113, 8.3.2). */
#ifndef HTTP_H2_RESPONSE_H
#define HTTP_H2_RESPONSE_H

#include <stdbool.h>

#include "base/compiler.h"
#include "http/framing.h"
#include "http/header.h"
#include "http/response_head.h"

/*
 * `fields` are in the order received, with `:status`, decoded by HPACK; *out borrows them. False
 * with *reason: malformed (RFC 9113, 8.1.1). Malformed are: a `:status` that is missing, repeated,
 * late or not of three digits; another pseudo-header; 101; what h2_fields_valid refuses.
 */
MUST_CHECK bool h2_response_head(const struct headers *fields, struct response_head *out,
                                 const char **reason);

/*
 * Whether the usual fields of a head or trailer section can go on to an HTTP/1 peer: tokens without
 * capital letters, values without control bytes or blanks around them, no fields about one
 * connection (RFC 9113, 8.2.1 and 8.2.2), no pseudo-headers.
 */
bool h2_fields_valid(const struct headers *fields);

/*
 * The framing of that response to a request with `method`. `ended`: the head's frame ended the
 * stream. A body of unknown length is BODY_CHUNKED. False with *reason: malformed.
 */
MUST_CHECK bool h2_response_framing(const struct response_head *head, enum method method,
                                    bool ended, struct framing *out, const char **reason);

#endif
