/* SPDX-License-Identifier: Apache-2.0 */
/* Log files during the life of a process: given to the account of the worker, reopened after a
 * rotation. */
#ifndef APP_LOGS_H
#define APP_LOGS_H

#include <stdbool.h>

#include "base/error.h"
#include "base/log.h"
#include "base/privileges.h"

/* Opens every file of a log. On an error, none stays open. */
MUST_CHECK bool logs_open(const struct log *log, struct error *err);
void logs_close(const struct log *log); /* NULL is allowed */
/* Reopens every file under the same descriptor. Failures are logged, and the old file stays
 * open. */
void logs_reopen(struct log_file *const *files, size_t n, const struct log *log);
void logs_reopen_targets(const struct log *log);
/* Gives an open file to the account, so that the worker can open it again. */
MUST_CHECK bool logs_give(const struct log_file *file, const struct privileges *privileges,
                          struct error *err);
/*
 * Creates a file after a rotation, for processes that cannot write to its directory. If another
 * account can write to the directory, follows no symbolic link (guarded_open), and changes the
 * owner of no other file.
 */
MUST_CHECK bool logs_create(const char *path, const struct privileges *privileges,
                            struct error *err);
/* Points standard error to the error log, so that libraries do not write to a closed terminal. */
void logs_take_stderr(const struct log *log);

#endif
