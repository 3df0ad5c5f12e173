/* SPDX-License-Identifier: Apache-2.0 */
/* Conversion of ASN.1 times. */
#include "pki/asn1_time.h"

#include <openssl/bio.h>
#include <stdio.h>

bool asn1_time_get(const ASN1_TIME *t, time_t *out)
{
    struct tm tm;
    if (!t || ASN1_TIME_to_tm(t, &tm) != 1) {
        return false;
    }
    *out = timegm(&tm);
    return true;
}

const char *asn1_time_text(const ASN1_TIME *t, char out[static ASN1_TIME_TEXT_MAX])
{
    BIO *bio = BIO_new(BIO_s_mem());
    int n = 0;
    if (bio && t && ASN1_TIME_print(bio, t) == 1) {
        n = BIO_read(bio, out, ASN1_TIME_TEXT_MAX - 1);
    }
    BIO_free(bio);
    if (n <= 0) {
        snprintf(out, ASN1_TIME_TEXT_MAX, "an unreadable date");
        return out;
    }
    out[n] = '\0';
    return out;
}
