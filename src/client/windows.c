/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Windows: a registry file with the policies of Chrome and Edge, and batch files that import the
 * certificate. All of it is ASCII, which regedit and cmd read alike whatever the code page.
 */
#include <assert.h>
#include <openssl/evp.h>

#include "client/auto_select.h"
#include "client/kit.h"

static const char *const KEYS[] = {
    "HKEY_LOCAL_MACHINE\\SOFTWARE\\Policies\\Google\\Chrome\\AutoSelectCertificateForUrls",
    "HKEY_LOCAL_MACHINE\\SOFTWARE\\Policies\\Microsoft\\Edge\\AutoSelectCertificateForUrls",
};

/*
 * Entries of the list are values that are called by numbers. One that comes from the site leaves
 * those of others (1, 2, 3 …) alone, and an undo finds it again.
 */
static unsigned entry_number(const struct site *site)
{
    return 100000000u + str_hash(site->origin) % 1000000000u;
}

/* Inside quotation marks backslash and quotation mark are escaped. */
static void windows_put_escaped(struct buf *out, struct str text)
{
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == '"' || text.p[i] == '\\') {
            buf_byte(out, '\\');
        }
        buf_byte(out, text.p[i]);
    }
}

static bool windows_put_value(struct buf *out, const struct kit *kit, const struct site *site,
                              bool undo, struct error *err)
{
    struct buf entry = {0};
    buf_printf(out, "\"%u\"=", entry_number(site));
    if (undo) {
        buf_append(out, STR("-\n"));
        return true;
    }
    bool ok = auto_select_entry(kit, site, &entry, err);
    if (ok) {
        buf_byte(out, '"');
        windows_put_escaped(out, buf_view(&entry));
        buf_append(out, STR("\"\n"));
    }
    buf_deinit(&entry);
    return ok;
}

/* What the registry does not hold, when nothing else is carried along. */
static void put_hint(struct buf *out, const struct kit *kit)
{
    buf_printf(
        out,
        "; To import the certificate itself: \"yett ca export %.*s --pkcs12 %.*s.p12\", then\n"
        ";   certutil -user -importPFX My %.*s.p12 NoRoot\n",
        STR_ARG(kit->name), STR_ARG(kit->name), STR_ARG(kit->name));
    if (kit->trust_ca) {
        buf_append(out, STR("; To trust the root: certutil -user -addstore Root root.crt\n"));
    }
}

static bool put_registry(struct buf *out, const struct kit *kit, enum kit_part part,
                         struct error *err)
{
    buf_append(out, STR("Windows Registry Editor Version 5.00\n\n"));
    kit_comment(out, kit, part, "; ");
    if (part == KIT_INSTALL && !kit->carried) {
        put_hint(out, kit);
    }
    for (size_t k = 0; k < COUNT_OF(KEYS); k++) {
        buf_printf(out, "\n[%s]\n", KEYS[k]);
        for (size_t i = 0; i < kit->n_sites; i++) {
            if (auto_select_wanted(kit, i) &&
                !windows_put_value(out, kit, &kit->sites[i], part == KIT_UNDO, err)) {
                return false;
            }
        }
    }
    buf_byte(out, '\n');
    return true;
}

/* certutil knows certificates by their SHA-1 digest. */
static void put_digest(struct buf *out, const X509 *cert)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned n = 0;
    if (X509_digest(cert, EVP_sha1(), digest, &n)) {
        for (unsigned i = 0; i < n; i++) {
            buf_printf(out, "%02x", digest[i]);
        }
    }
}

static void windows_put_install(struct buf *out, const struct kit *kit)
{
    buf_append(out, STR("@echo off\n"));
    kit_comment(out, kit, KIT_INSTALL_CMD, "rem ");
    buf_printf(out,
               "certutil -user -importPFX My \"%%~dp0%.*s.p12\" NoRoot,NoExport\n"
               "if errorlevel 1 exit /b 1\n",
               STR_ARG(kit->name));
    if (kit->trust_ca) {
        buf_append(out, STR("certutil -user -addstore Root \"%~dp0root.crt\"\n"
                            "if errorlevel 1 exit /b 1\n"));
    }
    buf_append(out, STR("rem The policies are machine-wide: regedit asks for an administrator.\n"
                        "regedit /s \"%~dp0install.reg\"\n"));
}

/* The intermediate stays: it is not trusted without the root, and others may use it. */
static void windows_put_undo(struct buf *out, const struct kit *kit)
{
    buf_append(out, STR("@echo off\n"));
    kit_comment(out, kit, KIT_UNDO_CMD, "rem ");
    buf_append(out, STR("certutil -user -delstore My "));
    put_digest(out, kit->cert);
    if (kit->trust_ca) {
        buf_append(out, STR("\ncertutil -user -delstore Root "));
        put_digest(out, kit->root);
    }
    buf_append(out, STR("\nregedit /s \"%~dp0undo.reg\"\n"));
}

/* Lines end in CR LF there. */
static void put_lines(struct buf *out, struct str text)
{
    while (text.n > 0) {
        buf_append(out, str_split(&text, '\n'));
        buf_append(out, STR("\r\n"));
    }
}

bool client_windows(const struct kit *kit, enum kit_part part, struct buf *out, struct error *err)
{
    struct buf text = {0};
    bool ok = true;
    switch (part) {
    case KIT_INSTALL:
    case KIT_UNDO: ok = put_registry(&text, kit, part, err); break;
    case KIT_INSTALL_CMD: windows_put_install(&text, kit); break;
    case KIT_UNDO_CMD: windows_put_undo(&text, kit); break;
    case KIT_POLICY: break;
    }
    assert(!ok || str_ends(buf_view(&text), STR("\n"))); /* and none of its files is a policy */
    put_lines(out, buf_view(&text));
    buf_deinit(&text);
    return ok;
}
