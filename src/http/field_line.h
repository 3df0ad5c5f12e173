/* SPDX-License-Identifier: Apache-2.0 */
/* What request heads, response heads and trailer sections share: lines, and one field in a line. */
#ifndef HTTP_FIELD_LINE_H
#define HTTP_FIELD_LINE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

/* Offset of the first control byte (below 0x20, or 0x7f) at or behind `from`, or s.n. */
size_t control_find(struct str s, size_t from);

/* Takes a line that ends in LF or CR LF off *rest, without its end. False when there is no LF. */
bool line_take(struct str *rest, struct str *line);

/* How much a field line may be believed. */
enum field_line {
    FIELD_MALFORMED, /* no colon, no name, a blank in or after the name, a folded line */
    FIELD_NO_TOKEN,  /* a name that is no token (RFC 9110, 5.6.2) */
    FIELD_TOKEN,     /* a token with unusual characters, '_' among them */
    FIELD_USUAL,     /* a name of [-A-Za-z0-9] */
};

/*
 * Splits "Name: value" (RFC 9112, 5); *value is without the blanks around it. Both are set unless
 * the result is FIELD_MALFORMED. Control bytes in the value are the scanner's to refuse.
 */
enum field_line field_line_parse(struct str line, struct str *name, struct str *value);

/* Whether a name has only letters, digits, '-' and '_'. */
bool field_name_usual_or_underscore(struct str name);

#endif
