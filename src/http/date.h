/* SPDX-License-Identifier: Apache-2.0 */
/* HTTP dates (RFC 9110, 5.6.7). */
#ifndef HTTP_DATE_H
#define HTTP_DATE_H

#include <stdbool.h>
#include <time.h>

#include "base/compiler.h"
#include "base/str.h"

/* All three forms that a recipient must accept. Writing is clock_format_http. */
MUST_CHECK bool date_parse(struct str s, time_t *out);

#endif
