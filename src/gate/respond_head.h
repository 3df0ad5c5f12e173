/* SPDX-License-Identifier: Apache-2.0 */
/* The head of a response: its headers, and how HTTP/1 writes them. */
#ifndef GATE_RESPOND_HEAD_H
#define GATE_RESPOND_HEAD_H

#include "gate/output.h"
#include "gate/request.h"

/* Composes request->response.sent and queues it. Status, framing and keep-alive are decided. */
void respond_write_head(struct request *request);
void respond_write_field(struct output *output, struct str name, struct str value);
/* Logs the directive whose header cannot be sent, and the part of its value with the line break. */
void respond_log_unfit(struct request *request, const struct field_place *place, struct str name,
                       const struct template *value);
/* ETag and Last-Modified of a 200 after add_header, for If-Range; "" and -1: none. */
void respond_validators(struct request *request, struct str *etag, time_t *last_modified);
/* Whether add_header or add_trailer applies to a response with that status. */
bool respond_rule_applies(const struct header_rule *rule, int status);

#endif
