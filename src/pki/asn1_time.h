/* SPDX-License-Identifier: Apache-2.0 */
/* Times in certificates and CRLs. */
#ifndef PKI_ASN1_TIME_H
#define PKI_ASN1_TIME_H

#include <openssl/asn1.h>
#include <stdbool.h>
#include <time.h>

#include "base/compiler.h"

/* Seconds since the epoch. False: `t` is absent or no valid time. */
MUST_CHECK bool asn1_time_get(const ASN1_TIME *t, time_t *out);

/* "Nov 21 10:00:00 2026 GMT" into `out`; "an unreadable date" if `t` is not a valid time. */
enum { ASN1_TIME_TEXT_MAX = 64 };
const char *asn1_date_text(time_t t, char out[static ASN1_TIME_TEXT_MAX]);

#endif
