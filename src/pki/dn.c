/* SPDX-License-Identifier: Apache-2.0 */
#include "pki/dn.h"

#include <openssl/bio.h>
#include <openssl/err.h>

/* To be freed with BIO_free, which takes NULL. */
static BIO *dn_print(const X509_NAME *name)
{
    BIO *bio = BIO_new(BIO_s_mem());
    if (bio && X509_NAME_print_ex(bio, name, 0, XN_FLAG_RFC2253) < 0) {
        (void)BIO_reset(bio);
    }
    ERR_clear_error(); /* OpenSSL's errors do not matter here */
    return bio;
}

struct str dn_text(const X509_NAME *name, struct arena *arena)
{
    char *p = NULL;
    BIO *bio = dn_print(name);
    long n = bio ? BIO_get_mem_data(bio, &p) : 0;
    struct str text = arena_dup(arena, (struct str){p, n > 0 ? (size_t)n : 0});
    BIO_free(bio);
    return text;
}

const char *dn_short(const X509_NAME *name, char out[static DN_SHORT_MAX])
{
    BIO *bio = dn_print(name);
    int n = bio ? BIO_read(bio, out, DN_SHORT_MAX - 1) : 0;
    out[n > 0 ? n : 0] = '\0';
    BIO_free(bio);
    return out;
}
