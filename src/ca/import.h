/* SPDX-License-Identifier: Apache-2.0 */
/* The CA of another program (`openssl ca`, easy-rsa), imported with everything that it knows. */
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

/* What is asked for. NULL: found, or not there. */
struct import_order {
    const char *dirs[IMPORT_LEVELS]; /* the root's, the intermediate's */
    struct import_given issuer;      /* of the CA that signs certificates: the last directory's */
    const char *root_cert;           /* of the first of two */
    const char *root_key;            /* it stays where it is */
    const char *root_list;
};

/* {0} is empty. */
struct import {
    struct arena arena;
    struct import_level levels[IMPORT_LEVELS]; /* the root first */
    size_t n;                                  /* 1: the root issues by itself */
    bool root_key_stays;
    struct import_keys keys;
    struct import_notes notes;
    /* What ca_import has taken, without the CAs. */
    size_t certificates, revoked, expired, absent, private_keys;
};

/*
 * Reads everything and checks that it belongs together. Nothing is changed anywhere. import_deinit
 * in any case.
 */
MUST_CHECK bool import_read(struct import *import, const struct import_order *order,
                            const struct progress *progress, struct error *err);
void import_deinit(struct import *import);

/*
 * Makes a new directory of it, in one transaction, as ca_create; the CAs that have a key are
 * unlocked (import_keys.h). Their keys are encrypted with the passphrase. New CRLs are written at
 * once; if the root's key is not here, its newest existing CRL is kept. Call ca_close in any case.
 */
MUST_CHECK bool ca_import(struct ca *ca, const char *path, struct import *import,
                          struct str passphrase, const struct progress *progress,
                          struct error *err);

#endif
