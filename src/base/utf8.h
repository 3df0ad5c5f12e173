/* SPDX-License-Identifier: Apache-2.0 */
/* Characters in UTF-8. */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

/* Decodes the first character of `text`, which is not empty. Returns its number of octets; 0:
 * invalid (RFC 3629, 4). */
size_t utf8_first(struct str text, uint32_t *character);

/*
 * Whether a character is visible as itself: no control character, which may be a command to a
 * terminal; not invisible; and not one that changes the direction or look of others.
 */
bool utf8_is_visible(uint32_t character);

#endif
