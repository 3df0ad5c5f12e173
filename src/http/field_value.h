/* SPDX-License-Identifier: Apache-2.0 */
/* Makes any value fit into a header. */
#ifndef HTTP_FIELD_VALUE_H
#define HTTP_FIELD_VALUE_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/str.h"

/*
 * Makes *value one line, because senders must not fold headers (RFC 9112, 5.2). In a certificate in
 * PEM (RFC 7468, 3), each line end, folded or not, becomes a blank, which readers of PEM accept for
 * it; the last is dropped. False: a CR, LF or NUL is left. Do not send such a value: a line break
 * would begin another header. A changed *value is a copy in the arena.
 */
MUST_CHECK bool field_value_fit(struct str *value, struct arena *arena);

#endif
