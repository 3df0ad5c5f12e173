/* SPDX-License-Identifier: Apache-2.0 */
/* The head of a request of any protocol: judged by the rules of HTTP/1, and given to the walk. */
#ifndef GATE_HEAD_H
#define GATE_HEAD_H

#include <stdbool.h>

#include "gate/request.h"
#include "http/framing.h"

/* The limits by large_client_header_buffers and max_headers. */
struct head_limits head_limits_of(const struct server_settings *settings);
/*
 * Copies and parses the head (request_head_scan found its end), and gives it to the walk. False:
 * *status is the answer, *reason is for the log.
 */
MUST_CHECK bool head_take_text(struct request *request, struct str head, struct framing *framing,
                               int *status, const char **reason);
/* The same for a head in parts, which must live as long as the request; checks the limits too. */
MUST_CHECK bool head_take_parts(struct request *request, const struct head_parts *parts,
                                struct framing *framing, int *status, const char **reason);
/* Tells the request whether it has a body, and its length (-1: unknown), by the framing. */
void head_announce_body(struct request *request, bool present, int64_t length);
/* Whether the client holds its body back until it is told to go on (RFC 9110, 10.1.1). */
bool head_expects_continue(const struct request *request);
/* Refuses the head: the answer can only be an error page. Logs what is known of the head. */
void head_refuse(struct request *request, int status, const char *reason);

#endif
