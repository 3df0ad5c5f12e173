/* SPDX-License-Identifier: Apache-2.0 */
/* Variables of the client's TLS connection and certificate. Absent when empty, and on plain
 * connections, as in nginx. */
#include <assert.h>
#include <openssl/obj_mac.h>
#include <openssl/objects.h>
#include <openssl/ssl.h>

#include "base/clock.h"
#include "facts/variable_getters.h"
#include "facts/variables.h"
#include "gate/connection.h"
#include "http/uri.h"
#include "pki/cert.h"
#include "pki/cert_forms.h"
#include "pki/verdict.h"
#include "site/client.h"
#include "tls/transport.h"

static SSL *ssl_of(void *facts)
{
    const struct request *request = facts;
    return request->conn->transport.ssl;
}

/* --- the client's certificate --- */

static struct str pem_escaped(const X509 *cert, struct arena *arena)
{
    return uri_escape(ESCAPE_COMPONENT, cert_pem(cert, arena), arena);
}

static struct str days_left(const X509 *cert, struct arena *arena)
{
    return cert_days_left(cert, clock_second(), arena);
}

static struct str san_dns(const X509 *cert, struct arena *arena)
{
    return cert_alternative_list(cert, STR("DNS"), arena);
}

static struct str san_email(const X509 *cert, struct arena *arena)
{
    return cert_alternative_list(cert, STR("email"), arena);
}

static struct str san_uri(const X509 *cert, struct arena *arena)
{
    return cert_alternative_list(cert, STR("URI"), arena);
}

static struct str (*const CLIENT_FIELDS[])(const X509 *cert, struct arena *arena) = {
    [CLIENT_CERT] = cert_pem_folded,
    [CLIENT_RAW_CERT] = cert_pem,
    [CLIENT_ESCAPED_CERT] = pem_escaped,
    [CLIENT_SUBJECT] = cert_subject,
    [CLIENT_ISSUER] = cert_issuer,
    [CLIENT_SUBJECT_LEGACY] = cert_subject_legacy,
    [CLIENT_ISSUER_LEGACY] = cert_issuer_legacy,
    [CLIENT_SERIAL] = cert_serial,
    [CLIENT_FINGERPRINT] = cert_fingerprint,
    [CLIENT_FINGERPRINT_SHA256] = cert_sha256,
    [CLIENT_SAN_DNS] = san_dns,
    [CLIENT_SAN_EMAIL] = san_email,
    [CLIENT_SAN_URI] = san_uri,
    [CLIENT_NOT_BEFORE] = cert_not_before,
    [CLIENT_NOT_AFTER] = cert_not_after,
    [CLIENT_DAYS_LEFT] = days_left,
};

struct value variable_client_field(void *facts, struct arena *arena, const struct builtin *row,
                                   struct str suffix)
{
    const struct request *request = facts;
    assert(row->data < COUNT_OF(CLIENT_FIELDS));
    const X509 *cert =
        client_is_asked(&request->walk) ? transport_peer_cert(&request->conn->transport) : NULL;
    return cert ? value_if_any(CLIENT_FIELDS[row->data](cert, arena)) : VALUE_IS_ABSENT;
}

struct value variable_client_verify(void *facts, struct arena *arena, const struct builtin *row,
                                    struct str suffix)
{
    struct request *request = facts;
    return client_verify(&request->walk);
}

bool variable_of_client(const struct builtin *row, const X509 *cert, const struct verdict *verdict,
                        struct arena *arena, struct value *out)
{
    if (row->get == variable_client_field) {
        assert(row->data < COUNT_OF(CLIENT_FIELDS));
        *out = cert ? value_if_any(CLIENT_FIELDS[row->data](cert, arena)) : VALUE_IS_ABSENT;
        return true;
    }
    if (row->get == variable_client_verify) {
        *out = verdict ? value_of(verdict_text(verdict, arena)) : VALUE_IS_UNKNOWN;
        return true;
    }
    return false;
}

/* --- what was negotiated --- */

struct value variable_tls_protocol(void *facts, struct arena *arena, const struct builtin *row,
                                   struct str suffix)
{
    SSL *ssl = ssl_of(facts);
    return ssl ? value_of(str_of(SSL_get_version(ssl))) : VALUE_IS_ABSENT;
}

struct value variable_tls_cipher(void *facts, struct arena *arena, const struct builtin *row,
                                 struct str suffix)
{
    SSL *ssl = ssl_of(facts);
    return ssl ? value_if_any(str_of(SSL_get_cipher_name(ssl))) : VALUE_IS_ABSENT;
}

static struct str cipher_name(SSL *ssl, const unsigned char *raw, struct arena *arena)
{
    const SSL_CIPHER *cipher = SSL_CIPHER_find(ssl, raw);
    return cipher ? str_of(SSL_CIPHER_get_name(cipher))
                  : arena_printf(arena, "0x%02x%02x", raw[0], raw[1]);
}

/*
 * What the client offered; OpenSSL keeps it for full handshakes only. A stranger may offer 32,767
 * of them: the request keeps their list, not the pieces of it.
 */
struct value variable_tls_ciphers(void *facts, struct arena *arena, const struct builtin *row,
                                  struct str suffix)
{
    SSL *ssl = ssl_of(facts);
    const unsigned char *raw = NULL;
    size_t n = ssl ? SSL_get0_raw_cipherlist(ssl, NULL) : 0;
    size_t bytes = n ? SSL_get0_raw_cipherlist(ssl, &raw) : 0;
    size_t count = n ? bytes / n : 0;
    struct arena pieces;
    arena_init(&pieces, 0);
    struct str *names = arena_alloc(&pieces, count * sizeof(*names));
    for (size_t i = 0; i < count; i++) {
        names[i] = cipher_name(ssl, raw + i * n, &pieces);
    }
    struct str list = arena_join(arena, names, count, STR(":"));
    arena_deinit(&pieces);
    return value_if_any(list);
}

static struct str group_name(int nid, struct arena *arena)
{
    if (nid & TLSEXT_nid_unknown) {
        return arena_printf(arena, "0x%04x", (unsigned)nid & 0xffff);
    }
    return str_of(OBJ_nid2sn(nid));
}

struct value variable_tls_curve(void *facts, struct arena *arena, const struct builtin *row,
                                struct str suffix)
{
    SSL *ssl = ssl_of(facts);
    int nid = ssl ? (int)SSL_get_negotiated_group(ssl) : NID_undef;
    return nid != NID_undef ? value_if_any(group_name(nid, arena)) : VALUE_IS_ABSENT;
}

struct value variable_tls_curves(void *facts, struct arena *arena, const struct builtin *row,
                                 struct str suffix)
{
    SSL *ssl = ssl_of(facts);
    int n = ssl ? (int)SSL_get1_groups(ssl, NULL) : 0;
    if (n <= 0) {
        return VALUE_IS_ABSENT;
    }
    struct arena pieces;
    arena_init(&pieces, 0);
    int *groups = arena_alloc(&pieces, (size_t)n * sizeof(*groups));
    n = (int)SSL_get1_groups(ssl, groups);
    struct str *names = arena_alloc(&pieces, (size_t)n * sizeof(*names));
    for (int i = 0; i < n; i++) {
        names[i] = group_name(groups[i], &pieces);
    }
    struct str list = arena_join(arena, names, (size_t)n, STR(":"));
    arena_deinit(&pieces);
    return value_if_any(list);
}

struct value variable_tls_server_name(void *facts, struct arena *arena, const struct builtin *row,
                                      struct str suffix)
{
    const struct request *request = facts;
    return ssl_of(facts) ? value_if_any(transport_sni(&request->conn->transport)) : VALUE_IS_ABSENT;
}

struct value variable_tls_alpn(void *facts, struct arena *arena, const struct builtin *row,
                               struct str suffix)
{
    const struct request *request = facts;
    return value_if_any(transport_alpn(&request->conn->transport));
}

/* nginx: "h2" over TLS, "h2c" without, else empty. */
struct value variable_http2(void *facts, struct arena *arena, const struct builtin *row,
                            struct str suffix)
{
    const struct connection *conn = ((const struct request *)facts)->conn;
    assert(conn->protocol); /* it brought the request */
    if (!str_eq(str_of(conn->protocol->name), STR("h2"))) {
        return VALUE_IS_ABSENT;
    }
    return value_of(conn->transport.ssl ? STR("h2") : STR("h2c"));
}

struct value variable_tls_session_id(void *facts, struct arena *arena, const struct builtin *row,
                                     struct str suffix)
{
    SSL *ssl = ssl_of(facts);
    const SSL_SESSION *session = ssl ? SSL_get0_session(ssl) : NULL;
    unsigned n = 0;
    const unsigned char *id = session ? SSL_SESSION_get_id(session, &n) : NULL;
    char *hex = arena_bytes(arena, (size_t)n * 2 + 1);
    for (unsigned i = 0; i < n; i++) {
        snprintf(hex + (size_t)i * 2, 3, "%02x", id[i]);
    }
    return value_if_any((struct str){hex, (size_t)n * 2});
}

struct value variable_tls_session_reused(void *facts, struct arena *arena,
                                         const struct builtin *row, struct str suffix)
{
    SSL *ssl = ssl_of(facts);
    return ssl ? value_of(SSL_session_reused(ssl) ? STR("r") : STR(".")) : VALUE_IS_ABSENT;
}

/* Early data is never accepted: a request in it could be replayed (RFC 8470). */
struct value variable_tls_early_data(void *facts, struct arena *arena, const struct builtin *row,
                                     struct str suffix)
{
    return VALUE_IS_ABSENT;
}

/* --- signature schemes, by their names in RFC 8446, 4.2.3 --- */

struct signature_scheme {
    int type;
    int digest;
    const char *name;
};

static const struct signature_scheme SCHEMES[] = {
    {EVP_PKEY_EC, NID_sha256, "ecdsa_secp256r1_sha256"},
    {EVP_PKEY_EC, NID_sha384, "ecdsa_secp384r1_sha384"},
    {EVP_PKEY_EC, NID_sha512, "ecdsa_secp521r1_sha512"},
    {EVP_PKEY_EC, NID_sha1, "ecdsa_sha1"},
    {EVP_PKEY_RSA_PSS, NID_sha256, "rsa_pss_rsae_sha256"},
    {EVP_PKEY_RSA_PSS, NID_sha384, "rsa_pss_rsae_sha384"},
    {EVP_PKEY_RSA_PSS, NID_sha512, "rsa_pss_rsae_sha512"},
    {EVP_PKEY_RSA, NID_sha256, "rsa_pkcs1_sha256"},
    {EVP_PKEY_RSA, NID_sha384, "rsa_pkcs1_sha384"},
    {EVP_PKEY_RSA, NID_sha512, "rsa_pkcs1_sha512"},
    {EVP_PKEY_RSA, NID_sha1, "rsa_pkcs1_sha1"},
};

static struct value scheme_name(int type, int digest)
{
    if (type == EVP_PKEY_ED25519) {
        return value_of(STR("ed25519"));
    }
    if (type == EVP_PKEY_ED448) {
        return value_of(STR("ed448"));
    }
    for (size_t i = 0; i < COUNT_OF(SCHEMES); i++) {
        if (SCHEMES[i].type == type && SCHEMES[i].digest == digest) {
            return value_of(str_of(SCHEMES[i].name));
        }
    }
    return VALUE_IS_ABSENT;
}

struct value variable_tls_sigalg(void *facts, struct arena *arena, const struct builtin *row,
                                 struct str suffix)
{
    SSL *ssl = ssl_of(facts);
    int type = NID_undef, digest = NID_undef;
    if (!ssl || !SSL_get_signature_type_nid(ssl, &type)) {
        return VALUE_IS_ABSENT;
    }
    (void)SSL_get_signature_nid(ssl, &digest);
    return scheme_name(type, digest);
}

struct value variable_tls_client_sigalg(void *facts, struct arena *arena, const struct builtin *row,
                                        struct str suffix)
{
    SSL *ssl = ssl_of(facts);
    int type = NID_undef, digest = NID_undef;
    if (!ssl || !SSL_get0_peer_certificate(ssl) || !SSL_get_peer_signature_type_nid(ssl, &type)) {
        return VALUE_IS_ABSENT;
    }
    (void)SSL_get_peer_signature_nid(ssl, &digest);
    return scheme_name(type, digest);
}
