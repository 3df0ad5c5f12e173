/* SPDX-License-Identifier: Apache-2.0 */
/* What a trust set is made of; for the files that build, use and report on it. */
#ifndef PKI_TRUST_SET_H
#define PKI_TRUST_SET_H

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <time.h>

#include "pki/cert_pool.h"
#include "pki/memo.h"
#include "pki/trust.h"

struct trust_list {
    X509_CRL *crl; /* the store's */
    char *file;
    time_t from;
    time_t until; /* 0: the list does not say (RFC 5280, 5.1.2.5 demands it) */
};

struct trust {
    enum trust_purpose purpose;
    unsigned depth;
    int security_level;
    X509_STORE *store;
    STACK_OF(X509) * authorities;
    struct trust_list *lists;
    size_t lists_n;
    EVP_MD *sha256;
    struct memo *memo;      /* these two are the only parts that change; they lock */
    struct cert_pool *pool; /* CAs that clients sent along */
    unsigned char digest[TRUST_DIGEST_LEN];
};

#endif
