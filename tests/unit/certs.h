/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates, keys and revocation lists made on the spot, for tests of pki and tls. */
#ifndef TESTS_CERTS_H
#define TESTS_CERTS_H

#include <assert.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"

struct test_pair {
    X509 *cert;
    EVP_PKEY *key;
};

struct test_spec {
    const char *cn;
    const struct test_pair *issuer; /* NULL: self-signed */
    bool ca;
    long from;  /* seconds from now; 0: an hour ago */
    long until; /* seconds from now; 0: a day */
    long serial;
    const char *san; /* "DNS:a,IP:127.0.0.1" */
    const char *eku;
    int rsa_bits;                /* 0: P-256 */
    const char *aia;             /* "OCSP;URI:http://a/" */
    bool aki;                    /* it names the issuer's key */
    struct str points;           /* CRLDistributionPoints, DER */
    const struct test_pair *key; /* whose key it gets; NULL: a new one */
};

static inline void test_extension(X509 *cert, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX ctx;
    X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
    X509_EXTENSION *ext = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
    assert(ext);
    X509_add_ext(cert, ext, -1);
    X509_EXTENSION_free(ext);
}

static inline void test_extension_der(X509 *cert, int nid, struct str value)
{
    ASN1_OCTET_STRING *octets = ASN1_OCTET_STRING_new();
    ASN1_OCTET_STRING_set(octets, (const unsigned char *)value.p, (int)value.n);
    X509_EXTENSION *ext = X509_EXTENSION_create_by_NID(NULL, nid, 0, octets);
    assert(ext);
    X509_add_ext(cert, ext, -1);
    X509_EXTENSION_free(ext);
    ASN1_OCTET_STRING_free(octets);
}

static inline struct test_pair test_pair_new(struct test_spec spec)
{
    struct test_pair pair = {X509_new(), spec.key        ? spec.key->key
                                         : spec.rsa_bits ? EVP_RSA_gen((unsigned)spec.rsa_bits)
                                                         : EVP_EC_gen("P-256")};
    if (spec.key) {
        EVP_PKEY_up_ref(pair.key);
    }
    X509 *cert = pair.cert;
    X509 *issuer = spec.issuer ? spec.issuer->cert : cert;
    X509_set_version(cert, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(cert), spec.serial ? spec.serial : 4660);
    X509_gmtime_adj(X509_getm_notBefore(cert), spec.from ? spec.from : -3600);
    X509_gmtime_adj(X509_getm_notAfter(cert), spec.until ? spec.until : 86400);
    X509_set_pubkey(cert, pair.key);
    X509_NAME *name = X509_get_subject_name(cert);
    X509_NAME_add_entry_by_txt(name, "C", MBSTRING_UTF8, (const unsigned char *)"CH", -1, -1, 0);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const unsigned char *)spec.cn, -1, -1,
                               0);
    X509_set_issuer_name(cert, X509_get_subject_name(issuer));
    test_extension(cert, issuer, NID_basic_constraints,
                   spec.ca ? "critical,CA:TRUE" : "critical,CA:FALSE");
    if (spec.ca) {
        test_extension(cert, issuer, NID_key_usage, "critical,keyCertSign,cRLSign");
    }
    test_extension(cert, issuer, NID_subject_key_identifier, "hash");
    if (spec.san) {
        test_extension(cert, issuer, NID_subject_alt_name, spec.san);
    }
    if (spec.eku) {
        test_extension(cert, issuer, NID_ext_key_usage, spec.eku);
    }
    if (spec.aia) {
        test_extension(cert, issuer, NID_info_access, spec.aia);
    }
    if (spec.aki) {
        test_extension(cert, issuer, NID_authority_key_identifier, "keyid");
    }
    if (spec.points.n) {
        test_extension_der(cert, NID_crl_distribution_points, spec.points);
    }
    X509_sign(cert, spec.issuer ? spec.issuer->key : pair.key, EVP_sha256());
    /* As everybody else sees it: decoded from its bytes. */
    unsigned char *der = NULL;
    int n = i2d_X509(cert, &der);
    const unsigned char *p = der;
    X509_free(pair.cert);
    pair.cert = d2i_X509(NULL, &p, n);
    OPENSSL_free(der);
    assert(pair.cert && pair.key);
    return pair;
}

static inline void test_pair_free(struct test_pair *pair)
{
    X509_free(pair->cert);
    EVP_PKEY_free(pair->key);
    *pair = (struct test_pair){NULL, NULL};
}

/* A list with up to one serial number (0: empty). */
static inline X509_CRL *test_crl(const struct test_pair *ca, long serial, long from, long until)
{
    X509_CRL *crl = X509_CRL_new();
    X509_CRL_set_version(crl, 1);
    X509_CRL_set_issuer_name(crl, X509_get_subject_name(ca->cert));
    ASN1_TIME *t = X509_gmtime_adj(NULL, from ? from : -3600);
    X509_CRL_set1_lastUpdate(crl, t);
    X509_gmtime_adj(t, until ? until : 30 * 86400);
    X509_CRL_set1_nextUpdate(crl, t);
    if (serial) {
        X509_REVOKED *revoked = X509_REVOKED_new();
        ASN1_INTEGER *number = ASN1_INTEGER_new();
        ASN1_INTEGER_set(number, serial);
        X509_REVOKED_set_serialNumber(revoked, number);
        X509_gmtime_adj(t, -1800);
        X509_REVOKED_set_revocationDate(revoked, t);
        X509_CRL_add0_revoked(crl, revoked);
        ASN1_INTEGER_free(number);
    }
    ASN1_TIME_free(t);
    X509_CRL_sort(crl);
    X509_CRL_sign(crl, ca->key, EVP_sha256());
    return crl;
}

/* PEM text; free(3) the pointer. Consumes nothing. */
static inline struct str test_pem_take(BIO *bio)
{
    char *p;
    long n = BIO_get_mem_data(bio, &p);
    char *copy = malloc((size_t)n + 1);
    memcpy(copy, p, (size_t)n);
    copy[n] = '\0';
    BIO_free(bio);
    return (struct str){copy, (size_t)n};
}

static inline struct str test_pem_certs(const struct test_pair *const *pairs, size_t n)
{
    BIO *bio = BIO_new(BIO_s_mem());
    for (size_t i = 0; i < n; i++) {
        PEM_write_bio_X509(bio, pairs[i]->cert);
    }
    return test_pem_take(bio);
}

static inline struct str test_pem_crls(X509_CRL *const *crls, size_t n)
{
    BIO *bio = BIO_new(BIO_s_mem());
    for (size_t i = 0; i < n; i++) {
        PEM_write_bio_X509_CRL(bio, crls[i]);
    }
    return test_pem_take(bio);
}

static inline struct str test_pem_key(const struct test_pair *pair, const char *password)
{
    BIO *bio = BIO_new(BIO_s_mem());
    PEM_write_bio_PKCS8PrivateKey(bio, pair->key, password ? EVP_aes_128_cbc() : NULL, NULL, 0,
                                  NULL, (void *)(uintptr_t)password);
    return test_pem_take(bio);
}

static inline void test_file(const char *path, struct str text)
{
    FILE *file = fopen(path, "w");
    assert(file);
    fwrite(text.p, 1, text.n, file);
    fclose(file);
}

/* Writes text that test_pem_… made, and frees it. */
static inline void test_file_take(const char *path, struct str text)
{
    test_file(path, text);
    free((char *)(uintptr_t)text.p);
}

#endif
