/* SPDX-License-Identifier: Apache-2.0 */
#include "ca/der_write.h"

#include <assert.h>
#include <openssl/x509.h>
#include <time.h>

#include "pki/bundle.h"
#include "pki/der.h"

enum { ALGORITHM_MAX = 64, SIGNATURE_MAX = 2048 };

void der_head(struct buf *out, unsigned char tag, size_t n)
{
    assert(n <= UINT32_MAX);
    int octets = n < 0x80 ? 0 : n < 0x100 ? 1 : n < 0x10000 ? 2 : n < 0x1000000 ? 3 : 4;
    buf_byte(out, (char)tag);
    buf_byte(out, (char)(octets ? 0x80 | octets : (int)n));
    for (int i = octets - 1; i >= 0; i--) {
        buf_byte(out, (char)(n >> (8 * i)));
    }
}

void der_put(struct buf *out, unsigned char tag, struct str content)
{
    der_head(out, tag, content.n);
    buf_append(out, content);
}

void der_put_time(struct buf *out, int64_t t)
{
    char text[64];
    struct tm tm;
    time_t at = (time_t)t;
    gmtime_r(&at, &tm);
    bool short_year = tm.tm_year < 150;
    size_t n = strftime(text, sizeof(text), "%Y%m%d%H%M%SZ", &tm);
    der_put(out, short_year ? DER_UTC_TIME : DER_GENERALIZED_TIME,
            str_skip((struct str){text, n}, short_year ? 2 : 0));
}

void der_put_extension(struct buf *out, unsigned char number, bool critical, struct str value)
{
    const char oid[] = {0x55, 0x1d, (char)number};
    struct buf body = {0};
    der_put(&body, DER_OID, (struct str){oid, sizeof(oid)});
    if (critical) {
        der_put(&body, DER_BOOLEAN, STR("\xff"));
    }
    der_put(&body, DER_OCTET_STRING, value);
    der_put(out, DER_SEQUENCE, buf_view(&body));
    buf_deinit(&body);
}

/* NULL for Ed25519, which has its own. */
static const EVP_MD *der_write_digest_of(const EVP_PKEY *key)
{
    if (EVP_PKEY_get_base_id(key) == EVP_PKEY_ED25519) {
        return NULL;
    }
    return EVP_PKEY_get_base_id(key) == EVP_PKEY_EC && EVP_PKEY_get_bits(key) > 256 ? EVP_sha384()
                                                                                    : EVP_sha256();
}

bool der_put_algorithm(struct buf *out, const EVP_PKEY *key)
{
    unsigned char octets[ALGORITHM_MAX];
    unsigned char *end = octets;
    int nid = NID_undef;
    int id = EVP_PKEY_get_base_id(key);
    const EVP_MD *md = der_write_digest_of(key);
    X509_ALGOR *algorithm = X509_ALGOR_new();
    if (!md) {
        nid = NID_ED25519;
    } else if (!OBJ_find_sigid_by_algs(&nid, EVP_MD_get_type(md), id)) {
        nid = NID_undef;
    }
    /* NULL parameters for RSA, none for the others (RFC 8017, A.2.4; RFC 5758, 3.2; RFC 8410, 3).
     */
    int parameter = id == EVP_PKEY_RSA ? V_ASN1_NULL : V_ASN1_UNDEF;
    bool ok = algorithm && nid != NID_undef &&
              X509_ALGOR_set0(algorithm, OBJ_nid2obj(nid), parameter, NULL);
    int size = ok ? i2d_X509_ALGOR(algorithm, NULL) : 0;
    ok = size > 0 && size <= ALGORITHM_MAX && i2d_X509_ALGOR(algorithm, &end) == size;
    if (ok) {
        buf_append(out, (struct str){(char *)octets, (size_t)size});
    }
    X509_ALGOR_free(algorithm);
    return ok;
}

bool der_sign(struct buf *out, EVP_PKEY *key, struct str tbs, struct error *err)
{
    unsigned char signature[1 + SIGNATURE_MAX] = {0}; /* no unused bits */
    size_t n = SIGNATURE_MAX;
    struct buf tail = {0};
    EVP_MD_CTX *md = EVP_MD_CTX_new();
    bool ok = md && EVP_DigestSignInit(md, NULL, der_write_digest_of(key), NULL, key) == 1 &&
              EVP_DigestSign(md, signature + 1, &n, (const unsigned char *)tbs.p, tbs.n) == 1 &&
              der_put_algorithm(&tail, key);
    EVP_MD_CTX_free(md);
    if (ok) {
        assert(n <= SIGNATURE_MAX);
        der_put(&tail, DER_BIT_STRING, (struct str){(char *)signature, 1 + n});
        buf_reserve(out, tbs.n + tail.len + 8);
        der_head(out, DER_SEQUENCE, tbs.n + tail.len);
        buf_append(out, tbs);
        buf_append(out, buf_view(&tail));
    } else {
        char why[SSL_ERRORS_MAX];
        error_set(err, "cannot sign with the CA key%s", ssl_errors(why));
    }
    buf_deinit(&tail);
    return ok;
}
