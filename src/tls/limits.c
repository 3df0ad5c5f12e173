/* SPDX-License-Identifier: Apache-2.0 */
#include "tls/limits.h"

#include <openssl/objects.h>

enum {
    /*
     * A vector of at most 65535 bytes holds the names. In TLS 1.3 it shares one with the other
     * extensions of the request, which take some hundred bytes.
     */
    NAMES_MAX = 65535 - 512,
    CHAIN_MAX = 100 * 1024, /* SSL_CTX_set_max_cert_list(3): the default of OpenSSL's clients */
    /*
     * Below TLS 1.3, OpenSSL's clients end the handshake at a CertificateStatus message of more
     * than 16384 bytes, four of which are its type and length.
     */
    STAPLE_MAX = 16384 - 4,
};

bool limits_check_names(const STACK_OF(X509_NAME) * names, const char *path, struct error *err)
{
    size_t total = 0;
    for (int i = 0; i < sk_X509_NAME_num(names); i++) {
        int n = i2d_X509_NAME(sk_X509_NAME_value(names, i), NULL);
        if (n < 0) {
            return error_set(err, "i2d_X509_NAME() failed for a name in \"%s\"", path);
        }
        total += 2 + (size_t)n;
    }
    return total <= NAMES_MAX ||
           error_set(err,
                     "the names of the %d CAs in \"ssl_client_certificate\" \"%s\" have %zu bytes, "
                     "but a handshake can carry only %d: put the CAs into "
                     "\"ssl_trusted_certificate\", whose names are not sent to clients",
                     sk_X509_NAME_num(names), path, total, NAMES_MAX);
}

bool limits_check_chain(X509 *leaf, const STACK_OF(X509) * chain, const char *path,
                        struct error *err)
{
    size_t total = 3 + (size_t)i2d_X509(leaf, NULL);
    for (int i = 0; i < sk_X509_num(chain); i++) {
        total += 3 + (size_t)i2d_X509(sk_X509_value(chain, i), NULL);
    }
    return total <= CHAIN_MAX ||
           error_set(err,
                     "the %d certificates in \"%s\" have %zu bytes, but clients accept no "
                     "more than %d: keep only the certificate and its intermediate CAs in the file",
                     1 + sk_X509_num(chain), path, total, CHAIN_MAX);
}

bool limits_check_staple(size_t bytes, struct error *err)
{
    return bytes <= STAPLE_MAX ||
           error_set(err, "the OCSP response has %zu bytes, but clients accept no more than %d",
                     bytes, STAPLE_MAX);
}

static bool has_key(SSL_CTX *ctx, const char *type)
{
    for (long more = SSL_CTX_set_current_cert(ctx, SSL_CERT_SET_FIRST); more == 1;
         more = SSL_CTX_set_current_cert(ctx, SSL_CERT_SET_NEXT)) {
        const EVP_PKEY *key = SSL_CTX_get0_privatekey(ctx);
        if (key && EVP_PKEY_is_a(key, type)) {
            return true;
        }
    }
    return false;
}

static bool fits(const SSL_CIPHER *cipher, bool rsa, bool ecdsa)
{
    switch (SSL_CIPHER_get_auth_nid(cipher)) {
    case NID_auth_rsa: return rsa;
    case NID_auth_ecdsa: return ecdsa;
    case NID_auth_any: return false; /* of TLS 1.3 */
    default: return true;            /* without a certificate, or with one of another kind */
    }
}

bool limits_check_ciphers(SSL_CTX *ctx, struct error *err)
{
    long highest = SSL_CTX_get_max_proto_version(ctx);
    if (highest == 0 || highest >= TLS1_3_VERSION || !SSL_CTX_get0_certificate(ctx)) {
        return true;
    }
    bool rsa = has_key(ctx, "RSA");
    bool ecdsa = has_key(ctx, "EC") || has_key(ctx, "ED25519") || has_key(ctx, "ED448");
    if (!rsa && !ecdsa) {
        return true;
    }
    const STACK_OF(SSL_CIPHER) *ciphers = SSL_CTX_get_ciphers(ctx);
    for (int i = 0; i < sk_SSL_CIPHER_num(ciphers); i++) {
        if (fits(sk_SSL_CIPHER_value(ciphers, i), rsa, ecdsa)) {
            return true;
        }
    }
    return error_set(err,
                     "no cipher of \"ssl_ciphers\" can be used with the key of a certificate "
                     "(%s), and TLS 1.3 is off: no client could connect",
                     rsa ? "RSA" : "ECDSA");
}
