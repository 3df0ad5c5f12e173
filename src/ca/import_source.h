/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the files in a directory of `openssl ca` or easy-rsa. */
#ifndef CA_IMPORT_SOURCE_H
#define CA_IMPORT_SOURCE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/compiler.h"
#include "base/error.h"
#include "base/str.h"

/* The paths that the user named; NULL: look for it. */
struct import_given {
    const char *cert, *key, *config;
};

struct import_places {
    struct str *items; /* paths, NUL-terminated */
    size_t n;
};

struct import_source {
    const char *dir; /* `top`, or the folder in it that has the CA: pki/, demoCA/ */
    const char *top; /* the given one; nothing outside is read but what the user named */
    bool easy_rsa;
    const char *config;           /* NULL: there was none */
    const char *unread;           /* a configuration that describes no CA; NULL: none */
    const char *cert, *index;     /* found or named */
    const char *key;              /* NULL: absent */
    const char *crl_number;       /* NULL: absent */
    struct import_places certs;   /* folders, that of the serial numbers first */
    struct import_places keys;    /* folders */
    struct import_places lists;   /* files */
    struct import_places outside; /* paths in the configuration that are not read */
};

/*
 * Looks for an easy-rsa directory, then for an OpenSSL configuration in the directory, then for the
 * usual paths of `openssl ca`. Strings are in the arena. Errors: no index, an index outside of the
 * directory, no certificate of the CA.
 */
MUST_CHECK bool import_source_find(const char *dir, const struct import_given *given,
                                   struct arena *arena, struct import_source *out,
                                   struct error *err);
/* The directory `intermediate/` of an intermediate CA in the root's; NULL: there is none. */
const char *import_source_below(const char *top, struct arena *arena);

#endif
