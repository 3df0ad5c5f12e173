/* SPDX-License-Identifier: Apache-2.0 */
/* The head of a request, whatever protocol it came by: parsed as HTTP/1 text, and given to the
 * walk. */
#ifndef GATE_HEAD_H
#define GATE_HEAD_H

#include <stdbool.h>

#include "gate/request.h"
#include "http/framing.h"

/* What large_client_header_buffers and max_headers allow. */
struct head_limits head_limits_of(const struct server_settings *settings);
/*
 * Parses the head (request_head_scan found its end), and tells the walk what it asks for. Copies
 * it. False: *status is what to answer, *reason is for the log.
 */
MUST_CHECK bool head_take(struct request *request, struct str head, struct framing *framing,
                          int *status, const char **reason);
/* The same for its body, by the framing. */
void head_announce_body(struct request *request, bool present, int64_t length);
/* The head is refused, and what is known of it is for the log: an error page is all there can be.
 */
void head_refuse(struct request *request, int status, const char *reason);

#endif
