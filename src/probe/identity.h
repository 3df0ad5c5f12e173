/* SPDX-License-Identifier: Apache-2.0 */
/* What a client shows: certificates that are forged, misused or out of date, with their keys. */
#ifndef PROBE_IDENTITY_H
#define PROBE_IDENTITY_H

#include <openssl/x509.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/error.h"

struct identity {
    const char *name; /* "expired": one word, also of a file */
    const char *text;
    X509 *cert;
    EVP_PKEY *key;
    STACK_OF(X509) * chain; /* sent after the certificate */
    bool valid;             /* it must be let in */
    bool by_crl;            /* only a CRL says that it is not valid */
};

struct identities {
    struct identity *items;
    size_t n;
};

/* A CA of the probe's own. */
struct probe_ca {
    X509 *cert;
    EVP_PKEY *key;
    struct identities issued; /* valid, revoked, expired, of the wrong use, … */
};

/*
 * Makes a CA that a private copy of a gate trusts, and what it has issued. All are gone with it.
 * The names do not matter, so they say what they are.
 */
void probe_ca_init(struct probe_ca *ca, struct arena *arena);
void probe_ca_deinit(struct probe_ca *ca);
/* Writes its CRL; `more` (may be NULL) is revoked as well. */
MUST_CHECK bool probe_ca_write_crl(const struct probe_ca *ca, const X509 *more, const char *path,
                                   struct error *err);
/* The one of that name that it has issued. */
const struct identity *identities_named(const struct identities *identities, const char *name);

/*
 * Makes certificates that imitate each of these CAs, without their keys: the same subject and key
 * identifier, the genuine CA in the chain, another client's valid certificate in it (`stolen`, may
 * be NULL; its key is not used).
 */
void identities_forge(STACK_OF(X509) * authorities, X509 *stolen, struct arena *arena,
                      struct identities *out);
/* Reads a certificate with its chain and its key, in PEM, from one file, and adds it. */
MUST_CHECK bool identities_read(struct identities *identities, const char *path, const char *name,
                                const char *text, bool valid, struct arena *arena,
                                struct error *err);
void identities_deinit(struct identities *identities);

/* The valid one, or NULL. */
const struct identity *identities_valid(const struct identities *identities);
/* Writes certificate, chain and key to one file, which only its owner can read. */
MUST_CHECK bool identity_write(const struct identity *identity, const char *path,
                               struct error *err);

#endif
