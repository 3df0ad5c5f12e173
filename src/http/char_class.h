/* SPDX-License-Identifier: Apache-2.0 */
/* The classes of bytes in HTTP's grammars, as one table. */
#ifndef HTTP_CHAR_CLASS_H
#define HTTP_CHAR_CLASS_H

#include <stdbool.h>

enum char_class {
    CHAR_TOKEN = 0x01,       /* tchar (RFC 9110, 5.6.2) */
    CHAR_USUAL_NAME = 0x02,  /* [-A-Za-z0-9]: usual in header names; nginx can also allow '_' */
    CHAR_UNRESERVED = 0x04,  /* RFC 3986, 2.3 */
    CHAR_SUB_DELIM = 0x08,   /* RFC 3986, 2.2 */
    CHAR_CONTROL = 0x10,     /* 0x00-0x1f and 0x7f */
    CHAR_ESCAPE_URI = 0x20,  /* nginx escapes it in a path */
    CHAR_ESCAPE_ARGS = 0x40, /* nginx escapes it in a query argument */
};

extern const unsigned char char_classes[256];

static inline bool char_is(char c, enum char_class class)
{
    return char_classes[(unsigned char)c] & class;
}

#endif
