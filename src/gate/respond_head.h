/* SPDX-License-Identifier: Apache-2.0 */
/* The headers of a response. */
#ifndef GATE_RESPOND_HEAD_H
#define GATE_RESPOND_HEAD_H

#include "gate/request.h"

/* Makes request->response.sent. Call it when status, framing and keep-alive are decided. */
void respond_make_head(struct request *request);
/* Logs the directive whose header cannot be sent, and the part of the value with a line break. */
void respond_log_unfit(struct request *request, const struct field_place *place, struct str name,
                       const struct template *value);
/* ETag and Last-Modified of a 200 after the hooks, for If-Range; "" and -1: none. */
void respond_validators(struct request *request, struct str *etag, time_t *last_modified);

#endif
