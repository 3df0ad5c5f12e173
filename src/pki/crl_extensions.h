/* SPDX-License-Identifier: Apache-2.0 */
/* Extensions of a CRL and of its entries (RFC 5280, 5.2 and 5.3). */
#ifndef PKI_CRL_EXTENSIONS_H
#define PKI_CRL_EXTENSIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/str.h"
#include "pki/crl_image.h"

/* The extensions of a CRL. */
struct crl_extensions {
    struct crl_number number;
    bool is_delta;
    struct crl_number base; /* BaseCRLNumber (5.2.4) */
    enum crl_scope scope;
    uint16_t reasons;  /* onlySomeReasons, or all (pki/dist_points.h) */
    struct str point;  /* DistributionPointName in DER, borrowed from `in`; n == 0: none */
    struct str key_id; /* borrowed from `in`; n == 0: none */
};

/* `in`: the Extensions in DER; `out` holds the defaults on entry. Errors: not DER; a duplicate
 * extension; an extension that crl_builder_add refuses. */
MUST_CHECK bool crl_extensions_parse(struct str in, struct crl_extensions *out, struct error *err);

/* The same for an entry (5.3). Without a reason, *reason stays unchanged. */
MUST_CHECK bool crl_entry_extensions_parse(struct str in, uint8_t *reason, struct error *err);

/* As memcmp. */
int crl_number_cmp(const struct crl_number *a, const struct crl_number *b);

#endif
