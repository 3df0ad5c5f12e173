/* SPDX-License-Identifier: Apache-2.0 */
/*
 * macOS and iOS: a configuration profile. Both take the certificate (com.apple.security.pkcs12) and
 * the root; macOS also knows which sites get it, for Safari (com.apple.security.identitypreference)
 * and for Chrome and Edge (their managed preferences).
 */
#include <assert.h>
#include <openssl/evp.h>

#include "client/auto_select.h"
#include "client/kit.h"
#include "pki/pem_write.h"

enum { UUID_TEXT = 37, DIGEST = 32 };

struct profile_writer {
    const struct kit *kit;
    struct buf *out;
    struct str identifier; /* of the profile; those of payloads start with it */
};

/* Printable ASCII; only markup is escaped (XML 1.0, 2.4). */
static void apple_put_text(struct buf *out, struct str text)
{
    for (size_t i = 0; i < text.n; i++) {
        switch (text.p[i]) {
        case '&': buf_append(out, STR("&amp;")); break;
        case '<': buf_append(out, STR("&lt;")); break;
        case '>': buf_append(out, STR("&gt;")); break;
        default: buf_byte(out, text.p[i]);
        }
    }
}

static void apple_put_string(struct profile_writer *w, const char *key, struct str value)
{
    buf_printf(w->out, "<key>%s</key><string>", key);
    apple_put_text(w->out, value);
    buf_append(w->out, STR("</string>\n"));
}

static void put_data(struct profile_writer *w, const char *key, struct str data)
{
    buf_printf(w->out, "<key>%s</key><data>\n", key);
    pem_write_lines(w->out, data);
    buf_append(w->out, STR("</data>\n"));
}

static void apple_digest(const struct kit *kit, struct str text, unsigned char out[static DIGEST])
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    unsigned char cert[DIGEST] = {0};
    unsigned n = 0;
    bool ok = ctx && X509_digest(kit->cert, EVP_sha256(), cert, &n) &&
              EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) && EVP_DigestUpdate(ctx, cert, n) &&
              EVP_DigestUpdate(ctx, text.p, text.n) && EVP_DigestFinal_ex(ctx, out, &n);
    assert(!ok || n == DIGEST);
    if (!ok) {
        memset(out, 0, DIGEST);
    }
    EVP_MD_CTX_free(ctx);
}

/* The same for the same certificate and place in the profile (RFC 9562, 5.8). */
static struct str uuid(const struct kit *kit, struct str text)
{
    unsigned char d[DIGEST];
    apple_digest(kit, text, d);
    d[6] = (unsigned char)((d[6] & 0x0f) | 0x80);
    d[8] = (unsigned char)((d[8] & 0x3f) | 0x80);
    return arena_printf(kit->arena,
                        "%02X%02X%02X%02X-%02X%02X-%02X%02X-%02X%02X-%02X%02X%02X%02X%02X%02X",
                        d[0], d[1], d[2], d[3], d[4], d[5], d[6], d[7], d[8], d[9], d[10], d[11],
                        d[12], d[13], d[14], d[15]);
}

/* What every payload has. `part` tells it from the others of the profile. */
static void payload_start(struct profile_writer *w, const char *type, struct str part,
                          struct str shown)
{
    struct str identifier =
        arena_printf(w->kit->arena, "%.*s.%.*s", STR_ARG(w->identifier), STR_ARG(part));
    buf_append(w->out, STR("<dict>\n"));
    apple_put_string(w, "PayloadType", str_of(type));
    apple_put_string(w, "PayloadIdentifier", identifier);
    apple_put_string(w, "PayloadUUID", uuid(w->kit, identifier));
    apple_put_string(w, "PayloadDisplayName", shown);
    buf_append(w->out, STR("<key>PayloadVersion</key><integer>1</integer>\n"));
}

static void payload_end(struct profile_writer *w)
{
    buf_append(w->out, STR("</dict>\n"));
}

static struct str identity_uuid(const struct profile_writer *w)
{
    return uuid(w->kit, arena_printf(w->kit->arena, "%.*s.identity", STR_ARG(w->identifier)));
}

static void put_identity(struct profile_writer *w)
{
    assert(w->kit->pkcs12.n > 0); /* the program's row asks for it */
    payload_start(w, "com.apple.security.pkcs12", STR("identity"), w->kit->name);
    apple_put_string(w, "PayloadCertificateFileName",
                     arena_concat(w->kit->arena, w->kit->name, STR(".p12")));
    put_data(w, "PayloadContent", w->kit->pkcs12);
    payload_end(w);
}

static bool put_root(struct profile_writer *w, struct error *err)
{
    unsigned char *der = NULL;
    int n = i2d_X509(w->kit->root, &der);
    if (n <= 0) {
        return error_set(err, "cannot encode the root certificate");
    }
    payload_start(w, "com.apple.security.root", STR("root"), STR("root"));
    apple_put_string(w, "PayloadCertificateFileName", STR("root.crt"));
    put_data(w, "PayloadContent", (struct str){(char *)der, (size_t)n});
    payload_end(w);
    OPENSSL_free(der);
    return true;
}

/* The name of the service is a URL; one that ends in a slash stands for all below it. */
static void put_preference(struct profile_writer *w, size_t i)
{
    assert(i < w->kit->n_sites);
    const struct site *site = &w->kit->sites[i];
    struct arena *arena = w->kit->arena;
    payload_start(w, "com.apple.security.identitypreference", arena_printf(arena, "site%zu", i),
                  site->url);
    apple_put_string(w, "Name", arena_concat(arena, site->url, STR("/")));
    apple_put_string(w, "PayloadCertificateUUID", identity_uuid(w));
    payload_end(w);
}

static bool put_browser(struct profile_writer *w, const char *domain, struct error *err)
{
    struct buf entry = {0};
    bool ok = true;
    payload_start(w, domain, str_of(domain), str_of(domain));
    buf_append(w->out, STR("<key>AutoSelectCertificateForUrls</key><array>\n"));
    for (size_t i = 0; ok && i < w->kit->n_sites; i++) {
        if (!auto_select_wanted(w->kit, i)) {
            continue;
        }
        buf_clear(&entry);
        ok = auto_select_entry(w->kit, &w->kit->sites[i], &entry, err);
        buf_append(w->out, STR("<string>"));
        apple_put_text(w->out, buf_view(&entry));
        buf_append(w->out, STR("</string>\n"));
    }
    buf_append(w->out, STR("</array>\n"));
    payload_end(w);
    buf_deinit(&entry);
    return ok;
}

/* A profile replaces the one with its identifier: the renewed certificate's for the same sites. */
static struct str identifier_of(const struct kit *kit)
{
    assert(kit->n_sites > 0); /* else all profiles of a certificate replaced each other */
    uint32_t hash = 0;
    for (size_t i = 0; i < kit->n_sites; i++) {
        hash ^= str_hash(kit->sites[i].url);
    }
    return arena_printf(kit->arena, "yett.client.%.*s.%08x", STR_ARG(kit->name), hash);
}

static bool put_profile(const struct kit *kit, bool mac, struct buf *out, struct error *err)
{
    struct profile_writer w = {kit, out, identifier_of(kit)};
    buf_append(out, STR("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                        "<!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" "
                        "\"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">\n"
                        "<plist version=\"1.0\">\n<dict>\n"));
    apple_put_string(&w, "PayloadType", STR("Configuration"));
    apple_put_string(&w, "PayloadIdentifier", w.identifier);
    apple_put_string(&w, "PayloadUUID", uuid(kit, w.identifier));
    apple_put_string(&w, "PayloadDisplayName",
                     arena_printf(kit->arena, "Certificate %.*s", STR_ARG(kit->name)));
    if (mac) {
        apple_put_string(&w, "PayloadScope", STR("User")); /* identity preferences are a user's */
    }
    buf_append(out, STR("<key>PayloadVersion</key><integer>1</integer>\n"
                        "<key>PayloadContent</key><array>\n"));
    put_identity(&w);
    if (kit->trust_ca && !put_root(&w, err)) {
        return false;
    }
    for (size_t i = 0; mac && i < kit->n_sites; i++) {
        put_preference(&w, i);
    }
    if (mac && (!put_browser(&w, "com.google.Chrome", err) ||
                !put_browser(&w, "com.microsoft.Edge", err))) {
        return false;
    }
    buf_append(out, STR("</array>\n</dict>\n</plist>\n"));
    return true;
}

bool client_macos(const struct kit *kit, enum kit_part part, struct buf *out, struct error *err)
{
    if (part != KIT_UNDO) {
        return put_profile(kit, true, out, err);
    }
    struct str identifier = identifier_of(kit);
    buf_printf(out,
               "Remove the profile \"Certificate %.*s\" in System Settings, General, Device "
               "Management, or:\n"
               "profiles remove -identifier %.*s\n",
               STR_ARG(kit->name), STR_ARG(identifier));
    return true;
}

bool client_ios(const struct kit *kit, enum kit_part part, struct buf *out, struct error *err)
{
    if (part != KIT_UNDO) {
        return put_profile(kit, false, out, err);
    }
    buf_printf(out,
               "Remove the profile \"Certificate %.*s\" in Settings, General, VPN & Device "
               "Management.\n",
               STR_ARG(kit->name));
    return true;
}
