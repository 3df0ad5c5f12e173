/* SPDX-License-Identifier: Apache-2.0 */
/* Revokes certificates, and writes the CRLs. */
#ifndef CA_REVOKE_H
#define CA_REVOKE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/compiler.h"
#include "base/error.h"
#include "ca/authority.h"
#include "ca/crl_write.h"

/*
 * Finds the certificates: appends *n of them to *out (in the CA's arena). Finding none is an error.
 */
struct targets {
    struct record *items;
    size_t n;
};
/* Every certificate of that name that is not revoked, however often it was renewed; those that are
 * revoked already only if there is no other. */
MUST_CHECK bool targets_add_name(struct ca *ca, struct targets *targets, struct str name,
                                 struct error *err);
MUST_CHECK bool targets_add_serial(struct ca *ca, struct targets *targets, struct str serial,
                                   struct error *err);
/* The certificate in this PEM file, which has to be the very one that was issued. */
MUST_CHECK bool targets_add_file(struct ca *ca, struct targets *targets, const char *path,
                                 struct error *err);

/* Whether one of them was issued by this CA, whose key is then needed. */
bool targets_need(const struct targets *targets, int issuer);

/*
 * Revokes them and writes the CRLs of their issuers, in one transaction. Certificates that were
 * revoked before keep their time and reason. The CA is locked, the issuers unlocked. The records
 * are brought up to date.
 */
MUST_CHECK bool ca_revoke(struct ca *ca, struct targets *targets, int reason,
                          const struct progress *progress, struct error *err);

/* New CRLs of the intermediate, and of the root if it is unlocked. */
MUST_CHECK bool ca_lists(struct ca *ca, int days, const struct progress *progress,
                         struct error *err);

#endif
