/* SPDX-License-Identifier: Apache-2.0 */
/* Log files and the error log, with nginx's format and levels. */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/error.h"
#include "base/str.h"

enum log_level {
    LEVEL_EMERG,
    LEVEL_ALERT,
    LEVEL_CRIT,
    LEVEL_ERROR,
    LEVEL_WARN,
    LEVEL_NOTICE,
    LEVEL_INFO,
    LEVEL_DEBUG,
};

/* "emerg" … "debug". */
const char *log_level_name(enum log_level level);
/* False when no level has that name. */
MUST_CHECK bool log_level_parse(struct str name, enum log_level *level);

/* An open log file. `fd` never changes while it is open, so threads write without a lock. */
struct log_file {
    const char *path; /* borrowed; NULL for standard error */
    int fd;           /* -1: not open */
};

/* Opens for appending, creating with mode 0644. Standard error when path is NULL. */
MUST_CHECK bool log_file_open(struct log_file *file, struct error *err);
/* Opens the path again under the same descriptor number, after a rotation moved the file. */
MUST_CHECK bool log_file_reopen(struct log_file *file, struct error *err);
void log_file_close(struct log_file *file);
/* One write(2), so that lines of processes and threads do not mix. Ignores errors. */
void log_file_write(const struct log_file *file, struct str line);

struct log_target {
    struct log_file *file;
    enum log_level level; /* writes this level and more severe ones */
};

/* The targets of a server's or location's error_log directives. */
struct log {
    const struct log_target *targets;
    size_t n;
};

/* Writes to standard error from LEVEL_NOTICE on, before a configuration is loaded. */
extern const struct log log_stderr;

/* Whether a target takes this level; for callers whose message is expensive to prepare. */
bool log_enabled(const struct log *log, enum log_level level);
/* "2026/11/21 10:00:00 [error] PID#TID: *CONNECTION message"; CONNECTION 0 is left out. */
void log_write(const struct log *log, enum log_level level, uint64_t connection, const char *fmt,
               ...) PRINTF_LIKE(4, 5);

#endif
