/* SPDX-License-Identifier: Apache-2.0 */
/* The length of a message's body (RFC 9112, 6). Here yett refuses request smuggling. */
#ifndef HTTP_FRAMING_H
#define HTTP_FRAMING_H

#include <stdbool.h>
#include <stdint.h>

#include "http/header.h"
#include "http/request_head.h"
#include "http/response_head.h"

enum body_kind {
    BODY_NONE,
    BODY_LENGTH,
    BODY_CHUNKED,
    BODY_UNTIL_CLOSE, /* responses only */
};

struct framing {
    enum body_kind kind;
    uint64_t length; /* BODY_LENGTH */
    bool keep_alive; /* the connection may serve another message after this one (RFC 9112, 9.3) */
};

/*
 * A request's framing. False, with *status 400 (501 for an unknown coding) and *reason: two
 * Content-Length headers or values, Content-Length with Transfer-Encoding, Transfer-Encoding in
 * HTTP/1.0, any coding but a single final "chunked". Then close the connection.
 */
MUST_CHECK bool framing_of_request(const struct request_head *head, struct framing *out,
                                   int *status, const char **reason);

/* The framing of a response to a request with `method`. False with *reason: malformed (502). */
MUST_CHECK bool framing_of_response(const struct response_head *head, enum method method,
                                    struct framing *out, const char **reason);

#endif
