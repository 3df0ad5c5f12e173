/* SPDX-License-Identifier: Apache-2.0 */
#include "app/privileges.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <unistd.h>

#define DEFAULT_USER "nobody"

static bool find_group(struct str group, struct arena *arena, gid_t *out, struct error *err)
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

bool privileges_lookup(struct str user, struct str group, struct arena *arena,
                       struct privileges *out, struct error *err)
{
    bool root = geteuid() == 0;
    *out = (struct privileges){.change = root, .uid = geteuid(), .gid = getegid()};
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
    if (group.n && !find_group(group, arena, &gid, err)) {
        return false;
    }
    if (root) {
        out->uid = entry->pw_uid;
        out->gid = gid;
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
