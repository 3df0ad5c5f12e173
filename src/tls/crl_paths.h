/* SPDX-License-Identifier: Apache-2.0 */
/* The files of a slot's CRLs, and how yett notices changes. */
#ifndef TLS_CRL_PATHS_H
#define TLS_CRL_PATHS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "tls/settings.h"

struct crl_paths {
    const char **items; /* in the arena */
    size_t n;
    const char *unreadable; /* a directory that could not be read; NULL: none */
    int errnum;             /* why */
    uint64_t bytes;         /* of all files together */
    struct str look;        /* the same as long as no change is seen */
    bool racy; /* `look` might miss a change now: the times are too coarse or too new */
};

/*
 * Finds every path that is a file, and in directories each file whose name ends in .crl, .pem,
 * .der, or .r and digits (as c_rehash names them), sorted by name. Skips names that begin with a
 * dot. Never fails: a missing file shows in `look`, and when it is opened.
 */
void crl_paths_look(const struct tls_words *paths, struct arena *arena, struct crl_paths *out);

#endif
