/* SPDX-License-Identifier: Apache-2.0 */
/* Log files over the life of a process: handed to the account that serves, opened again after a
 * rotation. */
#ifndef APP_LOGS_H
#define APP_LOGS_H

#include <stdbool.h>

#include "app/privileges.h"
#include "base/error.h"
#include "base/log.h"

/* Opens every file of a log; what cannot be opened is an error and leaves none open. */
MUST_CHECK bool logs_open(const struct log *log, struct error *err);
void logs_close(const struct log *log);
/* Opens every file again behind its descriptor; failures are logged, to the file as it was. */
void logs_reopen(struct log_file *const *files, size_t n, const struct log *log);
void logs_reopen_targets(const struct log *log);
/* Gives an open file to the account, so that the worker can open it again; a failure is an error.
 */
MUST_CHECK bool logs_give(const struct log_file *file, const struct privileges *privileges,
                          struct error *err);
/*
 * Creates a rotated file with its privileged directory, for processes that may not. Where another
 * account can write to the directory, no symbolic link is followed (guarded_open); no other file's
 * owner is changed.
 */
MUST_CHECK bool logs_create(const char *path, const struct privileges *privileges,
                            struct error *err);
/* Standard error follows the error log: what libraries print must not go to a closed terminal. */
void logs_take_stderr(const struct log *log);

#endif
