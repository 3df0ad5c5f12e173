/* SPDX-License-Identifier: Apache-2.0 */
/* What a field can hold of a value that was not made for one. */
#ifndef HTTP_FIELD_VALUE_H
#define HTTP_FIELD_VALUE_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/str.h"

/*
 * Makes *value one line, as fields are sent (RFC 9112, 5.2: a sender folds none). A line end of a
 * certificate in PEM (RFC 7468, 3), folded or not, becomes a blank, which readers of PEM take for
 * one; the last is dropped. False when a CR, LF or NUL is left: such a value is not sent, as a line
 * break in it would begin another field. *value is a copy in the arena where it was changed.
 */
MUST_CHECK bool field_value_fit(struct str *value, struct arena *arena);

#endif
