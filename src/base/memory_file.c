/* SPDX-License-Identifier: Apache-2.0 */
#include "base/memory_file.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"

int memory_file_open(const char *name, struct error *err)
{
    int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0) {
        (void)!error_errno(err, errno, "memfd_create() for %s", name);
    }
    return fd;
}

bool memory_file_seal(int fd, struct error *err)
{
    assert(fd >= 0);
    return fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) == 0 ||
           error_errno(err, errno, "sealing a memory file");
}

bool memory_file_fits(int fd, size_t max)
{
    const int seals = F_SEAL_GROW | F_SEAL_WRITE;
    struct stat st;
    int has = fcntl(fd, F_GET_SEALS);
    return has >= 0 && (has & seals) == seals && fstat(fd, &st) == 0 && (size_t)st.st_size <= max;
}

static bool memory_file_fill(int fd, struct str bytes, struct error *err)
{
    if (!file_write(fd, bytes)) {
        return error_errno(err, errno, "write() to a memory file");
    }
    return memory_file_seal(fd, err);
}

int memory_file_new(const char *name, struct str bytes, struct error *err)
{
    int fd = memory_file_open(name, err);
    if (fd >= 0 && !memory_file_fill(fd, bytes, err)) {
        close(fd);
        return -1;
    }
    return fd;
}

bool memory_file_read(int fd, size_t max, struct arena *arena, struct str *out, struct error *err)
{
    struct stat st;
    if (fstat(fd, &st) != 0) {
        return error_errno(err, errno, "fstat() of a memory file");
    }
    size_t size = (size_t)st.st_size, got = 0;
    if (size > max) {
        return error_set(err, "a memory file of %zu bytes is too large", size);
    }
    char *bytes = arena_bytes(arena, size);
    while (got < size) {
        ssize_t n = pread(fd, bytes + got, size - got, (off_t)got);
        if (n == 0) {
            return error_set(err, "a memory file ended after %zu of %zu bytes", got, size);
        }
        if (n < 0 && errno != EINTR) {
            return error_errno(err, errno, "pread() of a memory file");
        }
        got += n > 0 ? (size_t)n : 0;
    }
    *out = (struct str){bytes, size};
    return true;
}
