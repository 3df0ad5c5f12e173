/* SPDX-License-Identifier: Apache-2.0 */
#include "client/auto_select.h"

#include <assert.h>
#include <openssl/objects.h>

#include "base/utf8.h"

/* A JSON string (RFC 8259, 7) in printable ASCII. The text is UTF-8 as OpenSSL made it. */
static void auto_select_put_string(struct buf *out, struct str text)
{
    buf_byte(out, '"');
    while (text.n > 0) {
        uint32_t c = 0xfffd;
        size_t n = utf8_first(text, &c);
        text = str_skip(text, n ? n : 1);
        if (c == '"' || c == '\\') {
            buf_printf(out, "\\%c", (char)c);
        } else if (c >= 0x10000) {
            c -= 0x10000;
            buf_printf(out, "\\u%04x\\u%04x", 0xd800 + (c >> 10), 0xdc00 + (c & 0x3ff));
        } else if (c < 0x20 || c >= 0x7f) {
            buf_printf(out, "\\u%04x", c);
        } else {
            buf_byte(out, (char)c);
        }
    }
    buf_byte(out, '"');
}

/* ,"CN":"…" if the name has it. */
static bool put_attribute(struct buf *out, const X509_NAME *name, const char *key, int nid,
                          bool *comma, struct error *err)
{
    unsigned char *text = NULL;
    int at = X509_NAME_get_index_by_NID(name, nid, -1);
    if (at < 0) {
        return true;
    }
    int n = ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)));
    if (n < 0) {
        return error_set(err, "cannot decode %s in a name of the certificate", key);
    }
    buf_printf(out, "%s\"%s\":", *comma ? "," : "", key);
    auto_select_put_string(out, (struct str){(char *)text, (size_t)n});
    *comma = true;
    OPENSSL_free(text);
    return true;
}

static bool auto_select_put_name(struct buf *out, const char *key, const X509_NAME *name,
                                 struct error *err)
{
    static const struct {
        const char *key;
        int nid;
    } ATTRIBUTES[] = {
        {"CN", NID_commonName},
        {"L", NID_localityName},
        {"O", NID_organizationName},
        {"OU", NID_organizationalUnitName},
    };
    bool any = false;
    buf_printf(out, "\"%s\":{", key);
    for (size_t i = 0; i < COUNT_OF(ATTRIBUTES); i++) {
        if (!put_attribute(out, name, ATTRIBUTES[i].key, ATTRIBUTES[i].nid, &any, err)) {
            return false;
        }
    }
    buf_byte(out, '}');
    return any || error_set(err,
                            "the %s of the certificate has no CN, L, O or OU: browsers cannot "
                            "select a certificate without one",
                            key);
}

bool auto_select_entry(const struct kit *kit, const struct site *site, struct buf *out,
                       struct error *err)
{
    buf_append(out, STR("{\"pattern\":"));
    auto_select_put_string(out, site->origin);
    buf_append(out, STR(",\"filter\":{"));
    if (!auto_select_put_name(out, "ISSUER", X509_get_issuer_name(kit->cert), err)) {
        return false;
    }
    buf_byte(out, ',');
    if (!auto_select_put_name(out, "SUBJECT", X509_get_subject_name(kit->cert), err)) {
        return false;
    }
    buf_append(out, STR("}}"));
    return true;
}

bool auto_select_wanted(const struct kit *kit, size_t i)
{
    assert(i < kit->n_sites);
    for (size_t k = 0; k < i; k++) {
        if (str_eq(kit->sites[k].origin, kit->sites[i].origin)) {
            return false;
        }
    }
    return true;
}

bool auto_select_file(const struct kit *kit, struct buf *out, struct error *err)
{
    assert(kit->n_sites > 0); /* a policy of none would be for no site */
    struct buf entry = {0};
    bool ok = true;
    buf_append(out, STR("{\n  \"AutoSelectCertificateForUrls\": ["));
    for (size_t i = 0; ok && i < kit->n_sites; i++) {
        if (!auto_select_wanted(kit, i)) {
            continue;
        }
        buf_clear(&entry);
        ok = auto_select_entry(kit, &kit->sites[i], &entry, err);
        if (ok) {
            buf_append(out, i > 0 ? STR(",\n    ") : STR("\n    "));
            auto_select_put_string(out, buf_view(&entry));
        }
    }
    buf_append(out, STR("\n  ],\n  \"PolicyListMultipleSourceMergeList\": "
                        "[\"AutoSelectCertificateForUrls\"]\n}\n"));
    buf_deinit(&entry);
    return ok;
}
