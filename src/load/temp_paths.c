/* SPDX-License-Identifier: Apache-2.0 */
#include "load/temp_paths.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/guarded.h"
#include "base/temporary.h"

static bool create_a_file(void *path, struct error *err)
{
    int fd = temporary_open(path, err);
    if (fd >= 0) {
        close(fd);
    }
    return fd >= 0;
}

/* For the file system's root as well, which guarded_open has no name for. */
static int open_directory(const char *path, struct error *err)
{
    const int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
    if (path[0] != '/' || path[1] != '\0') {
        return guarded_open(path, flags, 0, err);
    }
    int fd = open(path, flags);
    if (fd < 0) {
        (void)!error_errno(err, errno, "open() \"/\"");
    }
    return fd;
}

/* By the descriptor of the directory above: its path may lead elsewhere by now. */
static bool make_in(struct str above, struct str path, mode_t mode, struct arena *arena,
                    struct error *err)
{
    int fd = open_directory(arena_cstr(arena, above), err);
    if (fd < 0) {
        return error_prefix(err, "mkdir() \"%.*s\"", STR_ARG(path));
    }
    struct str name = str_skip(path, str_rfind(path, '/') + 1);
    bool ok = mkdirat(fd, arena_cstr(arena, name), mode) == 0 || errno == EEXIST ||
              error_errno(err, errno, "mkdir() \"%.*s\"", STR_ARG(path));
    close(fd);
    return ok;
}

/* The last directory, and one above it: a package or `-p` brings the rest. */
static bool temp_paths_make(struct str path, struct arena *arena, struct error *err)
{
    struct str above = path_dirname(path);
    if (make_in(above, path, 0700, arena, err)) {
        return true;
    }
    struct error ignored;
    return make_in(path_dirname(above), above, 0755, arena, &ignored) &&
           make_in(above, path, 0700, arena, err);
}

/* To the account, by a descriptor: the path may lead elsewhere by now. */
static bool temp_paths_give(const char *path, const struct privileges *privileges,
                            struct error *err)
{
    if (!privileges->change) {
        return true;
    }
    int fd = open_directory(path, err);
    if (fd < 0) {
        return false;
    }
    bool ok = fchown(fd, privileges->uid, privileges->gid) == 0 ||
              error_errno(err, errno, "chown() \"%s\"", path);
    close(fd);
    return ok;
}

bool temp_paths_prepare(const char *path, const struct privileges *privileges, struct error *err)
{
    struct str trimmed = str_of(path);
    while (trimmed.n > 1 && trimmed.p[trimmed.n - 1] == '/') {
        trimmed.n--;
    }
    struct arena arena;
    arena_init(&arena, 0);
    char *dir = arena_cstr(&arena, trimmed);
    /* The account itself first: what it can do needs no root, and changes no owner. */
    bool ok = privileges_try(privileges, create_a_file, dir, err) ||
              (temp_paths_make(trimmed, &arena, err) && temp_paths_give(dir, privileges, err) &&
               privileges_try(privileges, create_a_file, dir, err));
    arena_deinit(&arena);
    return ok;
}
