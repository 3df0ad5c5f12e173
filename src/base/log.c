/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/guarded.h"

enum { MESSAGE_MAX = 4096 };

static const char *const LEVEL_NAMES[] = {
    [LEVEL_EMERG] = "emerg", [LEVEL_ALERT] = "alert", [LEVEL_CRIT] = "crit",
    [LEVEL_ERROR] = "error", [LEVEL_WARN] = "warn",   [LEVEL_NOTICE] = "notice",
    [LEVEL_INFO] = "info",   [LEVEL_DEBUG] = "debug",
};

static struct log_file stderr_file = {.path = NULL, .fd = STDERR_FILENO};
static const struct log_target stderr_target = {&stderr_file, LEVEL_NOTICE};
const struct log log_stderr = {&stderr_target, 1};

const char *log_level_name(enum log_level level)
{
    assert((size_t)level < COUNT_OF(LEVEL_NAMES));
    return LEVEL_NAMES[level];
}

bool log_level_parse(struct str name, enum log_level *level)
{
    for (size_t i = 0; i < COUNT_OF(LEVEL_NAMES); i++) {
        if (str_eq(name, str_of(LEVEL_NAMES[i]))) {
            *level = (enum log_level)i;
            return true;
        }
    }
    return false;
}

static int open_path(const char *path, struct error *err)
{
    return guarded_open(path, O_WRONLY | O_APPEND | O_CREAT, 0644, err);
}

bool log_file_open(struct log_file *file, struct error *err)
{
    if (!file->path) {
        file->fd = STDERR_FILENO;
        return true;
    }
    file->fd = open_path(file->path, err);
    return file->fd >= 0;
}

bool log_file_reopen(struct log_file *file, struct error *err)
{
    if (!file->path || file->fd < 0) {
        return true;
    }
    int fd = open_path(file->path, err);
    if (fd < 0) {
        return false;
    }
    bool ok = dup3(fd, file->fd, O_CLOEXEC) >= 0 || error_errno(err, errno, "dup3()");
    close(fd);
    return ok;
}

void log_file_close(struct log_file *file)
{
    if (file->path && file->fd >= 0) {
        close(file->fd);
    }
    file->fd = -1;
}

void log_file_write(const struct log_file *file, struct str line)
{
    if (file->fd >= 0) {
        ssize_t ignored = write(file->fd, line.p, line.n);
        (void)ignored;
    }
}

bool log_enabled(const struct log *log, enum log_level level)
{
    for (size_t i = 0; i < log->n; i++) {
        if (level <= log->targets[i].level) {
            return true;
        }
    }
    return false;
}

/* What clients send ends up in messages: a line stays one line, whatever is in it. */
static void make_one_line(char *text, size_t from, size_t n)
{
    for (size_t i = from; i < n; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c < 0x20 || c == 0x7f) {
            text[i] = ' ';
        }
    }
}

void log_write(const struct log *log, enum log_level level, uint64_t connection, const char *fmt,
               ...)
{
    if (!log_enabled(log, level)) {
        return;
    }
    char line[MESSAGE_MAX];
    struct str when = clock_error_log();
    int n = snprintf(line, sizeof(line), "%.*s [%s] %d#%d: ", STR_ARG(when), LEVEL_NAMES[level],
                     (int)getpid(), (int)gettid());
    if (connection) {
        n += snprintf(line + n, sizeof(line) - (size_t)n, "*%llu ", (unsigned long long)connection);
    }
    assert(n > 0 && (size_t)n < sizeof(line) - 2); /* a date, a level, three numbers */
    va_list args;
    va_start(args, fmt);
    int more = vsnprintf(line + n, sizeof(line) - (size_t)n - 1, fmt, args);
    va_end(args);
    size_t room = sizeof(line) - (size_t)n - 2;
    size_t total = (size_t)n + (more < 0 ? 0 : (size_t)more < room ? (size_t)more : room);
    make_one_line(line, (size_t)n, total);
    assert(total < sizeof(line));
    line[total++] = '\n';
    for (size_t i = 0; i < log->n; i++) {
        if (level <= log->targets[i].level) {
            log_file_write(log->targets[i].file, (struct str){line, total});
        }
    }
}
