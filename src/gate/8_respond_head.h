/* SPDX-License-Identifier: Apache-2.0 */
/* The head of an answer: which fields it has, and how HTTP/1 writes them. */
#ifndef GATE_8_RESPOND_HEAD_H
#define GATE_8_RESPOND_HEAD_H

#include "gate/output.h"
#include "gate/request.h"

/* Composes request->response.sent and queues it. Status, framing and keep-alive are decided. */
void respond_write_head(struct request *request);
void respond_write_field(struct output *output, struct str name, struct str value);
/* Whether add_header or add_trailer applies to an answer with that status. */
bool respond_rule_applies(const struct header_rule *rule, int status);

#endif
