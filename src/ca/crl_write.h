/* SPDX-License-Identifier: Apache-2.0 */
/* Writes CRLs (RFC 5280, 5.1) octet by octet: a million entries take a few seconds. */
#ifndef CA_CRL_WRITE_H
#define CA_CRL_WRITE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/error.h"
#include "ca/authority.h"
#include "ca/progress.h"

enum {
    CRL_DAYS = 30,       /* of the intermediate's CRL */
    CRL_DAYS_ROOT = 365, /* of the root's, whose key may be offline */
};

/*
 * In a transaction: writes the CA's next CRL below pending/ and its number into the store. After
 * the commit, ca_publish moves it to its place. The CA's key must be unlocked. The CRL expires in
 * `days` (0: as above), at the latest with the CA. It begins CLOCK_SKEW early, as certificates do:
 * a server with a slow clock would have no CRL until then.
 */
MUST_CHECK bool crl_write(struct ca *ca, const struct authority *authority, int days,
                          const struct progress *progress, struct error *err);

#endif
