/* SPDX-License-Identifier: Apache-2.0 */
#include "app/logs.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/guarded.h"

bool logs_open(const struct log *log, struct error *err)
{
    for (size_t i = 0; i < log->n; i++) {
        if (log->targets[i].file->fd < 0 && !log_file_open(log->targets[i].file, err)) {
            logs_close(log);
            return false;
        }
    }
    return true;
}

void logs_close(const struct log *log)
{
    for (size_t i = 0; log && i < log->n; i++) {
        log_file_close(log->targets[i].file);
    }
}

void logs_reopen(struct log_file *const *files, size_t n, const struct log *log)
{
    struct error err;
    for (size_t i = 0; i < n; i++) {
        if (!log_file_reopen(files[i], &err)) {
            log_write(log, LEVEL_EMERG, 0, "%s: yett continues to write to the old file", err.text);
        }
    }
}

void logs_reopen_targets(const struct log *log)
{
    for (size_t i = 0; i < log->n; i++) {
        logs_reopen(&log->targets[i].file, 1, log);
    }
}

static bool app_logs_give(int fd, const char *path, const struct privileges *privileges,
                          struct error *err)
{
    struct stat st;
    if (!privileges->change || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_nlink != 1 ||
        st.st_uid == privileges->uid) {
        return true;
    }
    return fchown(fd, privileges->uid, (gid_t)-1) == 0 ||
           error_errno(err, errno, "fchown(\"%s\", %u)", path, privileges->uid);
}

bool logs_give(const struct log_file *file, const struct privileges *privileges, struct error *err)
{
    return !file->path || file->fd < 0 || app_logs_give(file->fd, file->path, privileges, err);
}

bool logs_create(const char *path, const struct privileges *privileges, struct error *err)
{
    int fd = guarded_open(path, O_WRONLY | O_CREAT | O_APPEND, 0644, err);
    if (fd < 0) {
        return false;
    }
    bool ok = app_logs_give(fd, path, privileges, err);
    close(fd);
    return ok;
}

void logs_take_stderr(const struct log *log)
{
    for (size_t i = 0; i < log->n; i++) {
        if (!log->targets[i].file->path) {
            return; /* error_log stderr: somebody reads it */
        }
    }
    if (log->n && log->targets[0].file->fd >= 0) {
        dup2(log->targets[0].file->fd, STDERR_FILENO);
    }
}
