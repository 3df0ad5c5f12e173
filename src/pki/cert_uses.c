/* SPDX-License-Identifier: Apache-2.0 */
#include "pki/cert_uses.h"

#include <assert.h>
#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/x509v3.h>

#include "base/compiler.h"
#include "base/vec.h"
#include "pki/cert.h"

enum { OID_TEXT_MAX = 128 };

static void word_add(struct cert_words *words, struct arena *arena, struct str word)
{
    *(struct str *)vec_push(arena, &words->items, &words->n, sizeof(struct str)) = word;
}

static struct str object_name(const ASN1_OBJECT *object, struct arena *arena)
{
    char text[OID_TEXT_MAX];
    int nid = OBJ_obj2nid(object);
    if (nid != NID_undef) {
        return str_of(OBJ_nid2sn(nid));
    }
    int n = OBJ_obj2txt(text, sizeof(text), object, 1);
    return n > 0 ? arena_dup(arena, str_of(text)) : STR("unreadable OID");
}

struct cert_words cert_key_usage(X509 *cert, struct arena *arena)
{
    static const struct {
        uint32_t bit;
        const char *name;
    } BITS[] = {
        {KU_DIGITAL_SIGNATURE, "digitalSignature"},
        {KU_NON_REPUDIATION, "nonRepudiation"},
        {KU_KEY_ENCIPHERMENT, "keyEncipherment"},
        {KU_DATA_ENCIPHERMENT, "dataEncipherment"},
        {KU_KEY_AGREEMENT, "keyAgreement"},
        {KU_KEY_CERT_SIGN, "keyCertSign"},
        {KU_CRL_SIGN, "cRLSign"},
        {KU_ENCIPHER_ONLY, "encipherOnly"},
        {KU_DECIPHER_ONLY, "decipherOnly"},
    };
    struct cert_words words = {NULL, 0};
    bool present = (X509_get_extension_flags(cert) & EXFLAG_KUSAGE) != 0;
    uint32_t usage = present ? X509_get_key_usage(cert) : 0;
    for (size_t i = 0; i < COUNT_OF(BITS); i++) {
        if (usage & BITS[i].bit) {
            word_add(&words, arena, str_of(BITS[i].name));
        }
    }
    return words;
}

struct cert_words cert_extended_key_usage(X509 *cert, struct arena *arena)
{
    struct cert_words words = {NULL, 0};
    EXTENDED_KEY_USAGE *list = X509_get_ext_d2i(cert, NID_ext_key_usage, NULL, NULL);
    for (int i = 0; i < sk_ASN1_OBJECT_num(list); i++) {
        word_add(&words, arena, object_name(sk_ASN1_OBJECT_value(list, i), arena));
    }
    EXTENDED_KEY_USAGE_free(list);
    ERR_clear_error();
    return words;
}

struct str cert_constraints(X509 *cert, struct arena *arena)
{
    uint32_t flags = X509_get_extension_flags(cert);
    long length = X509_get_pathlen(cert);
    if (!(flags & EXFLAG_BCONS)) {
        return STR("");
    }
    if (!(flags & EXFLAG_CA)) {
        return STR("not a CA");
    }
    return length < 0 ? STR("CA")
                      : arena_printf(arena, "CA, with at most %ld further CA%s below it", length,
                                     length == 1 ? "" : "s");
}

/* What OpenSSL's check_purpose_ssl_client and _server ask for, one by one. */
static const char *peer_refusal(X509 *cert, uint32_t extended, uint32_t usage,
                                const char *no_extended, const char *no_usage)
{
    uint32_t flags = X509_get_extension_flags(cert);
    if ((flags & EXFLAG_XKUSAGE) && !(X509_get_extended_key_usage(cert) & extended)) {
        return no_extended;
    }
    if ((flags & EXFLAG_KUSAGE) && !(X509_get_key_usage(cert) & usage)) {
        return no_usage;
    }
    return flags & EXFLAG_NSCERT ? "its nsCertType forbids it" : "OpenSSL cannot check it";
}

const char *cert_use_refusal(X509 *cert, enum cert_use use)
{
    assert(use == CERT_CLIENT || use == CERT_SERVER || use == CERT_AUTHORITY);
    static const int PURPOSES[] = {
        [CERT_CLIENT] = X509_PURPOSE_SSL_CLIENT, [CERT_SERVER] = X509_PURPOSE_SSL_SERVER};
    bool fits = use == CERT_AUTHORITY ? X509_check_ca(cert) == 1
                                      : X509_check_purpose(cert, PURPOSES[use], 0) == 1;
    ERR_clear_error();
    if (fits) {
        return NULL;
    }
    if (X509_get_extension_flags(cert) & EXFLAG_INVALID) {
        return "an extension is malformed";
    }
    switch (use) {
    case CERT_CLIENT:
        return peer_refusal(cert, XKU_SSL_CLIENT, KU_DIGITAL_SIGNATURE | KU_KEY_AGREEMENT,
                            "its extendedKeyUsage lacks clientAuth",
                            "its keyUsage lacks digitalSignature");
    case CERT_SERVER:
        return peer_refusal(cert, XKU_SSL_SERVER | XKU_SGC,
                            KU_DIGITAL_SIGNATURE | KU_KEY_ENCIPHERMENT | KU_KEY_AGREEMENT,
                            "its extendedKeyUsage lacks serverAuth",
                            "its keyUsage lacks digitalSignature");
    case CERT_AUTHORITY: break;
    }
    return cert_is_authority(cert) ? "its keyUsage lacks keyCertSign"
                                   : "its basicConstraints lack CA:TRUE";
}

struct cert_words cert_extensions(const X509 *cert, bool critical, struct arena *arena)
{
    struct cert_words words = {NULL, 0};
    for (int i = 0; i < X509_get_ext_count(cert); i++) {
        X509_EXTENSION *extension = X509_get_ext(cert, i);
        if (!critical || X509_EXTENSION_get_critical(extension)) {
            word_add(&words, arena, object_name(X509_EXTENSION_get_object(extension), arena));
        }
    }
    return words;
}
