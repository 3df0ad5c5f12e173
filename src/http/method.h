/* SPDX-License-Identifier: Apache-2.0 */
/* Request methods. */
#ifndef HTTP_METHOD_H
#define HTTP_METHOD_H

#include "base/str.h"

/* One bit each, for the sets of limit_except. */
enum method {
    METHOD_OTHER = 0x1,
    METHOD_GET = 0x2,
    METHOD_HEAD = 0x4,
    METHOD_POST = 0x8,
    METHOD_PUT = 0x10,
    METHOD_DELETE = 0x20,
    METHOD_MKCOL = 0x40,
    METHOD_COPY = 0x80,
    METHOD_MOVE = 0x100,
    METHOD_OPTIONS = 0x200,
    METHOD_PROPFIND = 0x400,
    METHOD_PROPPATCH = 0x800,
    METHOD_LOCK = 0x1000,
    METHOD_UNLOCK = 0x2000,
    METHOD_PATCH = 0x4000,
    METHOD_TRACE = 0x8000,
    METHOD_CONNECT = 0x10000,
};

/* Case matters (RFC 9110, 9.1). */
enum method method_of(struct str name);

#endif
