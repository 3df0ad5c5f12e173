/* SPDX-License-Identifier: Apache-2.0 */
/* Copies a CRL from the image in force into the next one. */
#ifndef PKI_CRL_CARRY_H
#define PKI_CRL_CARRY_H

#include <openssl/x509.h>

#include "pki/crl_pick.h"
#include "pki/crl_region.h"
#include "pki/crl_set.h"

/* Copies only this CRL; crl_pick finds its base and the CRL before it again. Its signature was
 * verified when it was read. */
MUST_CHECK bool crl_carry(struct crl_region *region, const struct crl_carried *from,
                          struct crl_candidate *out, struct error *err);

#endif
