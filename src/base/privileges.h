/* SPDX-License-Identifier: Apache-2.0 */
/* The account of the worker: looked up while loading; yett changes to it before it accepts
 * clients. */
#ifndef BASE_PRIVILEGES_H
#define BASE_PRIVILEGES_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"

struct privileges {
    bool change; /* false: no `user`, or not started as root */
    uid_t uid;
    gid_t gid;
    const char *name;    /* of `user`, or the default; NULL: neither */
    const char *account; /* the name or number of `uid`, for messages */
};

/*
 * `user` and `group` are the directive's arguments. If both are empty, root serves as "nobody", and
 * other accounts serve as themselves. An unknown name is an error even if the account cannot be
 * changed.
 */
MUST_CHECK bool privileges_lookup(struct str user, struct str group, struct arena *arena,
                                  struct privileges *out, struct error *err);
/* Changes to the account for good: supplementary groups, group, user, in this order. */
MUST_CHECK bool privileges_drop(const struct privileges *privileges, struct error *err);

/*
 * Calls `act` as the account, to find out what it can do: in another process if the account differs
 * from the present one, so that changes in memory are lost. False: *err is from `act`, or says why
 * it was not called.
 */
MUST_CHECK bool privileges_try(const struct privileges *privileges,
                               bool (*act)(void *arg, struct error *err), void *arg,
                               struct error *err);

#endif
