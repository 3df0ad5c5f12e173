/* SPDX-License-Identifier: Apache-2.0 */
#include "app/signals.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

static const int HANDLED[] = {SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGUSR1, SIGCHLD, SIGWINCH};

int signals_open(struct error *err)
{
    sigset_t set;
    sigemptyset(&set);
    for (size_t i = 0; i < COUNT_OF(HANDLED); i++) {
        sigaddset(&set, HANDLED[i]);
    }
    signal(SIGPIPE, SIG_IGN);
    sigprocmask(SIG_BLOCK, &set, NULL);
    int fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    if (fd < 0) {
        (void)!error_errno(err, errno, "signalfd()");
    }
    return fd;
}

int signals_next(int fd)
{
    struct signalfd_siginfo info;
    return read(fd, &info, sizeof(info)) == (ssize_t)sizeof(info) ? (int)info.ssi_signo : 0;
}

const char *signals_status_text(int status, char out[static 96])
{
    assert(WIFEXITED(status) || WIFSIGNALED(status)); /* nothing waits for a stop */
    if (WIFSIGNALED(status)) {
        snprintf(out, 96, "exited on signal %d (%s)", WTERMSIG(status),
                 strsignal(WTERMSIG(status)));
    } else {
        snprintf(out, 96, "exited with code %d", WEXITSTATUS(status));
    }
    return out;
}
