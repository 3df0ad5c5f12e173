/* SPDX-License-Identifier: Apache-2.0 */
#include "app/daemon.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

static _Noreturn void wait_in_foreground(int end)
{
    char byte;
    ssize_t n;
    do {
        n = read(end, &byte, 1);
    } while (n < 0 && errno == EINTR);
    _exit(n == 1 ? 0 : 1);
}

bool daemon_detach(int *ready, struct error *err)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) {
        return error_errno(err, errno, "pipe2()");
    }
    pid_t pid = fork();
    if (pid < 0) {
        return error_errno(err, errno, "fork()");
    }
    if (pid > 0) {
        close(ends[1]);
        wait_in_foreground(ends[0]);
    }
    close(ends[0]);
    *ready = ends[1];
    if (setsid() < 0) {
        return error_errno(err, errno, "setsid()");
    }
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null < 0) {
        return error_errno(err, errno, "open() \"/dev/null\"");
    }
    dup2(null, STDIN_FILENO);
    dup2(null, STDOUT_FILENO);
    close(null);
    return true;
}

void daemon_ready(int ready)
{
    assert(ready >= 0);
    ssize_t ignored = write(ready, "", 1);
    (void)ignored;
    close(ready);
}
