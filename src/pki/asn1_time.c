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

const char *asn1_date_text(time_t t, char out[static ASN1_TIME_TEXT_MAX])
{
    ASN1_TIME *time = ASN1_TIME_set(NULL, t);
    BIO *bio = BIO_new(BIO_s_mem());
    int n = 0;
    if (bio && time && ASN1_TIME_print(bio, time) == 1) {
        n = BIO_read(bio, out, ASN1_TIME_TEXT_MAX - 1);
    }
    BIO_free(bio);
    ASN1_TIME_free(time);
    if (n <= 0) {
        snprintf(out, ASN1_TIME_TEXT_MAX, "an unreadable date");
        return out;
    }
    out[n] = '\0';
    return out;
}
