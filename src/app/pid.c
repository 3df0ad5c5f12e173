/* SPDX-License-Identifier: Apache-2.0 */
#include "app/pid.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "base/guarded.h"
#include "base/str.h"

enum { PID_TEXT_MAX = 24 };

/* `path` is that of the pid file, for messages. */
static bool write_aside(int dir, const char *name, const char *path, pid_t pid, struct error *err)
{
    char text[PID_TEXT_MAX];
    int n = snprintf(text, sizeof(text), "%d\n", (int)pid);
    assert(pid > 0 && n > 0 && (size_t)n < sizeof(text));
    (void)unlinkat(dir, name, 0); /* of a process that was killed while it wrote */
    int fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (fd < 0) {
        return error_errno(err, errno, "open() \"%s.new\"", path);
    }
    bool ok =
        write(fd, text, (size_t)n) == n || error_errno(err, errno, "write() \"%s.new\"", path);
    close(fd);
    return ok;
}

static bool write_and_rename(int dir, const char *name, const char *path, pid_t pid,
                             struct error *err)
{
    char aside[NAME_MAX + 1];
    if (snprintf(aside, sizeof(aside), "%s.new", name) >= (int)sizeof(aside)) {
        return error_set(err, "the name of the pid file \"%s\" is too long", path);
    }
    if (!write_aside(dir, aside, path, pid, err)) {
        return false;
    }
    if (renameat(dir, aside, dir, name) != 0) {
        (void)!error_errno(err, errno, "rename() \"%s.new\" to \"%s\"", path, path);
        (void)unlinkat(dir, aside, 0);
        return false;
    }
    return true;
}

bool pid_write(const char *path, pid_t pid, struct error *err)
{
    const char *name;
    int dir = guarded_directory(path, &name, err);
    if (dir < 0) {
        return false;
    }
    bool ok = write_and_rename(dir, name, path, pid, err);
    close(dir);
    return ok;
}

bool pid_read(const char *path, pid_t *pid, struct error *err)
{
    char text[PID_TEXT_MAX];
    int fd = guarded_open(path, O_RDONLY, 0, err);
    if (fd < 0) {
        return false;
    }
    ssize_t n = read(fd, text, sizeof(text));
    int errnum = errno;
    close(fd);
    if (n < 0) {
        return error_errno(err, errnum, "read() \"%s\"", path);
    }
    struct str s = {text, (size_t)n};
    while (s.n && (s.p[s.n - 1] == '\n' || s.p[s.n - 1] == '\r')) {
        s.n--;
    }
    uint64_t value;
    /* kill(2) would take 0 for the whole process group, and 1 is never ours. */
    if (!str_to_u64(s, INT_MAX, &value) || value < 2) {
        return error_set(err, "invalid PID number \"%.*s\" in \"%s\"", STR_ARG(s), path);
    }
    *pid = (pid_t)value;
    return true;
}

void pid_remove(const char *path, pid_t pid)
{
    struct error err;
    pid_t written;
    if (pid_read(path, &written, &err) && written == pid) {
        (void)guarded_unlink(path);
    }
}
