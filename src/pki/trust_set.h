/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of a trust set, for the files that build, use and report on it. */
#ifndef PKI_TRUST_SET_H
#define PKI_TRUST_SET_H

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <time.h>

#include "pki/cert_pool.h"
#include "pki/memo.h"
#include "pki/trust.h"

struct trust {
    enum trust_purpose purpose;
    unsigned depth;
    int security_level;
    X509_STORE *store;
    STACK_OF(X509) * authorities;
    struct crl_slot *lists; /* NULL: no CRLs are required */
    char *lists_name;
    time_t grace;
    EVP_MD *sha256;
    struct memo *memo;      /* only this and the pools change; they lock */
    struct cert_pool *pool; /* CAs that clients sent along */
    struct cert_pool *leaves;
    unsigned char digest[TRUST_DIGEST_LEN];
};

/* Makes OpenSSL's verification use the CRLs in force for each certificate, instead of its own. */
void trust_check_lists(X509_STORE *store);

#endif
