/* SPDX-License-Identifier: Apache-2.0 */
#include "net/unix_socket.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/guarded.h"

/* Where a name is, and whether another account can make its path lead elsewhere. */
struct place {
    const struct address *address;
    int dir;
    const char *name;
    bool shared;
};

/* A path to an open file that leads nowhere else. Without /proc it leads nowhere. */
static struct sockaddr_un path_of_descriptor(int fd)
{
    struct sockaddr_un out = {.sun_family = AF_UNIX};
    (void)snprintf(out.sun_path, sizeof(out.sun_path), "/proc/self/fd/%d", fd);
    return out;
}

/* Whether no process listens on it. */
static bool is_deserted(const struct sockaddr_un *name)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    bool refused = fd >= 0 && connect(fd, (const struct sockaddr *)name, sizeof(*name)) != 0 &&
                   errno == ECONNREFUSED;
    if (fd >= 0) {
        close(fd);
    }
    return refused;
}

/* Whether it is the socket of a server that was killed. A link never is, wherever it leads. */
static bool is_left_behind(const struct place *place)
{
    struct stat st;
    int fd = openat(place->dir, place->name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) {
        return false;
    }
    struct sockaddr_un name = place->shared ? path_of_descriptor(fd) : place->address->u.un;
    bool is = fstat(fd, &st) == 0 && S_ISSOCK(st.st_mode) && is_deserted(&name);
    close(fd);
    return is;
}

/* From the directory itself, as there is no bindat(2). The system then shows the name alone. */
static int bind_inside(int fd, const struct place *place)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    assert(strlen(place->name) < sizeof(name.sun_path));
    if (!place->name[0]) {
        return EISDIR; /* an empty name would be one outside of the file system: unix(7) */
    }
    memcpy(name.sun_path, place->name, strlen(place->name));
    int before = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (before < 0) {
        return errno;
    }
    bool bound =
        fchdir(place->dir) == 0 && bind(fd, (const struct sockaddr *)&name, sizeof(name)) == 0;
    int errnum = bound ? 0 : errno;
    if (fchdir(before) != 0 && !errnum) {
        errnum = errno;
    }
    close(before);
    return errnum;
}

static int bind_at(int fd, const struct place *place)
{
    if (place->shared) {
        return bind_inside(fd, place);
    }
    return bind(fd, &place->address->u.sa, place->address->len) == 0 ? 0 : errno;
}

bool unix_socket_bind(int fd, const struct address *address, struct error *err)
{
    assert(address->u.sa.sa_family == AF_UNIX);
    const char *path = address->u.un.sun_path;
    struct place place = {.address = address};
    errno = 0;
    place.dir = guarded_directory(path, &place.name, &place.shared, err);
    if (place.dir < 0) {
        return errno ? error_errno(err, errno, "bind() to unix:%s", path)
                     : error_prefix(err, "bind() to unix:%s", path);
    }
    if (is_left_behind(&place)) {
        (void)unlinkat(place.dir, place.name, 0);
    }
    /* Made with the mode that all may connect by: a chmod() could meet another file by then. */
    mode_t mask = umask(0111);
    int errnum = bind_at(fd, &place);
    umask(mask);
    close(place.dir);
    return errnum == 0 || error_errno(err, errnum, "bind() to unix:%s", path);
}
