/* SPDX-License-Identifier: Apache-2.0 */
/* Messages on standard error for the user of the command: "yett: [emerg] …". */
#ifndef APP_CONSOLE_H
#define APP_CONSOLE_H

#include "base/compiler.h"
#include "base/log.h"

/* "yett: [LEVEL] text". */
void console_log(enum log_level level, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* "yett: text", for text that is not a log message. */
void console_say(const char *fmt, ...) PRINTF_LIKE(1, 2);

#endif
