/* SPDX-License-Identifier: Apache-2.0 */
#include "base/guarded.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

enum { LINKS_MAX = 40, DIRECTORY = O_PATH | O_DIRECTORY | O_CLOEXEC };

struct walk {
    const char *path; /* for messages */
    int dir;          /* where the walk stands */
    char rest[PATH_MAX];
    char name[NAME_MAX + 1]; /* the next step from `dir`; `rest` is behind it */
    int links;
    bool shared; /* whether another account can write to a directory on the way */
};

static bool guarded_fail(const struct walk *walk, struct error *err)
{
    return error_errno(err, errno, "open() \"%s\"", walk->path);
}

/* False: errno says why not. */
static bool enter(struct walk *walk, int next)
{
    assert(walk->dir >= 0);
    if (next < 0) {
        return false;
    }
    close(walk->dir);
    walk->dir = next;
    return true;
}

/* Takes the next name off `rest`; false with an errno: too long, or none is left. */
static bool guarded_take_name(struct walk *walk)
{
    char *start = walk->rest + strspn(walk->rest, "/");
    size_t n = strcspn(start, "/");
    if (n == 0 || n > NAME_MAX) {
        errno = n ? ENAMETOOLONG : EISDIR;
        return false;
    }
    memcpy(walk->name, start, n);
    walk->name[n] = '\0';
    start += n;
    start += strspn(start, "/");
    memmove(walk->rest, start, strlen(start) + 1);
    return true;
}

/* Whether another account than root can put something else under a name in the directory. */
static bool is_shared(int dir)
{
    struct stat st;
    return fstat(dir, &st) != 0 || st.st_uid != 0 || st.st_mode & (S_IWGRP | S_IWOTH);
}

static bool is_roots_own(int dir, const struct stat *link)
{
    struct stat st;
    return link->st_uid == 0 && fstat(dir, &st) == 0 && st.st_uid == 0 && st.st_mode & S_ISVTX;
}

static bool guarded_follow(struct walk *walk, const struct stat *link, struct error *err)
{
    char target[PATH_MAX], joined[PATH_MAX];
    if (is_shared(walk->dir) && !is_roots_own(walk->dir, link)) {
        return error_set(err,
                         "open() \"%s\" refused: \"%s\" is a symbolic link in a directory that "
                         "accounts other than root can write to",
                         walk->path, walk->name);
    }
    ssize_t n = readlinkat(walk->dir, walk->name, target, sizeof(target) - 1);
    if (n < 0 || ++walk->links > LINKS_MAX) {
        errno = n < 0 ? errno : ELOOP;
        return guarded_fail(walk, err);
    }
    assert((size_t)n < sizeof(target));
    target[n] = '\0';
    if (snprintf(joined, sizeof(joined), "%s/%s", target, walk->rest) >= (int)sizeof(joined)) {
        errno = ENAMETOOLONG;
        return guarded_fail(walk, err);
    }
    memcpy(walk->rest, joined, sizeof(joined));
    return target[0] != '/' || enter(walk, open("/", DIRECTORY)) || guarded_fail(walk, err);
}

/* What a descriptor of ours is open to has no path: /dev/stderr leads to /proc/self/fd/2. */
static bool is_of_kernel(int dir)
{
    struct statfs fs;
    return fstatfs(dir, &fs) == 0 && fs.f_type == PROC_SUPER_MAGIC;
}

static int open_last(const struct walk *walk, int flags, mode_t mode, struct error *err)
{
    assert(walk->name[0] && !walk->rest[0]);
    struct stat st;
    int no_link = is_of_kernel(walk->dir) ? 0 : O_NOFOLLOW;
    int fd = openat(walk->dir, walk->name, flags | no_link, mode);
    if (fd < 0 || fstat(fd, &st) != 0) {
        (void)guarded_fail(walk, err);
    } else if (S_ISDIR(st.st_mode) || (S_ISREG(st.st_mode) && st.st_nlink == 1) ||
               !is_shared(walk->dir)) {
        return fd;
    } else {
        (void)error_set(
            err,
            "open() \"%s\" refused: it is %s in a directory that accounts other than root "
            "can write to",
            walk->path,
            S_ISREG(st.st_mode) ? "a file with more than one hard link" : "not a regular file");
    }
    if (fd >= 0) {
        close(fd);
    }
    return -1;
}

static int walk_open(struct walk *walk, int flags, mode_t mode, struct error *err)
{
    for (;;) {
        struct stat st;
        walk->shared = walk->shared || is_shared(walk->dir);
        if (!guarded_take_name(walk)) {
            (void)guarded_fail(walk, err);
            return -1;
        }
        bool of_kernel = is_of_kernel(walk->dir);
        if (!of_kernel && fstatat(walk->dir, walk->name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
            S_ISLNK(st.st_mode)) {
            if (!guarded_follow(walk, &st, err)) {
                return -1;
            }
        } else if (!walk->rest[0]) {
            return open_last(walk, flags, mode, err);
        } else if (!enter(walk, openat(walk->dir, walk->name,
                                       DIRECTORY | (of_kernel ? 0 : O_NOFOLLOW)))) {
            (void)guarded_fail(walk, err);
            return -1;
        }
    }
}

static int walk_path(const char *path, int flags, mode_t mode, bool *shared, struct error *err)
{
    struct walk walk = {.path = path, .dir = open(path[0] == '/' ? "/" : ".", DIRECTORY)};
    int fd = -1;
    if (snprintf(walk.rest, sizeof(walk.rest), "%s", path) >= (int)sizeof(walk.rest)) {
        errno = ENAMETOOLONG;
        (void)guarded_fail(&walk, err);
    } else if (walk.dir < 0) {
        (void)guarded_fail(&walk, err);
    } else {
        fd = walk_open(&walk, flags, mode, err);
    }
    *shared = walk.shared;
    if (walk.dir >= 0) {
        close(walk.dir);
    }
    return fd;
}

int guarded_open(const char *path, int flags, mode_t mode, struct error *err)
{
    int all = flags | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
    bool shared;
    int fd = geteuid() == 0 ? walk_path(path, all, mode, &shared, err) : open(path, all, mode);
    if (fd < 0) {
        return geteuid() == 0 ? -1 : (error_errno(err, errno, "open() \"%s\"", path), -1);
    }
    int now = fcntl(fd, F_GETFL);
    if (now < 0 || fcntl(fd, F_SETFL, now & ~O_NONBLOCK) != 0) {
        (void)!error_errno(err, errno, "fcntl() \"%s\"", path);
        close(fd);
        return -1;
    }
    return fd;
}

static int open_parent(const char *path, size_t n, bool *shared, struct error *err)
{
    char parent[PATH_MAX];
    if (n >= sizeof(parent)) {
        errno = ENAMETOOLONG;
        return (error_errno(err, errno, "open() \"%s\"", path), -1);
    }
    memcpy(parent, path, n);
    parent[n] = '\0';
    *shared = false;
    /* The root and the working directory have no last name that could be a link. */
    bool plain = strspn(parent, "/") == n || geteuid() != 0;
    if (!plain) {
        return walk_path(parent, DIRECTORY, 0, shared, err);
    }
    int fd = open(n ? parent : path[0] == '/' ? "/" : ".", DIRECTORY);
    return fd >= 0 ? fd : (error_errno(err, errno, "open() \"%s\"", parent), -1);
}

int guarded_directory(const char *path, const char **name, bool *shared, struct error *err)
{
    const char *slash = strrchr(path, '/');
    *name = slash ? slash + 1 : path;
    int fd = open_parent(path, slash ? (size_t)(slash - path) : 0, shared, err);
    *shared = fd >= 0 && geteuid() == 0 && (*shared || is_shared(fd));
    return fd;
}

bool guarded_unlink(const char *path)
{
    struct error ignored;
    const char *name;
    bool shared;
    errno = 0;
    int dir = guarded_directory(path, &name, &shared, &ignored);
    if (dir < 0) {
        return false;
    }
    bool ok = unlinkat(dir, name, 0) == 0;
    int errnum = errno;
    close(dir);
    errno = errnum;
    return ok;
}
