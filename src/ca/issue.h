/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates for servers, machines and users. */
#ifndef CA_ISSUE_H
#define CA_ISSUE_H

#include <openssl/evp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/error.h"
#include "ca/authority.h"
#include "ca/key.h"
#include "ca/progress.h"

enum { DAYS_LEAF = 397, DAYS_INTERMEDIATE = 3650, DAYS_ROOT = 7300, DAYS_MAX = 36500 };

/* The options, the same for all names of one call. */
struct issue_order {
    enum cert_kind kind;
    struct str subject; /* as in subject_parse; empty: the name as common name */
    const struct str *sans;
    size_t n_sans; /* 0: the name, if it is a host name, IP address or mail address */
    int days;      /* 0: DAYS_LEAF, or until the issuer expires; longer is an error */
    /* In place of `days`, seconds since the epoch; the past is allowed. 0: not given. */
    int64_t not_before, not_after;
    struct key_spec key;
    EVP_PKEY *public_key; /* of a request; NULL: a key is made here */
};

/*
 * Issues one certificate for each name, all or none. The names must have no valid certificate. The
 * issuer must be unlocked, the CA locked. Records are in the CA's arena.
 */
MUST_CHECK bool ca_issue(struct ca *ca, const struct issue_order *order, const struct str *names,
                         size_t n, struct record *out, const struct progress *progress,
                         struct error *err);
/*
 * Issues another certificate like the name's current one, with the same kind, subject and names,
 * for `days` (0: as many as the old one). The key is the order's public key, or the old one if the
 * private key was never here, or else a new one. Uses only key, days and public_key of the order.
 */
MUST_CHECK bool ca_renew(struct ca *ca, const struct issue_order *order, struct str name,
                         struct record *out, struct error *err);

/* The public key of a PKCS#10 request in PEM; checks its signature. NULL on failure. */
EVP_PKEY *request_key(struct str pem, const char *path, struct error *err);

#endif
