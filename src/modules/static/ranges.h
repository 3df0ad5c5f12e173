/* SPDX-License-Identifier: Apache-2.0 */
/* A file as a response: all of it, or the requested ranges (RFC 9110, 14). */
#ifndef MODULES_STATIC_RANGES_H
#define MODULES_STATIC_RANGES_H

#include "gate/request.h"

/*
 * Sends the file of `size` bytes that request->response describes with 200, or parts of it with
 * 206, or answers 416. Takes the descriptor.
 */
void ranges_send(struct request *request, int fd, uint64_t size);

#endif
