/* SPDX-License-Identifier: Apache-2.0 */
#include "pki/cert_forms.h"

#include <assert.h>
#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/x509v3.h>

#include "pki/serial.h"

enum { DECIMAL_OCTETS_MAX = 64, OID_TEXT_MAX = 128, GROUP_NAME_MAX = 64 };

static struct str hex_colons(struct str bytes, struct arena *arena)
{
    char *start = arena_bytes(arena, 3 * bytes.n + 1);
    char *p = start;
    for (size_t i = 0; i < bytes.n; i++) {
        p = str_put(p, i > 0 ? STR(":") : STR(""));
        p = hex_put(p, (struct str){bytes.p + i, 1}, true);
    }
    *p = '\0';
    return str_range(start, p);
}

struct str cert_serial_octets(const X509 *cert, struct arena *arena)
{
    unsigned char octets[SERIAL_MAX];
    return hex_colons(serial_octets(cert, octets), arena);
}

struct str cert_serial_decimal(const X509 *cert, struct arena *arena)
{
    const ASN1_INTEGER *serial = X509_get0_serialNumber(cert);
    if (ASN1_STRING_length(serial) > DECIMAL_OCTETS_MAX) {
        return STR("");
    }
    BIGNUM *number = ASN1_INTEGER_to_BN(serial, NULL);
    char *text = number ? BN_bn2dec(number) : NULL;
    struct str out = arena_dup(arena, str_of(text));
    OPENSSL_free(text);
    BN_free(number);
    ERR_clear_error();
    return out;
}

struct str cert_sha256(const X509 *cert, struct arena *arena)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned n = 0;
    if (X509_digest(cert, EVP_sha256(), digest, &n) != 1) {
        n = 0;
    }
    ERR_clear_error();
    char *start = arena_bytes(arena, 2 * (size_t)n + 1);
    char *end = hex_put(start, (struct str){(const char *)digest, n}, false);
    *end = '\0';
    return str_range(start, end);
}

bool cert_key_digest(const X509 *cert, unsigned char out[static CERT_DIGEST_LEN])
{
    unsigned char *der = NULL;
    int n = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(cert), &der);
    bool ok = n > 0 && EVP_Digest(der, (size_t)n, out, NULL, EVP_sha256(), NULL) == 1;
    OPENSSL_free(der);
    ERR_clear_error();
    return ok;
}

struct str cert_key_pin(const X509 *cert, struct arena *arena)
{
    unsigned char digest[CERT_DIGEST_LEN];
    unsigned char text[2 * CERT_DIGEST_LEN];
    if (!cert_key_digest(cert, digest)) {
        return STR("");
    }
    int n = EVP_EncodeBlock(text, digest, sizeof(digest));
    return arena_printf(arena, "sha256//%.*s", n, (char *)text);
}

static struct str algorithm_name(const ASN1_OBJECT *algorithm, struct arena *arena)
{
    char text[OID_TEXT_MAX];
    int n = OBJ_obj2txt(text, sizeof(text), algorithm, 0);
    return n > 0 ? arena_dup(arena, str_of(text)) : STR("unreadable");
}

struct str cert_key_text(X509 *cert, struct arena *arena)
{
    char group[GROUP_NAME_MAX] = "";
    size_t group_n = 0;
    EVP_PKEY *key = X509_get0_pubkey(cert);
    ASN1_OBJECT *algorithm = NULL;
    X509_PUBKEY_get0_param(&algorithm, NULL, NULL, NULL, X509_get_X509_PUBKEY(cert));
    if (!key) {
        ERR_clear_error();
        return arena_printf(arena, "%s (unreadable key)", algorithm_name(algorithm, arena).p);
    }
    const char *type = EVP_PKEY_get0_type_name(key);
    bool in_group = EVP_PKEY_is_a(key, "EC") &&
                    EVP_PKEY_get_group_name(key, group, sizeof(group), &group_n) == 1;
    int nid = in_group ? OBJ_txt2nid(group) : NID_undef;
    const char *nist = nid != NID_undef ? EC_curve_nid2nist(nid) : NULL;
    ERR_clear_error();
    return arena_printf(arena, "%s%s%s, %d bits", type ? type : "unknown", in_group ? " " : "",
                        nist ? nist : group, EVP_PKEY_get_bits(key));
}

struct str cert_signature_text(const X509 *cert, struct arena *arena)
{
    const X509_ALGOR *algorithm = NULL;
    const ASN1_OBJECT *oid = NULL;
    X509_get0_signature(NULL, &algorithm, cert);
    X509_ALGOR_get0(&oid, NULL, NULL, algorithm);
    return algorithm_name(oid, arena);
}

static struct str id_text(const ASN1_OCTET_STRING *id, struct arena *arena)
{
    if (!id) {
        return STR("");
    }
    struct str bytes = {(const char *)ASN1_STRING_get0_data(id), (size_t)ASN1_STRING_length(id)};
    return hex_colons(bytes, arena);
}

struct str cert_key_id(X509 *cert, struct arena *arena)
{
    return id_text(X509_get0_subject_key_id(cert), arena);
}

struct str cert_authority_key_id(X509 *cert, struct arena *arena)
{
    return id_text(X509_get0_authority_key_id(cert), arena);
}
