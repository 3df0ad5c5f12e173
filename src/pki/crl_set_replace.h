/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a set of CRLs may replace another. */
#ifndef PKI_CRL_SET_REPLACE_H
#define PKI_CRL_SET_REPLACE_H

#include <stdbool.h>

#include "base/error.h"
#include "pki/crl_set.h"

/*
 * Whether the set may replace `old`: none of its CRLs is older (number, then thisUpdate) than the
 * CRL of the same kind (pki/crl_image.h) and key there. False: *err names the CRL and the numbers.
 */
MUST_CHECK bool crl_set_may_replace(const struct crl_set *set, const struct crl_set *old,
                                    struct error *err);

#endif
