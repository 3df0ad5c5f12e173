/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static bool read_open(int fd, const char *path, size_t max, struct arena *arena, struct str *out,
                      struct error *err)
{
    struct stat st;
    if (fstat(fd, &st) != 0) {
        return error_errno(err, errno, "fstat() \"%s\"", path);
    }
    if (!S_ISREG(st.st_mode)) {
        return error_set(err, "\"%s\" is not a regular file", path);
    }
    if (st.st_size < 0 || (size_t)st.st_size > max) {
        return error_set(err, "\"%s\" is larger than %zu bytes", path, max);
    }
    size_t size = (size_t)st.st_size;
    char *data = arena_bytes(arena, size + 1);
    size_t have = 0;
    while (have < size) {
        ssize_t n = read(fd, data + have, size - have);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            return error_errno(err, errno, "read() \"%s\"", path);
        }
        if (n == 0) {
            break;
        }
        have += (size_t)n;
    }
    assert(have <= size);
    data[have] = '\0';
    *out = (struct str){data, have};
    return true;
}

bool file_read(const char *path, size_t max, struct arena *arena, struct str *out,
               struct error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
        return error_errno(err, errno, "open() \"%s\"", path);
    }
    bool ok = read_open(fd, path, max, arena, out, err);
    close(fd);
    return ok;
}

bool file_write(int fd, struct str bytes)
{
    assert(fd >= 0);
    while (bytes.n) {
        ssize_t n = write(fd, bytes.p, bytes.n);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return false;
        }
        bytes = str_skip(bytes, (size_t)n);
    }
    return true;
}

char *path_resolve(struct arena *arena, struct str base, struct str path)
{
    if (str_starts(path, STR("/")) || base.n == 0) {
        return arena_cstr(arena, path);
    }
    const struct str parts[] = {base, path};
    struct str slash = str_ends(base, STR("/")) ? STR("") : STR("/");
    return arena_cstr(arena, arena_join(arena, parts, 2, slash));
}

struct str path_dirname(struct str path)
{
    size_t at = str_rfind(path, '/');
    return at == path.n ? STR(".") : at == 0 ? STR("/") : str_head(path, at);
}
