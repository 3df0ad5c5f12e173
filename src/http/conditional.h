/* SPDX-License-Identifier: Apache-2.0 */
/* Conditional requests (RFC 9110, 13), as nginx decides them for files. */
#ifndef HTTP_CONDITIONAL_H
#define HTTP_CONDITIONAL_H

#include <stdbool.h>
#include <time.h>

#include "base/str.h"
#include "http/header.h"

enum since { SINCE_OFF, SINCE_EXACT, SINCE_BEFORE }; /* if_modified_since */

enum precondition { CONDITION_NONE, CONDITION_NOT_MODIFIED, CONDITION_FAILED /* 412 */ };

/* `etag` is quoted, perhaps after W/; empty: none. last_modified -1: unknown. */
enum precondition conditional_check(const struct headers *request, struct str etag,
                                    time_t last_modified, enum since since);

/* Whether If-Range allows a partial answer; true without If-Range. */
bool conditional_range_allowed(const struct headers *request, struct str etag,
                               time_t last_modified);

#endif
