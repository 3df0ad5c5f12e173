/* SPDX-License-Identifier: Apache-2.0 */
#include "ca/publish.h"

#include <openssl/evp.h>
#include <stdio.h>

#include "base/file.h"

enum { MANY = 16 }; /* files: from here on one sync for all is cheaper */

void pending_key_name(const unsigned char serial[static CA_SERIAL],
                      char out[static PENDING_NAME_MAX])
{
    char text[CA_SERIAL_TEXT];
    snprintf(out, PENDING_NAME_MAX, "pending/%s.key", serial_text(serial, text));
}

void pending_crl_name(const char *authority, int64_t number, char out[static PENDING_NAME_MAX])
{
    snprintf(out, PENDING_NAME_MAX, "pending/%s.%lld.crl", authority, (long long)number);
}

bool pem_write(struct str der, struct buf *out, struct error *err)
{
    enum { LINE = 48 };
    if (der.n > INT32_MAX) {
        return error_set(err, "a certificate of %zu bytes", der.n);
    }
    buf_append(out, STR("-----BEGIN CERTIFICATE-----\n"));
    for (size_t at = 0; at < der.n; at += LINE) {
        struct str part = str_head(str_skip(der, at), LINE);
        char *to = buf_reserve(out, 2 * LINE);
        int n = EVP_EncodeBlock((unsigned char *)to, (const unsigned char *)part.p, (int)part.n);
        buf_grew(out, (size_t)n);
        buf_byte(out, '\n');
    }
    buf_append(out, STR("-----END CERTIFICATE-----\n"));
    return true;
}

struct publisher {
    struct ca *ca;
    struct buf text;
    struct str intermediate; /* PEM, behind each leaf */
    size_t n;
    bool sync_each;
};

static bool publish_authority(struct publisher *p, const struct record *record, struct error *err)
{
    const struct ca_dir *dir = &p->ca->dir;
    char name[ENTRY_NAME_MAX + 8];
    snprintf(name, sizeof(name), "%.*s.crt", STR_ARG(record->name));
    if (!ca_file_put(dir, name, buf_view(&p->text), 0644, true, err)) {
        return false;
    }
    return !str_eq(record->name, STR("intermediate")) ||
           (pem_write(p->ca->root.record.der, &p->text, err) &&
            ca_file_put(dir, "chain.crt", buf_view(&p->text), 0644, true, err));
}

static bool publish_leaf(struct publisher *p, const struct record *record, struct error *err)
{
    const struct ca_dir *dir = &p->ca->dir;
    char serial[CA_SERIAL_TEXT];
    char folder[128];
    char file[160];
    char pending[PENDING_NAME_MAX];
    char link[160];
    char target[160];
    serial_text(record->serial, serial);
    snprintf(folder, sizeof(folder), "issued/%s", serial);
    if (!ca_dir_make(dir, folder, 0711, err)) {
        return false;
    }
    pending_key_name(record->serial, pending);
    snprintf(file, sizeof(file), "%s/key.pem", folder);
    /* It may have been moved already, before a kill. */
    if (record->has_key && ca_file_exists(dir, pending) && !ca_file_move(dir, pending, file, err)) {
        return false;
    }
    snprintf(file, sizeof(file), "%s/cert.pem", folder);
    buf_append(&p->text, p->intermediate);
    /* Straight into its place: nobody looks there before the link is made, or the row complete. */
    if (!ca_file_write(dir, file, buf_view(&p->text), 0644, p->sync_each, err) ||
        (p->sync_each && !ca_dir_sync(dir, folder, err))) {
        return false;
    }
    snprintf(link, sizeof(link), "live/%.*s", STR_ARG(record->name));
    snprintf(target, sizeof(target), "../%s", folder);
    return !record->current || ca_link_put(dir, link, target, err);
}

static bool publish_one(void *arg, const struct record *record, struct error *err)
{
    struct publisher *p = arg;
    p->n++;
    buf_clear(&p->text);
    return pem_write(record->der, &p->text, err) &&
           (record->kind == KIND_AUTHORITY ? publish_authority(p, record, err)
                                           : publish_leaf(p, record, err));
}

static bool count_one(void *arg, const struct record *record, struct error *err)
{
    size_t *n = arg;
    (*n)++;
    return true;
}

static bool publish_certificates(struct ca *ca, struct error *err)
{
    struct publisher p = {.ca = ca};
    struct buf intermediate = {0};
    size_t waiting = 0;
    bool ok = store_each_incomplete(&ca->store, count_one, &waiting, err) &&
              pem_write(ca->intermediate.record.der, &intermediate, err);
    p.intermediate = buf_view(&intermediate);
    p.sync_each = waiting < MANY;
    ok = ok && store_each_incomplete(&ca->store, publish_one, &p, err) &&
         (p.sync_each ? ca_dir_sync(&ca->dir, "issued", err) &&
                            ca_dir_sync(&ca->dir, "live", err) && ca_dir_sync(&ca->dir, ".", err)
                      : ca_dir_sync_all(&ca->dir, err)) &&
         store_set_complete(&ca->store, err);
    buf_deinit(&intermediate);
    buf_deinit(&p.text);
    return ok;
}

/* The list's new file into its place; a list that is there already stays. */
static bool publish_list(struct ca *ca, const struct authority *authority, struct error *err)
{
    struct crl_record crl;
    char pending[PENDING_NAME_MAX];
    char name[PENDING_NAME_MAX];
    if (!store_crl(&ca->store, authority->id, &crl, err)) {
        return false;
    }
    pending_crl_name(authority->name, crl.number, pending);
    snprintf(name, sizeof(name), "%s.crl", authority->name);
    return !ca_file_exists(&ca->dir, pending) || ca_file_move(&ca->dir, pending, name, err);
}

/* Both lists in one file, for ssl_crl: a gate that looks at any moment sees a complete set. */
static bool publish_all(struct ca *ca, struct error *err)
{
    enum { LIST_MAX = 1 << 30 };
    static const char *const PARTS[] = {"intermediate.crl", "root.crl"};
    struct buf all = {0};
    bool ok = true;
    for (size_t i = 0; ok && i < COUNT_OF(PARTS); i++) {
        struct str text;
        struct arena arena;
        if (!ca_file_exists(&ca->dir, PARTS[i])) {
            continue; /* removed by hand; the next `yett ca crl` writes it again */
        }
        arena_init(&arena, 0);
        char *path = path_resolve(&arena, str_of(ca->dir.path), str_of(PARTS[i]));
        ok = file_read(path, LIST_MAX, &arena, &text, err);
        if (ok) {
            buf_append(&all, text);
        }
        arena_deinit(&arena);
    }
    ok = ok && ca_file_put(&ca->dir, "all.crl", buf_view(&all), 0644, true, err);
    buf_deinit(&all);
    return ok;
}

static bool publish_lists(struct ca *ca, struct error *err)
{
    return publish_list(ca, &ca->root, err) && publish_list(ca, &ca->intermediate, err) &&
           publish_all(ca, err) && ca_dir_sync(&ca->dir, ".", err) &&
           store_set_published(&ca->store, err);
}

bool ca_publish(struct ca *ca, struct error *err)
{
    bool certificates;
    bool lists;
    /* Lists first: somebody may be waiting to be locked out. */
    return store_outstanding(&ca->store, &certificates, &lists, err) &&
           (!lists || publish_lists(ca, err)) && (!certificates || publish_certificates(ca, err)) &&
           ca_dir_empty(&ca->dir, "pending", err);
}

bool ca_recover(struct ca *ca, struct error *err)
{
    bool certificates;
    bool lists;
    bool got;
    if (!store_outstanding(&ca->store, &certificates, &lists, err)) {
        return false;
    }
    if (!certificates && !lists) {
        return true;
    }
    if (!ca_dir_lock(&ca->dir, false, &got, err)) {
        return false;
    }
    ca->locked = got;
    return !got || ca_publish(ca, err);
}
