/* SPDX-License-Identifier: Apache-2.0 */
/* Makes files from the store, after a transaction, or after a command that was killed. */
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
 * Writes the missing files of what is committed: new certificates in the store, the newest CRLs.
 * Removes files that no transaction committed. Call it with the lock, outside of transactions.
 */
MUST_CHECK bool ca_publish(struct ca *ca, struct error *err);
/*
 * The same for commands that only read: takes the lock if files are missing and no other command
 * has it; does nothing if permissions forbid it.
 */
MUST_CHECK bool ca_recover(struct ca *ca, struct error *err);

#endif
