/* SPDX-License-Identifier: Apache-2.0 */
/* Files made from the store, after a transaction or instead of the command that was killed before.
 */
#ifndef CA_PUBLISH_H
#define CA_PUBLISH_H

#include <stdbool.h>

#include "base/compiler.h"
#include "base/error.h"
#include "ca/authority.h"

/* A name below pending/: "intermediate.7.crl". */
enum { PENDING_NAME_MAX = 96 };
void pending_crl_name(const char *authority, int64_t number, char out[static PENDING_NAME_MAX]);

/*
 * Writes what is committed but has no file yet: certificates that are new in the store, the newest
 * CRLs. Removes files that no transaction committed. Call it with the lock, outside of
 * transactions.
 */
MUST_CHECK bool ca_publish(struct ca *ca, struct error *err);
/*
 * The same for commands that only read: takes the lock if there is something to complete and no
 * other command has it, and does nothing if that is not allowed.
 */
MUST_CHECK bool ca_recover(struct ca *ca, struct error *err);

/* The certificate in PEM, appended. */
MUST_CHECK bool pem_write(struct str der, struct buf *out, struct error *err);

#endif
