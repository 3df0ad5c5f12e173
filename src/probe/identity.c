/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/identity.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/must.h"
#include "base/vec.h"

enum { DAY_S = 86400, SERIAL_BYTES = 16 };

/* --- certificates --- */

struct order {
    const X509_NAME *subject; /* NULL: that of `cn` */
    const char *cn;
    const char *usage; /* extendedKeyUsage; NULL: none */
    bool is_ca;
    long start_s; /* from now */
    long end_s;
    const ASN1_OCTET_STRING *key_id; /* imitate it; NULL: the key's own */
};

static const struct order CLIENT = {.usage = "clientAuth", .start_s = -DAY_S, .end_s = DAY_S};

static EVP_PKEY *key_new(void)
{
    return must_have(EVP_EC_gen("P-256"));
}

static void add_extension(X509 *cert, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX ctx;
    X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
    X509_EXTENSION *extension = must_have(X509V3_EXT_conf_nid(NULL, &ctx, nid, value));
    X509_add_ext(cert, extension, -1);
    X509_EXTENSION_free(extension);
}

static void set_serial(ASN1_INTEGER *serial)
{
    unsigned char bytes[SERIAL_BYTES];
    RAND_bytes(bytes, sizeof(bytes));
    bytes[0] = 0x40 | (bytes[0] & 0x3f); /* positive, no leading zero */
    BIGNUM *number = must_have(BN_bin2bn(bytes, sizeof(bytes), NULL));
    BN_to_ASN1_INTEGER(number, serial);
    BN_free(number);
}

static void set_subject(X509 *cert, const struct order *order)
{
    if (order->subject) {
        X509_set_subject_name(cert, order->subject);
        return;
    }
    X509_NAME_add_entry_by_txt(X509_get_subject_name(cert), "CN", MBSTRING_UTF8,
                               (const unsigned char *)order->cn, -1, -1, 0);
}

/* `issuer` NULL: signed by its own key. */
static X509 *cert_new(const struct order *order, EVP_PKEY *key, X509 *issuer, EVP_PKEY *issuer_key)
{
    X509 *cert = must_have(X509_new());
    X509_set_version(cert, X509_VERSION_3);
    set_serial(X509_get_serialNumber(cert));
    X509_gmtime_adj(X509_getm_notBefore(cert), order->start_s);
    X509_gmtime_adj(X509_getm_notAfter(cert), order->end_s);
    set_subject(cert, order);
    X509_set_issuer_name(cert, X509_get_subject_name(issuer ? issuer : cert));
    X509_set_pubkey(cert, key);
    add_extension(cert, issuer ? issuer : cert, NID_basic_constraints,
                  order->is_ca ? "critical,CA:TRUE" : "critical,CA:FALSE");
    add_extension(cert, issuer ? issuer : cert, NID_key_usage,
                  order->is_ca ? "critical,keyCertSign,cRLSign" : "critical,digitalSignature");
    if (order->key_id) {
        X509_add1_ext_i2d(cert, NID_subject_key_identifier, (void *)(uintptr_t)order->key_id, 0, 0);
    } else {
        add_extension(cert, issuer ? issuer : cert, NID_subject_key_identifier, "hash");
    }
    if (issuer) {
        add_extension(cert, issuer, NID_authority_key_identifier, "keyid");
    }
    if (order->usage) {
        add_extension(cert, issuer ? issuer : cert, NID_ext_key_usage, order->usage);
    }
    must_have(X509_sign(cert, issuer ? issuer_key : key, EVP_sha256()) ? cert : NULL);
    return cert;
}

/* --- sets --- */

static struct identity *identities_add(struct identities *out, struct arena *arena,
                                       const char *name, const char *text)
{
    struct identity *slot = vec_push(arena, &out->items, &out->n, sizeof(*slot));
    *slot = (struct identity){.name = name, .text = text};
    slot->chain = must_have(sk_X509_new_null());
    return slot;
}

static void chain_push(struct identity *identity, X509 *cert)
{
    X509_up_ref(cert);
    sk_X509_push(identity->chain, cert);
}

void identities_deinit(struct identities *identities)
{
    for (size_t i = 0; i < identities->n; i++) {
        X509_free(identities->items[i].cert);
        EVP_PKEY_free(identities->items[i].key);
        sk_X509_pop_free(identities->items[i].chain, X509_free);
    }
    *identities = (struct identities){0};
}

const struct identity *identities_valid(const struct identities *identities)
{
    for (size_t i = 0; i < identities->n; i++) {
        if (identities->items[i].valid) {
            return &identities->items[i];
        }
    }
    return NULL;
}

const struct identity *identities_named(const struct identities *identities, const char *name)
{
    for (size_t i = 0; i < identities->n; i++) {
        if (strcmp(identities->items[i].name, name) == 0) {
            return &identities->items[i];
        }
    }
    return NULL;
}

/* --- the probe's CA --- */

static struct identity *probe_ca_issue(struct probe_ca *ca, struct arena *arena, const char *name,
                                       const char *text, struct order order)
{
    struct identity *identity = identities_add(&ca->issued, arena, name, text);
    order.cn = arena_printf(arena, "yett probe: %s", name).p;
    identity->key = key_new();
    identity->cert = cert_new(&order, identity->key, ca->cert, ca->key);
    chain_push(identity, ca->cert);
    return identity;
}

static void crl_add(X509_CRL *crl, const X509 *revoked, ASN1_TIME *at)
{
    X509_REVOKED *entry = must_have(X509_REVOKED_new());
    ASN1_INTEGER *serial = must_have(ASN1_INTEGER_dup(X509_get0_serialNumber(revoked)));
    X509_REVOKED_set_serialNumber(entry, serial);
    X509_REVOKED_set_revocationDate(entry, at);
    X509_CRL_add0_revoked(crl, entry);
    ASN1_INTEGER_free(serial);
}

/* Its number grows with the time, so that a newer one replaces it. */
static void crl_add_extensions(X509_CRL *crl, X509 *issuer)
{
    X509V3_CTX ctx;
    X509V3_set_ctx(&ctx, issuer, NULL, NULL, crl, 0);
    X509_EXTENSION *extension =
        must_have(X509V3_EXT_conf_nid(NULL, &ctx, NID_authority_key_identifier, "keyid"));
    X509_CRL_add_ext(crl, extension, -1);
    X509_EXTENSION_free(extension);
    ASN1_INTEGER *number = must_have(ASN1_INTEGER_new());
    clock_update();
    ASN1_INTEGER_set_uint64(number, clock_now().real_ms);
    must_have(X509_CRL_add1_ext_i2d(crl, NID_crl_number, number, 0, 0) == 1 ? number : NULL);
    ASN1_INTEGER_free(number);
}

static X509_CRL *crl_new(const struct probe_ca *ca, const X509 *more)
{
    X509_CRL *crl = must_have(X509_CRL_new());
    ASN1_TIME *at = must_have(X509_gmtime_adj(NULL, more ? 0 : -60));
    X509_CRL_set_version(crl, X509_CRL_VERSION_2);
    X509_CRL_set_issuer_name(crl, X509_get_subject_name(ca->cert));
    X509_CRL_set1_lastUpdate(crl, at);
    crl_add(crl, identities_named(&ca->issued, "revoked")->cert, at);
    if (more) {
        crl_add(crl, more, at);
    }
    X509_gmtime_adj(at, DAY_S);
    X509_CRL_set1_nextUpdate(crl, at);
    ASN1_TIME_free(at);
    crl_add_extensions(crl, ca->cert);
    must_have(X509_CRL_sign(crl, ca->key, EVP_sha256()) ? crl : NULL);
    return crl;
}

void probe_ca_init(struct probe_ca *ca, struct arena *arena)
{
    const struct order root = {
        .cn = "yett probe: CA to throw away", .is_ca = true, .start_s = -DAY_S, .end_s = DAY_S};
    struct order order = CLIENT;
    *ca = (struct probe_ca){.key = key_new()};
    ca->cert = cert_new(&root, ca->key, NULL, NULL);
    probe_ca_issue(ca, arena, "valid", "a valid certificate", order)->valid = true;
    probe_ca_issue(ca, arena, "revoked", "a revoked certificate", order)->by_crl = true;
    struct identity *later =
        probe_ca_issue(ca, arena, "revoked-later", "a certificate to revoke", order);
    later->valid = later->by_crl = true;
    order.start_s = -2L * DAY_S;
    order.end_s = -60;
    probe_ca_issue(ca, arena, "expired", "an expired certificate", order);
    order.start_s = DAY_S / 2;
    order.end_s = DAY_S;
    probe_ca_issue(ca, arena, "not-yet-valid", "a certificate that is not valid yet", order);
    order = CLIENT;
    order.usage = "serverAuth";
    probe_ca_issue(ca, arena, "server-usage", "a certificate for servers only", order);
}

void probe_ca_deinit(struct probe_ca *ca)
{
    identities_deinit(&ca->issued);
    X509_free(ca->cert);
    EVP_PKEY_free(ca->key);
    *ca = (struct probe_ca){0};
}

/* --- forgeries --- */

struct forger {
    struct arena *arena;
    struct identities *out;
    X509 *genuine; /* the CA to imitate */
    X509 *root;    /* of the same names */
    EVP_PKEY *root_key;
};

static struct identity *forge(struct forger *forger, const char *name, const char *text,
                              struct order order, bool self_signed)
{
    struct identity *identity = identities_add(forger->out, forger->arena, name, text);
    order.cn = "yett probe: forged";
    identity->key = key_new();
    identity->cert =
        cert_new(&order, identity->key, self_signed ? NULL : forger->root, forger->root_key);
    return identity;
}

static void forge_self_signed(struct forger *forger)
{
    struct order order = CLIENT;
    forge(forger, "self-signed", "self-signed", order, true);
    order.subject = X509_get_subject_name(forger->genuine);
    order.key_id = X509_get0_subject_key_id(forger->genuine);
    chain_push(forge(forger, "self-signed-ca-names",
                     "self-signed with the CA's subject, the genuine CA appended", order, true),
               forger->genuine);
    order.is_ca = true;
    forge(forger, "self-signed-ca", "a CA of the same subject, as the client's own", order, true);
}

static void forge_issued(struct forger *forger)
{
    struct order order = CLIENT;
    struct identity *made =
        forge(forger, "foreign-ca", "issued by a foreign CA of the same subject", order, false);
    chain_push(made, forger->root);
    forge(forger, "foreign-ca-leaf", "the same, without the CA in the chain", order, false);
    made = forge(forger, "foreign-ca-genuine-appended", "the same, the genuine CA appended", order,
                 false);
    chain_push(made, forger->genuine);
    made = forge(forger, "foreign-ca-both", "the genuine CA before the foreign one", order, false);
    chain_push(made, forger->genuine);
    chain_push(made, forger->root);
    order.start_s = -2L * DAY_S;
    order.end_s = -60;
    chain_push(
        forge(forger, "foreign-ca-expired", "issued by a foreign CA, and expired", order, false),
        forger->root);
    order = CLIENT;
    order.usage = "serverAuth";
    chain_push(forge(forger, "foreign-ca-server-usage", "issued by a foreign CA, for servers only",
                     order, false),
               forger->root);
}

/* The order of the chain is wrong: somebody's valid certificate comes after the client's own. */
static void forge_around(struct forger *forger, X509 *stolen)
{
    struct identity *made =
        forge(forger, "valid-appended", "forged, another client's valid certificate appended",
              CLIENT, false);
    chain_push(made, stolen);
    chain_push(made, forger->genuine);
    struct order order = CLIENT;
    order.subject = X509_get_subject_name(stolen);
    made = forge(forger, "valid-names", "forged with another client's subject", order, false);
    chain_push(made, forger->root);
    made =
        forge(forger, "issued-by-client", "issued by another client's certificate", CLIENT, true);
    X509_set_issuer_name(made->cert, X509_get_subject_name(stolen));
    must_have(X509_sign(made->cert, forger->root_key, EVP_sha256()) ? made : NULL);
    chain_push(made, stolen);
    chain_push(made, forger->genuine);
}

enum { AUTHORITIES_MAX = 4 }; /* more of the same would take long and show no more */

void identities_forge(STACK_OF(X509) * authorities, X509 *stolen, struct arena *arena,
                      struct identities *out)
{
    for (int i = 0; i < sk_X509_num(authorities) && i < AUTHORITIES_MAX; i++) {
        struct forger forger = {arena, out, sk_X509_value(authorities, i), NULL, key_new()};
        const struct order root = {.subject = X509_get_subject_name(forger.genuine),
                                   .is_ca = true,
                                   .start_s = -DAY_S,
                                   .end_s = DAY_S,
                                   .key_id = X509_get0_subject_key_id(forger.genuine)};
        forger.root = cert_new(&root, forger.root_key, NULL, NULL);
        forge_self_signed(&forger);
        forge_issued(&forger);
        if (stolen && i == 0) {
            forge_around(&forger, stolen);
        }
        X509_free(forger.root);
        EVP_PKEY_free(forger.root_key);
    }
}

/* --- files --- */

static bool identity_read_pem(struct identity *identity, BIO *bio, const char *path,
                              struct error *err)
{
    identity->cert = PEM_read_bio_X509(bio, NULL, NULL, NULL);
    if (!identity->cert) {
        return error_set(err, "no PEM certificate in \"%s\"", path);
    }
    X509 *next;
    while ((next = PEM_read_bio_X509(bio, NULL, NULL, NULL))) {
        sk_X509_push(identity->chain, next);
    }
    (void)BIO_seek(bio, 0);
    static char none[] = ""; /* no question for a passphrase */
    identity->key = PEM_read_bio_PrivateKey(bio, NULL, NULL, none);
    return identity->key ||
           error_set(err,
                     "no PEM private key without a passphrase in \"%s\": put certificate, "
                     "chain and key into one file",
                     path);
}

bool identities_read(struct identities *identities, const char *path, const char *name,
                     const char *text, bool valid, struct arena *arena, struct error *err)
{
    BIO *bio = BIO_new_file(path, "r");
    if (!bio) {
        return error_errno(err, errno, "open() \"%s\"", path);
    }
    struct identity *identity = identities_add(identities, arena, name, text);
    identity->valid = valid;
    bool ok = identity_read_pem(identity, bio, path, err);
    BIO_free(bio);
    return ok;
}

bool probe_ca_write_crl(const struct probe_ca *ca, const X509 *more, const char *path,
                        struct error *err)
{
    BIO *bio = BIO_new_file(path, "w");
    if (!bio) {
        return error_errno(err, errno, "open() \"%s\"", path);
    }
    X509_CRL *crl = crl_new(ca, more);
    bool ok = PEM_write_bio_X509_CRL(bio, crl) == 1 && BIO_flush(bio) == 1;
    X509_CRL_free(crl);
    BIO_free(bio);
    return ok || error_set(err, "cannot write \"%s\"", path);
}

bool identity_write(const struct identity *identity, const char *path, struct error *err)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) {
        return error_errno(err, errno, "open() \"%s\"", path);
    }
    BIO *bio = must_have(BIO_new_fd(fd, BIO_CLOSE));
    bool ok = PEM_write_bio_X509(bio, identity->cert) == 1;
    for (int i = 0; ok && i < sk_X509_num(identity->chain); i++) {
        ok = PEM_write_bio_X509(bio, sk_X509_value(identity->chain, i)) == 1;
    }
    ok = ok && PEM_write_bio_PrivateKey(bio, identity->key, NULL, NULL, 0, NULL, NULL) == 1;
    BIO_free(bio);
    return ok || error_set(err, "cannot write \"%s\"", path);
}
