/* SPDX-License-Identifier: Apache-2.0 */
/* Requests over HTTP/2, one after the other on one connection. */
#ifndef PROBE_H2_ASK_H
#define PROBE_H2_ASK_H

#include "base/arena.h"
#include "probe/reply.h"
#include "probe/wire.h"

/* How a request is written. All but the first are what a library would not send. */
enum h2_form {
    H2_FORM_USUAL,
    H2_FORM_CONNECT,  /* an extended CONNECT for a WebSocket (RFC 8441), in place of the method */
    H2_FORM_PIECES,   /* the head is in a HEADERS frame and two CONTINUATION frames */
    H2_FORM_CASE,     /* the names of `fields` stay as they are (RFC 9113, 8.2.1: malformed) */
    H2_FORM_TWO_HEADS /* trailers with a :path, `second_path` (RFC 9113, 8.1: malformed) */
};

struct h2_request {
    struct str method;
    struct str authority; /* empty: no :authority */
    struct str target;
    struct str fields; /* "Name: value" lines with CR LF */
    enum h2_form form;
    struct str second_path;
};

/* Gives the reply to the last one; status 0: it was reset, or the connection ended. *sent is all
 * that was sent. False: the server did not answer in time. */
bool h2_ask(struct wire *wire, const struct h2_request *requests, size_t n, struct arena *arena,
            struct reply *out, struct str *sent);

#endif
