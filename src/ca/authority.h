/* SPDX-License-Identifier: Apache-2.0 */
/* The CA: a root, and an intermediate that signs all other certificates. */
#ifndef CA_AUTHORITY_H
#define CA_AUTHORITY_H

#include <limits.h>
#include <openssl/x509.h>
#include <stdbool.h>
#include <time.h>

#include "base/arena.h"
#include "base/compiler.h"
#include "base/error.h"
#include "base/str.h"
#include "ca/files.h"
#include "ca/key.h"
#include "ca/store.h"

/*
 * The directory (mode 0711: a worker without privileges can read the CRLs):
 *
 *   ca.db (0600)                       the store
 *   private/ (0700)                    root.key, intermediate.key: encrypted
 *   root.crt intermediate.crt          the CAs; chain.crt is intermediate, then root
 *   root.crl intermediate.crl all.crl  their CRLs; all.crl is both
 *   live/NAME.pem                      the name's current certificate, the intermediate, and the
 *                                      key if it was made here (then 0600): one file, so that a
 *                                      renewal replaces all of it in one step
 *   pending/ (0700)                    files of a transaction that is not committed yet
 *
 * The store decides: what is not in it never happened, and the next command makes missing files
 * from it (publish.h).
 */

struct authority {
    int id; /* CA_ROOT … */
    const char *name;
    struct record record;
    X509 *cert;       /* NULL: this CA does not exist; the root issues all certificates */
    EVP_PKEY *key;    /* NULL until authority_unlock */
    const char *weak; /* the path of the key, if key_is_weakly_encrypted; else NULL */
};

struct ca {
    struct ca_dir dir;
    struct store store;
    struct arena arena; /* lives as long as this struct */
    struct authority root;
    struct authority intermediate;
    struct authority *issuer; /* of all other certificates: the intermediate, or else the root */
    bool locked;
};

struct ca_init {
    struct str organisation; /* in the CAs' names */
    struct key_spec key;
    struct str passphrase; /* of both keys */
    int root_days, intermediate_days;
};

/*
 * Makes the directory (and the store, both CAs and their first, empty CRLs) and opens it. Refuses a
 * directory with anything but the remains of an interrupted init. Call ca_close in any case.
 */
MUST_CHECK bool ca_create(struct ca *ca, const char *path, const struct ca_init *init,
                          struct error *err);
/* For code that makes a CA: initialises the struct, so that ca_close is allowed. */
void ca_init_empty(struct ca *ca);
/* Opens an existing CA; borrows `path`. Call ca_close in any case. */
MUST_CHECK bool ca_open(struct ca *ca, const char *path, struct error *err);
void ca_close(struct ca *ca);
/*
 * Locks the CA until ca_close: no other command can change it. Waits for other commands, so ask for
 * passphrases first.
 */
MUST_CHECK bool ca_lock(struct ca *ca, struct error *err);

struct authority *ca_authority(struct ca *ca, int id);
/* Whether the CA's key file is in its place. */
bool authority_has_key(const struct ca *ca, const struct authority *authority);
/*
 * Reads the private key from `path`, or (NULL) from its place, and checks that it belongs to the
 * certificate. If the key was moved away, *err says which option names it.
 */
MUST_CHECK bool authority_unlock(struct ca *ca, struct authority *authority, const char *path,
                                 struct str passphrase, struct error *err);

/* "DIR/live/NAME.pem". */
const char *live_path(const struct ca *ca, struct str name, char out[static PATH_MAX]);

#endif
