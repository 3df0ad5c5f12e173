/* SPDX-License-Identifier: Apache-2.0 */
/* A directory of `openssl ca` or easy-rsa: where its things are. */
#ifndef CA_IMPORT_SOURCE_H
#define CA_IMPORT_SOURCE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/compiler.h"
#include "base/error.h"
#include "base/str.h"

/* What is named rather than found; NULL: found. */
struct import_given {
    const char *cert, *key, *config;
};

struct import_places {
    struct str *items; /* paths, with a NUL behind them */
    size_t n;
};

struct import_source {
    const char *dir; /* the one that was given, or the one in it that has all: pki/, demoCA/ */
    const char *top; /* the one that was given: nothing outside of it is read but what is named */
    bool easy_rsa;
    const char *config;           /* NULL: there was none */
    const char *unread;           /* a configuration that says nothing; NULL: none */
    const char *cert, *index;     /* there, or at least named */
    const char *key;              /* NULL: it is not here */
    const char *crl_number;       /* NULL: there is no such file */
    struct import_places certs;   /* folders, that of the serial numbers first */
    struct import_places keys;    /* folders */
    struct import_places lists;   /* files */
    struct import_places outside; /* what the configuration names, and is not read */
};

/*
 * Looks for an easy-rsa directory, then for an OpenSSL configuration in the directory, then for the
 * places that the common instructions for `openssl ca` use. Strings are in the arena. An error when
 * there is no index, or an index elsewhere, or no certificate of the CA.
 */
MUST_CHECK bool import_source_find(const char *dir, const struct import_given *given,
                                   struct arena *arena, struct import_source *out,
                                   struct error *err);
/* The directory of an intermediate CA in the root's, `intermediate/`; NULL: there is none. */
const char *import_source_below(const char *top, struct arena *arena);

#endif
