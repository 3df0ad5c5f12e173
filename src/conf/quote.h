/* SPDX-License-Identifier: Apache-2.0 */
/* Writes a word so that a configuration reads it back unchanged. */
#ifndef CONF_QUOTE_H
#define CONF_QUOTE_H

#include "base/arena.h"
#include "base/compiler.h"
#include "base/str.h"

/*
 * The text in double quotes, for both yett and nginx. False: the text has a NUL, or the result
 * would be longer than a word may be (4096 bytes).
 */
MUST_CHECK bool conf_quote(struct str text, struct arena *arena, struct str *out);

#endif
