/* SPDX-License-Identifier: Apache-2.0 */
#include "app/pid.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/guarded.h"
#include "base/str.h"

enum { PID_TEXT_MAX = 24 };

/* --- the master's --- */

static bool fill(int fd)
{
    char text[PID_TEXT_MAX];
    int n = snprintf(text, sizeof(text), "%d\n", (int)getpid());
    assert(n > 0 && (size_t)n < sizeof(text));
    return write(fd, text, (size_t)n) == n;
}

/*
 * `path` is that of the pid file, for messages. No other account can open the file before it is
 * locked: its lock would be in the way.
 */
static int write_aside(int dir, const char *name, const char *path, struct error *err)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    (void)unlinkat(dir, name, 0); /* of a process that was killed while it wrote */
    mode_t mask = umask(077);
    int fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    umask(mask);
    if (fd < 0) {
        return (error_errno(err, errno, "open() \"%s.new\"", path), -1);
    }
    bool ok = fcntl(fd, F_SETLK, &lock) == 0 ||
              error_errno(err, errno, "fcntl(F_SETLK) \"%s.new\"", path);
    ok = ok && (fill(fd) || error_errno(err, errno, "write() \"%s.new\"", path));
    ok = ok &&
         (fchmod(fd, 0644 & ~mask) == 0 || error_errno(err, errno, "fchmod() \"%s.new\"", path));
    if (!ok) {
        close(fd);
        (void)unlinkat(dir, name, 0);
    }
    return ok ? fd : -1;
}

static int write_and_rename(int dir, const char *name, const char *path, struct error *err)
{
    char aside[NAME_MAX + 1];
    if (snprintf(aside, sizeof(aside), "%s.new", name) >= (int)sizeof(aside)) {
        return (error_set(err, "the name of the pid file \"%s\" is too long", path), -1);
    }
    int fd = write_aside(dir, aside, path, err);
    if (fd >= 0 && renameat(dir, aside, dir, name) != 0) {
        (void)!error_errno(err, errno, "rename() \"%s.new\" to \"%s\"", path, path);
        (void)unlinkat(dir, aside, 0);
        close(fd);
        return -1;
    }
    return fd;
}

int pid_write(const char *path, struct error *err)
{
    const char *name;
    bool shared;
    int dir = guarded_directory(path, &name, &shared, err);
    if (dir < 0) {
        return -1;
    }
    int fd = write_and_rename(dir, name, path, err);
    close(dir);
    return fd;
}

void pid_remove(const char *path, int fd)
{
    struct error ignored;
    struct stat ours, there;
    const char *name;
    bool shared;
    int dir = guarded_directory(path, &name, &shared, &ignored);
    if (dir < 0) {
        return;
    }
    if (fstat(fd, &ours) == 0 && fstatat(dir, name, &there, AT_SYMLINK_NOFOLLOW) == 0 &&
        ours.st_dev == there.st_dev && ours.st_ino == there.st_ino) {
        (void)unlinkat(dir, name, 0);
    }
    close(dir);
}

/* --- for others --- */

static bool pid_read(int fd, const char *path, pid_t *pid, struct error *err)
{
    char text[PID_TEXT_MAX];
    ssize_t n = read(fd, text, sizeof(text));
    if (n < 0) {
        return error_errno(err, errno, "read() \"%s\"", path);
    }
    struct str s = {text, (size_t)n};
    while (s.n && (s.p[s.n - 1] == '\n' || s.p[s.n - 1] == '\r')) {
        s.n--;
    }
    uint64_t value;
    if (!str_to_u64(s, INT_MAX, &value) || value == 0) {
        return error_set(err, "invalid PID number \"%.*s\" in \"%s\"", STR_ARG(s), path);
    }
    *pid = (pid_t)value;
    return true;
}

int pid_open(const char *path, pid_t *pid, struct error *err)
{
    int fd = guarded_open(path, O_RDONLY, 0, err);
    if (fd >= 0 && !pid_read(fd, path, pid, err)) {
        close(fd);
        return -1;
    }
    return fd;
}

static bool signal_master(int process, int fd, const char *path, pid_t pid, int signo,
                          struct error *err)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    if (fcntl(fd, F_GETLK, &lock) != 0) {
        return error_errno(err, errno, "fcntl(F_GETLK) \"%s\"", path);
    }
    if (lock.l_type == F_UNLCK || lock.l_pid != pid) {
        return error_set(err, "process %d gets no signal: it is not the master that wrote \"%s\"",
                         (int)pid, path);
    }
    return pidfd_send_signal(process, signo, NULL, 0) == 0 ||
           error_errno(err, errno, "kill(%d, %d)", (int)pid, signo);
}

bool pid_signal(int fd, const char *path, pid_t pid, int signo, struct error *err)
{
    /* Before the lock is looked at: if the id passes to another process, this one gets nothing. */
    int process = pidfd_open(pid, 0);
    if (process < 0) {
        return error_errno(err, errno, "kill(%d, %d)", (int)pid, signo);
    }
    bool ok = signal_master(process, fd, path, pid, signo, err);
    close(process);
    return ok;
}
