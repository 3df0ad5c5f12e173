/* SPDX-License-Identifier: Apache-2.0 */
/* Parses typed values: sizes and times. */
#ifndef CONF_VALUE_H
#define CONF_VALUE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/str.h"

/* "8k", "1m", "1g" (offsets), or plain bytes; in any case. False: no size, or too large. */
MUST_CHECK bool value_size(struct str s, uint64_t *bytes);
/* "60", "1h30m", "500ms", "1d 2h" in milliseconds; a number without a unit is seconds. */
MUST_CHECK bool value_msec(struct str s, uint64_t *msec);
/* The same in whole seconds ("ms" is refused). */
MUST_CHECK bool value_sec(struct str s, uint64_t *sec);

/* The number of single-character edits between two names, capped at 4. */
unsigned value_distance(struct str a, struct str b);

#endif
