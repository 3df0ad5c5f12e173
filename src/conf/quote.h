/* SPDX-License-Identifier: Apache-2.0 */
/* A word written so that a configuration reads it back. */
#ifndef CONF_QUOTE_H
#define CONF_QUOTE_H

#include "base/arena.h"
#include "base/compiler.h"
#include "base/str.h"

/*
 * The text in double quotes, for yett and nginx alike. False: no quoting can carry it, because it
 * holds a NUL, or because what is written would be longer than a word may be (4096).
 */
MUST_CHECK bool conf_quote(struct str text, struct arena *arena, struct str *out);

#endif
