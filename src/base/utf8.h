/* SPDX-License-Identifier: Apache-2.0 */
/* Characters in UTF-8. */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

/* Octets of the character that `text`, which is not empty, begins with, and which one it is; 0 if
 * there is none (RFC 3629, 4). */
size_t utf8_first(struct str text, uint32_t *character);

/*
 * Whether it is to be seen as what it is: not a control character, which a terminal takes for a
 * command, and not one that only changes how others look: invisible, or turning text around.
 */
bool utf8_is_visible(uint32_t character);

#endif
