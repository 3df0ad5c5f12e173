/* SPDX-License-Identifier: Apache-2.0 */
#include "ca/files.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"

static bool files_failed(const struct ca_dir *dir, const char *what, const char *name,
                         struct error *err)
{
    return error_errno(err, errno, "%s \"%s/%s\"", what, dir->path, name);
}

bool ca_dir_open(struct ca_dir *dir, const char *path, struct error *err)
{
    *dir = (struct ca_dir){path, open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    return dir->fd >= 0 || error_errno(err, errno, "open() \"%s\"", path);
}

void ca_dir_close(struct ca_dir *dir)
{
    if (dir->fd >= 0) {
        close(dir->fd);
    }
    dir->fd = -1;
}

bool ca_dir_lock(const struct ca_dir *dir, bool wait, bool *got, struct error *err)
{
    assert(dir->fd >= 0);
    int result;
    do {
        result = flock(dir->fd, LOCK_EX | (wait ? 0 : LOCK_NB));
    } while (result != 0 && errno == EINTR);
    *got = result == 0;
    return *got || (!wait && errno == EWOULDBLOCK) ||
           error_errno(err, errno, "flock() \"%s\"", dir->path);
}

bool ca_dir_make(const struct ca_dir *dir, const char *name, mode_t mode, struct error *err)
{
    return mkdirat(dir->fd, name, mode) == 0 || errno == EEXIST ||
           files_failed(dir, "mkdir()", name, err);
}

bool ca_dir_sync(const struct ca_dir *dir, const char *name, struct error *err)
{
    int fd = openat(dir->fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        return files_failed(dir, "open()", name, err);
    }
    bool ok = fsync(fd) == 0 || files_failed(dir, "fsync()", name, err);
    close(fd);
    return ok;
}

bool ca_dir_sync_all(const struct ca_dir *dir, struct error *err)
{
    return syncfs(dir->fd) == 0 || error_errno(err, errno, "syncfs() \"%s\"", dir->path);
}

bool ca_dir_empty(const struct ca_dir *dir, const char *name, struct error *err)
{
    int fd = openat(dir->fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *listing = fd < 0 ? NULL : fdopendir(fd);
    if (!listing) {
        files_failed(dir, "open()", name, err);
        if (fd >= 0) {
            close(fd);
        }
        return false;
    }
    bool ok = true;
    const struct dirent *entry;
    while (ok && (entry = readdir(listing))) {
        ok = entry->d_name[0] == '.' || unlinkat(fd, entry->d_name, 0) == 0 || errno == ENOENT ||
             files_failed(dir, "unlink()", entry->d_name, err);
    }
    closedir(listing);
    return ok;
}

bool ca_file_write(const struct ca_dir *dir, const char *name, struct str data, mode_t mode,
                   bool sync, struct error *err)
{
    assert(dir->fd >= 0);
    int fd = openat(dir->fd, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode);
    if (fd < 0) {
        return files_failed(dir, "open()", name, err);
    }
    bool ok = (file_write(fd, data) || files_failed(dir, "write()", name, err)) &&
              (!sync || fsync(fd) == 0 || files_failed(dir, "fsync()", name, err));
    if (close(fd) != 0 && ok) {
        ok = files_failed(dir, "close()", name, err);
    }
    return ok;
}

bool ca_file_read(const struct ca_dir *dir, const char *name, size_t max, struct buf *out,
                  struct error *err)
{
    struct stat st;
    int fd = openat(dir->fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0) {
        return files_failed(dir, "open()", name, err);
    }
    bool ok = fstat(fd, &st) == 0 || files_failed(dir, "stat()", name, err);
    ok = ok && ((size_t)st.st_size <= max ||
                error_set(err, "\"%s/%s\" is larger than %zu bytes", dir->path, name, max));
    size_t left = ok ? (size_t)st.st_size : 0;
    while (left > 0) {
        ssize_t n = read(fd, buf_reserve(out, left), left);
        if (n <= 0) {
            ok = n == 0 ? error_set(err, "\"%s/%s\" shrank while it was read", dir->path, name)
                        : files_failed(dir, "read()", name, err);
            break;
        }
        buf_grew(out, (size_t)n);
        left -= (size_t)n;
    }
    close(fd);
    return ok;
}

/* The temporary name beside it; the lock keeps other commands from using it. */
static bool beside(const char *name, char out[static PATH_MAX], struct error *err)
{
    int n = snprintf(out, PATH_MAX, "%s.new", name);
    return n < PATH_MAX || error_set(err, "the path \"%s\" is too long", name);
}

bool ca_file_move(const struct ca_dir *dir, const char *from, const char *to, struct error *err)
{
    assert(dir->fd >= 0);
    return renameat(dir->fd, from, dir->fd, to) == 0 || files_failed(dir, "rename() to", to, err);
}

bool ca_file_put(const struct ca_dir *dir, const char *name, struct str data, mode_t mode,
                 bool sync, struct error *err)
{
    char fresh[PATH_MAX];
    return beside(name, fresh, err) && ca_file_write(dir, fresh, data, mode, sync, err) &&
           ca_file_move(dir, fresh, name, err);
}

bool ca_file_exists(const struct ca_dir *dir, const char *name)
{
    return faccessat(dir->fd, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}
