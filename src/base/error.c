/* SPDX-License-Identifier: Apache-2.0 */
#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool error_set(struct error *err, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    vsnprintf(err->text, sizeof(err->text), fmt, args);
    va_end(args);
    return false;
}

bool error_prefix(struct error *err, const char *fmt, ...)
{
    char old[sizeof(err->text)];
    memcpy(old, err->text, sizeof(old));
    va_list args;
    va_start(args, fmt);
    int n = vsnprintf(err->text, sizeof(err->text), fmt, args);
    va_end(args);
    if (n >= 0 && (size_t)n < sizeof(err->text)) {
        snprintf(err->text + n, sizeof(err->text) - (size_t)n, ": %s", old);
    }
    return false;
}

bool error_errno(struct error *err, int errnum, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    int n = vsnprintf(err->text, sizeof(err->text), fmt, args);
    va_end(args);
    if (n >= 0 && (size_t)n < sizeof(err->text)) {
        char buf[128];
        snprintf(err->text + n, sizeof(err->text) - (size_t)n, " failed (%d: %s)", errnum,
                 strerror_r(errnum, buf, sizeof(buf)));
    }
    return false;
}
