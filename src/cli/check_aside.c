/* SPDX-License-Identifier: Apache-2.0 */
/* The number of findings, for `yett -t`, which must stay fast and must not fail for it. */
#include <errno.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "cli/check.h"

enum { ASIDE_SECONDS = 2 };

/* In the child. SIGALRM ends it. */
static void aside_run(const struct loaded *loaded, const char *conf, int fd)
{
    struct arena arena;
    struct check_result result;
    struct error err;
    alarm(ASIDE_SECONDS);
    clock_update();
    arena_init(&arena, 0);
    if (check_look(loaded, conf, (struct time_limit){0}, &arena, &result, &err)) {
        const struct check_counts counts = {check_findings_of(&result, SEVERITY_ERROR),
                                            check_findings_of(&result, SEVERITY_WARNING)};
        if (!file_write(fd, (struct str){(const char *)&counts, sizeof(counts)})) {
            _exit(EXIT_FAILURE);
        }
    }
    _exit(EXIT_SUCCESS);
}

bool check_count_aside(const struct loaded *loaded, const char *conf, struct check_counts *out)
{
    int fds[2];
    int status;
    if (pipe(fds) != 0) {
        return false;
    }
    pid_t child = fork();
    if (child == 0) {
        close(fds[0]);
        aside_run(loaded, conf, fds[1]);
    }
    close(fds[1]);
    ssize_t n = child > 0 ? read(fds[0], out, sizeof(*out)) : -1;
    close(fds[0]);
    while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    return n == (ssize_t)sizeof(*out);
}
