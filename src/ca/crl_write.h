/* SPDX-License-Identifier: Apache-2.0 */
/* CRLs (RFC 5280, 5.1), written octet by octet: a million entries in some seconds. */
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
    CRL_DAYS_ROOT = 365, /* whose key may be kept offline */
};

/*
 * Within a transaction: writes the CA's next CRL below pending/ and its number into the store.
 * After the commit, ca_publish puts it into its place. The CA's key is unlocked. `days` from now;
 * 0: as above; never beyond the end of the CA. It begins CLOCK_SKEW early, as certificates do: a
 * gate whose clock is slow would have no CRL until then.
 */
MUST_CHECK bool crl_write(struct ca *ca, const struct authority *authority, int days,
                          const struct progress *progress, struct error *err);

#endif
