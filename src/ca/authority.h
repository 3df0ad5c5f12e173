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
 * The directory (mode 0711: a gate that gave up its privileges still reads the CRLs):
 *
 *   ca.db (0600)                       the store
 *   private/ (0700)                    root.key, intermediate.key: encrypted
 *   root.crt intermediate.crt          the CAs; chain.crt is intermediate, then root
 *   root.crl intermediate.crl all.crl  their CRLs; all.crl is both
 *   live/NAME.pem                      what the name means now: certificate, intermediate, and the
 *                                      key if it was made here (then 0600): one file, so that a
 *                                      renewal exchanges all of it in one step
 *   pending/ (0700)                    what a transaction has written and not yet committed
 *
 * The store is first: what is not in it never happened, and files that are not there yet are made
 * from it by the next command (publish.h).
 */

struct authority {
    int id; /* CA_ROOT … */
    const char *name;
    struct record record;
    X509 *cert;       /* NULL: there is none, the root issues by itself */
    EVP_PKEY *key;    /* NULL until authority_unlock */
    const char *weak; /* the path of the key, if key_is_weakly_encrypted; else NULL */
};

struct ca {
    struct ca_dir dir;
    struct store store;
    struct arena arena; /* lives as long as this */
    struct authority root;
    struct authority intermediate;
    struct authority *issuer; /* of servers, machines, users: the intermediate if there is one */
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
 * directory that holds anything but the remains of an interrupted init. Call ca_close in any case.
 */
MUST_CHECK bool ca_create(struct ca *ca, const char *path, const struct ca_init *init,
                          struct error *err);
/* Nothing is open yet; ca_close is allowed. For code that makes a CA. */
void ca_init_empty(struct ca *ca);
/* Opens an existing one. `path` is borrowed. ca_close in any case. */
MUST_CHECK bool ca_open(struct ca *ca, const char *path, struct error *err);
void ca_close(struct ca *ca);
/*
 * Locks the CA until ca_close: no other command can change it. Waits for other commands. Ask for
 * passphrases before it.
 */
MUST_CHECK bool ca_lock(struct ca *ca, struct error *err);

struct authority *ca_authority(struct ca *ca, int id);
/* Whether the key is in its place. */
bool authority_has_key(const struct ca *ca, const struct authority *authority);
/*
 * Reads the private key, from `path` or (NULL) from its place, and checks that it is the
 * certificate's. When it was moved away the message says how to name it.
 */
MUST_CHECK bool authority_unlock(struct ca *ca, struct authority *authority, const char *path,
                                 struct str passphrase, struct error *err);

/* "DIR/live/NAME.pem". */
const char *live_path(const struct ca *ca, struct str name, char out[static PATH_MAX]);

#endif
