/* SPDX-License-Identifier: Apache-2.0 */
/* Parses the lines of requests, responses and trailers: one header per line. */
#ifndef HTTP_FIELD_LINE_H
#define HTTP_FIELD_LINE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

/* Offset of the first control byte (below 0x20, or 0x7f) at or after `from`, or s.n. */
size_t control_find(struct str s, size_t from);
/* Whether there is one, or a blank: then it is not one word of a request line. */
bool has_blank_or_control(struct str s);

/* Takes a line off *rest, without its LF or CR LF. False: there is no LF. */
bool line_take(struct str *rest, struct str *line);

/* The quality of a header line. */
enum field_line {
    FIELD_MALFORMED, /* no colon, no name, a blank in or after the name, a folded line */
    FIELD_NO_TOKEN,  /* the name is no token (RFC 9110, 5.6.2) */
    FIELD_TOKEN,     /* the name is a token with unusual characters, such as '_' */
    FIELD_USUAL,     /* a name of [-A-Za-z0-9] */
};

/* Judges a name by itself. FIELD_MALFORMED: it is empty, or a colon, a blank or a control byte is
 * in it. */
enum field_line field_name_judge(struct str name);

/*
 * Splits "Name: value" (RFC 9112, 5), and trims *value. Sets both unless the result is
 * FIELD_MALFORMED. Does not check for control bytes in the value; the scanner does.
 */
enum field_line field_line_parse(struct str line, struct str *name, struct str *value);

/* Whether a name has only letters, digits, '-' and '_'. */
bool field_name_usual_or_underscore(struct str name);

#endif
