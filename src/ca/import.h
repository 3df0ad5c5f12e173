/* SPDX-License-Identifier: Apache-2.0 */
/* Imports the CA of another program (`openssl ca`, easy-rsa) with all its data. */
#ifndef CA_IMPORT_H
#define CA_IMPORT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/compiler.h"
#include "base/error.h"
#include "ca/authority.h"
#include "ca/import_keys.h"
#include "ca/import_level.h"
#include "ca/progress.h"

enum { IMPORT_LEVELS = 2 };

/* The paths that the user named. NULL: look for it; it may be absent. */
struct import_order {
    const char *dirs[IMPORT_LEVELS]; /* the root's, the intermediate's */
    struct import_given issuer;      /* of the CA that issues certificates: the last directory's */
    const char *root_cert;           /* the root's, if there are two CAs */
    const char *root_key;            /* it stays where it is */
    const char *root_list;
};

/* {0} is empty. */
struct import {
    struct arena arena;
    struct import_level levels[IMPORT_LEVELS]; /* the root first */
    size_t n;                                  /* 1: the root issues all certificates */
    bool root_key_stays;
    struct import_keys keys;
    struct import_notes notes;
    /* How many ca_import has imported, without the CAs. */
    size_t certificates, revoked, expired, absent, private_keys;
};

/*
 * Reads everything and checks that it fits together. Changes nothing. Call import_deinit in any
 * case.
 */
MUST_CHECK bool import_read(struct import *import, const struct import_order *order,
                            const struct progress *progress, struct error *err);
void import_deinit(struct import *import);

/*
 * Makes a new directory of it in one transaction, as ca_create. The CAs with a key must be unlocked
 * (import_keys.h). Encrypts their keys with the passphrase, and writes new CRLs at once; if the
 * root's key is absent, keeps its newest CRL. Call ca_close in any case.
 */
MUST_CHECK bool ca_import(struct ca *ca, const char *path, struct import *import,
                          struct str passphrase, const struct progress *progress,
                          struct error *err);

#endif
