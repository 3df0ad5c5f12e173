/* SPDX-License-Identifier: Apache-2.0 */
/* A response as HTTP/1 writes it (RFC 9112). See struct protocol for the functions. */
#ifndef GATE_H1_ANSWER_H
#define GATE_H1_ANSWER_H

#include "gate/request.h"

void h1_informational(struct request *request, int status, const struct headers *fields);
void h1_frame(struct request *request);
void h1_fields(struct request *request);
void h1_head(struct request *request);
void h1_data(struct request *request, struct str bytes);
void h1_file(struct request *request, int fd, uint64_t offset, uint64_t n, bool owned);
void h1_end(struct request *request);
void h1_reset(struct request *request);
uint64_t h1_unsent(const struct request *request);

#endif
