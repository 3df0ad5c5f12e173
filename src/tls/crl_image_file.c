/* SPDX-License-Identifier: Apache-2.0 */
#include "tls/crl_image_file.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/rand.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/memory_file.h"
#include "pki/crl_builder.h"

static bool crl_image_file_read_some(void *arg, unsigned char *out, size_t cap, size_t *n,
                                     struct error *err)
{
    const int *fd = arg;
    ssize_t got;
    do {
        got = read(*fd, out, cap);
    } while (got < 0 && errno == EINTR);
    if (got < 0) {
        return error_errno(err, errno, "read()");
    }
    *n = (size_t)got;
    return true;
}

static bool crl_image_file_add_file(struct crl_builder *builder, const char *path,
                                    struct error *err)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0) {
        return error_errno(err, errno, "cannot load CRL \"%s\": open()", path);
    }
    struct byte_source source = {crl_image_file_read_some, &fd};
    bool ok = (fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) ||
              error_set(err, "cannot load CRL \"%s\": it is not a regular file", path);
    ok = ok && crl_builder_add(builder, path, &source, err);
    close(fd);
    return ok;
}

/* Fills the region; *size is what is needed of it. */
static bool crl_image_file_build(const struct crl_paths *paths, const STACK_OF(X509) * authorities,
                                 const struct crl_set *old, void *region, size_t room, size_t *size,
                                 struct error *err)
{
    assert(paths->n > 0);
    uint64_t seed;
    if (RAND_bytes((unsigned char *)&seed, sizeof(seed)) != 1) {
        return error_set(err, "cannot load CRL \"%s\": no random bytes", paths->items[0]);
    }
    struct crl_builder *builder = crl_builder_new(region, room, authorities, seed);
    crl_builder_follow(builder, old, time(NULL));
    bool ok = true;
    for (size_t i = 0; ok && i < paths->n; i++) {
        ok = crl_image_file_add_file(builder, paths->items[i], err);
    }
    ok = ok && crl_builder_finish(builder, size, err);
    crl_builder_free(builder);
    return ok;
}

static bool crl_image_file_fill(int fd, const struct crl_paths *paths,
                                const STACK_OF(X509) * authorities, const struct crl_set *old,
                                struct error *err)
{
    size_t size = 0;
    size_t room = crl_builder_room(paths->bytes) + (old ? crl_set_bytes(old) : 0);
    if (ftruncate(fd, (off_t)room) != 0) {
        return error_errno(err, errno, "ftruncate() to %zu bytes for CRLs", room);
    }
    void *region = mmap(NULL, room, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (region == MAP_FAILED) {
        return error_errno(err, errno, "mmap() of %zu bytes for CRLs", room);
    }
    bool ok = crl_image_file_build(paths, authorities, old, region, room, &size, err);
    assert(!ok || size <= room);
    munmap(region, room);
    if (ok && ftruncate(fd, (off_t)size) != 0) {
        ok = error_errno(err, errno, "ftruncate() to %zu bytes of CRLs", size);
    }
    return ok && memory_file_seal(fd, err);
}

bool crl_image_make(const struct crl_paths *paths, const STACK_OF(X509) * authorities,
                    const struct crl_set *old, int *fd, struct error *err)
{
    if (paths->unreadable) {
        return error_errno(err, paths->errnum, "cannot load CRL \"%s\": scandir()",
                           paths->unreadable);
    }
    if (paths->n == 0) {
        return error_set(err, "cannot load CRL: the directory contains no CRL file");
    }
    *fd = memory_file_open("yett CRLs", err);
    if (*fd < 0) {
        return false;
    }
    if (!crl_image_file_fill(*fd, paths, authorities, old, err)) {
        close(*fd);
        *fd = -1;
        return false;
    }
    return true;
}

static void unmap(const void *image, size_t size)
{
    munmap((void *)(uintptr_t)image, size);
}

bool crl_image_open(int fd, struct crl_set **out, struct error *err)
{
    struct stat st;
    if (fstat(fd, &st) != 0) {
        return error_errno(err, errno, "fstat() of the CRL image");
    }
    size_t size = (size_t)st.st_size;
    void *image = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
    if (image == MAP_FAILED) {
        return error_errno(err, errno, "mmap() of %zu bytes of CRLs", size);
    }
    return crl_set_open(image, size, unmap, out, err);
}
