/* SPDX-License-Identifier: Apache-2.0 */
#include "base/privileges.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sys/wait.h>
#include <unistd.h>

#define DEFAULT_USER "nobody"

static bool privileges_find_group(struct str group, struct arena *arena, gid_t *out,
                                  struct error *err)
{
    errno = 0;
    const struct group *entry = getgrnam(arena_cstr(arena, group));
    if (!entry) {
        return errno ? error_errno(err, errno, "getgrnam(\"%.*s\")", STR_ARG(group))
                     : error_set(err, "getgrnam(\"%.*s\") failed: no such group", STR_ARG(group));
    }
    *out = entry->gr_gid;
    return true;
}

static const char *account_name(uid_t uid, struct arena *arena)
{
    const struct passwd *entry = getpwuid(uid);
    return arena_cstr(arena, entry ? str_of(entry->pw_name) : arena_printf(arena, "%u", uid));
}

bool privileges_lookup(struct str user, struct str group, struct arena *arena,
                       struct privileges *out, struct error *err)
{
    bool root = geteuid() == 0;
    *out = (struct privileges){.change = root, .uid = geteuid(), .gid = getegid()};
    out->account = account_name(out->uid, arena);
    if (user.n == 0 && !root) {
        return true;
    }
    out->name = user.n ? arena_cstr(arena, user) : DEFAULT_USER;
    errno = 0;
    const struct passwd *entry = getpwnam(out->name);
    if (!entry) {
        return errno ? error_errno(err, errno, "getpwnam(\"%s\")", out->name)
                     : error_set(err, "getpwnam(\"%s\") failed: no such user", out->name);
    }
    gid_t gid = entry->pw_gid;
    if (group.n && !privileges_find_group(group, arena, &gid, err)) {
        return false;
    }
    if (root) {
        out->uid = entry->pw_uid;
        out->gid = gid;
        out->account = out->name;
    }
    return true;
}

bool privileges_drop(const struct privileges *privileges, struct error *err)
{
    if (!privileges->change) {
        return true;
    }
    if (initgroups(privileges->name, privileges->gid) != 0) {
        return error_errno(err, errno, "initgroups(%s, %u)", privileges->name, privileges->gid);
    }
    if (setresgid(privileges->gid, privileges->gid, privileges->gid) != 0) {
        return error_errno(err, errno, "setgid(%u)", privileges->gid);
    }
    if (setresuid(privileges->uid, privileges->uid, privileges->uid) != 0) {
        return error_errno(err, errno, "setuid(%u)", privileges->uid);
    }
    return true;
}

/* --- trying --- */

struct trial {
    bool ok;
    struct error err;
};

/* In the child. It keeps nothing else open: what `act` waits for must hold no socket of others. */
static _Noreturn void try_and_tell(const struct privileges *privileges, int out,
                                   bool (*act)(void *arg, struct error *err), void *arg)
{
    struct trial trial = {0};
    if (out > STDERR_FILENO + 1) {
        close_range(STDERR_FILENO + 1, (unsigned)out - 1, 0);
    }
    close_range((unsigned)out + 1, ~0U, 0);
    trial.ok = privileges_drop(privileges, &trial.err) && act(arg, &trial.err);
    /* In one piece, as it is shorter than PIPE_BUF. A parent that is gone needs no answer. */
    ssize_t n = write(out, &trial, sizeof(trial));
    _exit(n == (ssize_t)sizeof(trial) ? 0 : 1);
}

bool privileges_try(const struct privileges *privileges, bool (*act)(void *arg, struct error *err),
                    void *arg, struct error *err)
{
    int ends[2];
    if (!privileges->change) {
        return act(arg, err);
    }
    if (pipe2(ends, O_CLOEXEC) != 0) {
        return error_errno(err, errno, "pipe2()");
    }
    pid_t pid = fork();
    if (pid == 0) {
        try_and_tell(privileges, ends[1], act, arg);
    }
    int errnum = errno;
    close(ends[1]);
    struct trial trial;
    ssize_t n = -1;
    while (pid > 0 && (n = read(ends[0], &trial, sizeof(trial))) < 0 && errno == EINTR) {
    }
    close(ends[0]);
    if (pid < 0) {
        return error_errno(err, errnum, "fork() of a process of account \"%s\"",
                           privileges->account);
    }
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) {
    }
    if (n != (ssize_t)sizeof(trial)) {
        return error_set(err, "the process of account \"%s\" ended early", privileges->account);
    }
    return trial.ok || error_set(err, "%s", trial.err.text);
}
