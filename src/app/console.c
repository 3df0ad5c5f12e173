/* SPDX-License-Identifier: Apache-2.0 */
#include "app/console.h"

#include <stdarg.h>
#include <stdio.h>

void console_log(enum log_level level, const char *fmt, ...)
{
    char text[2048];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    fprintf(stderr, "yett: [%s] %s\n", log_level_name(level), text);
}

void console_say(const char *fmt, ...)
{
    char text[2048];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    fprintf(stderr, "yett: %s\n", text);
}
