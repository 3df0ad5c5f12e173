/* SPDX-License-Identifier: Apache-2.0 */
#include "base/temporary.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* For file systems without O_TMPFILE (NFS, some of FUSE): a name for a moment. */
static int open_named(const char *dir)
{
    char path[PATH_MAX];
    if (snprintf(path, sizeof(path), "%s/yett-XXXXXX", dir) >= (int)sizeof(path)) {
        errno = ENAMETOOLONG;
        return -1;
    }
    int fd = mkostemp(path, O_CLOEXEC);
    if (fd >= 0 && unlink(path) != 0) {
        int errnum = errno;
        close(fd);
        errno = errnum;
        return -1;
    }
    return fd;
}

static int open_in(const char *dir)
{
    int fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    return fd < 0 && errno == EOPNOTSUPP ? open_named(dir) : fd;
}

int temporary_open(const char *dir, struct error *err)
{
    int fd = open_in(dir);
    if (fd < 0 && errno == ENOENT) {
        if (mkdir(dir, 0700) != 0 && errno != EEXIST) {
            (void)!error_errno(err, errno, "mkdir() \"%s\"", dir);
            return -1;
        }
        fd = open_in(dir);
    }
    if (fd < 0) {
        (void)!error_errno(err, errno, "open() of a temporary file in \"%s\"", dir);
    }
    return fd;
}
