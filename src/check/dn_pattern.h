/* SPDX-License-Identifier: Apache-2.0 */
/* Texts and regular expressions that are compared with a distinguished name. */
#ifndef CHECK_DN_PATTERN_H
#define CHECK_DN_PATTERN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

/* How many parts ("CN=…") the text or pattern names in a fixed order, in either form of a DN. */
size_t dn_parts(struct str text);

/*
 * What is wrong with a pattern for a DN; NULL: nothing that a look can tell. A part is bounded if
 * each alternative begins with "^" or "(^|," and ends with "$", a comma, or "(,|$)". Static.
 */
const char *dn_pattern_flaw(struct str pattern);

#endif
