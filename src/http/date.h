/* SPDX-License-Identifier: Apache-2.0 */
/* HTTP dates (RFC 9110, 5.6.7). */
#ifndef HTTP_DATE_H
#define HTTP_DATE_H

#include <stdbool.h>
#include <time.h>

#include "base/compiler.h"
#include "base/str.h"

/* Parses all three forms that a recipient must accept. clock_format_http writes dates. */
MUST_CHECK bool date_parse(struct str s, time_t *out);

#endif
