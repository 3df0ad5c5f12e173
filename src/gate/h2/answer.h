/* SPDX-License-Identifier: Apache-2.0 */
/* A response as HTTP/2 sends it (RFC 9113, 8.3.2). See struct protocol for the functions. */
#ifndef GATE_H2_ANSWER_H
#define GATE_H2_ANSWER_H

#include "gate/request.h"

void h2_informational(struct request *request, int status, const struct headers *fields);
void h2_frame(struct request *request);
void h2_fields(struct request *request);
void h2_head(struct request *request);
void h2_data(struct request *request, struct str bytes);
void h2_file(struct request *request, int fd, uint64_t offset, uint64_t n, bool owned);
void h2_end(struct request *request);
void h2_reset(struct request *request);
uint64_t h2_unsent(const struct request *request);

#endif
