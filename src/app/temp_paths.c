/* SPDX-License-Identifier: Apache-2.0 */
#include "app/temp_paths.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/guarded.h"

/* The last directory, and one above it: a package or `-p` brings the rest. */
static bool make(struct arena *arena, const char *path)
{
    if (mkdir(path, 0700) == 0) {
        return true;
    }
    if (errno != ENOENT) {
        return false;
    }
    const char *above = arena_cstr(arena, path_dirname(str_of(path)));
    return mkdir(above, 0755) == 0 && mkdir(path, 0700) == 0;
}

/* To the account, by a descriptor: the path may lead elsewhere by now. */
static bool give(const char *path, const struct privileges *privileges)
{
    struct error err;
    int fd = guarded_open(path, O_RDONLY | O_DIRECTORY, 0, &err);
    if (fd < 0) {
        errno = ENOTDIR;
        return false;
    }
    bool ok = fchown(fd, privileges->uid, privileges->gid) == 0;
    int errnum = errno;
    close(fd);
    errno = errnum;
    return ok;
}

void temp_paths_make(const struct settings *settings, const struct privileges *privileges)
{
    struct arena arena;
    arena_init(&arena, 0);
    for (size_t i = 0; i < settings->temp_paths_n; i++) {
        const char *path = settings->temp_paths[i];
        bool made = make(&arena, path);
        bool given = !made || !privileges->change || give(path, privileges);
        if ((!made && errno != EEXIST) || !given) {
            log_write(settings->log, LEVEL_WARN, 0,
                      "mkdir() \"%s\" failed (%d: %s): yett cannot store large request bodies",
                      path, errno, strerror(errno));
        }
    }
    arena_deinit(&arena);
}
