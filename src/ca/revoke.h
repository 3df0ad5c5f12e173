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
 * The certificates to revoke, in the CA's arena. The functions below add to them; finding none is
 * an error.
 */
struct targets {
    struct record *items;
    size_t n;
};
/* Adds all certificates of that name that are not revoked, however often it was renewed; if there
 * are none, those that are revoked. */
MUST_CHECK bool targets_add_name(struct ca *ca, struct targets *targets, struct str name,
                                 struct error *err);
MUST_CHECK bool targets_add_serial(struct ca *ca, struct targets *targets, struct str serial,
                                   struct error *err);
/* Adds the certificate in this PEM file, which must be exactly the one that was issued. */
MUST_CHECK bool targets_add_file(struct ca *ca, struct targets *targets, const char *path,
                                 struct error *err);

/* Whether this CA issued one of them, so that its key is needed. */
bool targets_need(const struct targets *targets, int issuer);

/*
 * Revokes them and writes the CRLs of their issuers, in one transaction. Those already revoked keep
 * their time and reason. The CA must be locked, the issuers unlocked. Updates the records.
 */
MUST_CHECK bool ca_revoke(struct ca *ca, struct targets *targets, int reason,
                          const struct progress *progress, struct error *err);

/* Writes new CRLs of the intermediate, and of the root if it is unlocked. */
MUST_CHECK bool ca_lists(struct ca *ca, int days, const struct progress *progress,
                         struct error *err);

#endif
