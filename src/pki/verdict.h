/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The result of verifying a peer's certificate. The handshake, variables, log, `yett cert` and -t
 * all use this one result.
 */
#ifndef PKI_VERDICT_H
#define PKI_VERDICT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/str.h"

enum verdict_status {
    VERDICT_NO_CERTIFICATE, /* $ssl_client_verify: NONE */
    VERDICT_GOOD,           /* SUCCESS */
    VERDICT_BAD,            /* FAILED:reason */
};

struct verdict {
    enum verdict_status status;
    int code;      /* X509_V_ERR_…, X509_V_OK when good */
    int depth;     /* of the certificate that `code` is about; 0: the leaf */
    int64_t until; /* good: the last second (UTC) of the verdict; 0: not known */
};

/* OpenSSL's sentence for the code, as in nginx's "FAILED:reason". Static. */
const char *verdict_reason(const struct verdict *verdict);

/* The reason in a word that does not change: "expired", "revoked", "no-certificate"; "" if it is
 * good. Static. */
const char *verdict_word(const struct verdict *verdict);

/* The value of $ssl_client_verify: "SUCCESS", "NONE", or "FAILED:reason" in the arena. */
struct str verdict_text(const struct verdict *verdict, struct arena *arena);

/*
 * Whether optional_no_ca accepts it: only the four codes that mean "no known CA" (as nginx), never
 * an expired or revoked certificate.
 */
bool verdict_only_unknown_ca(const struct verdict *verdict);

#endif
