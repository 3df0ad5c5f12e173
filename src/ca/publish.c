/* SPDX-License-Identifier: Apache-2.0 */
#include "ca/publish.h"

#include <assert.h>
#include <stdio.h>

#include "base/file.h"
#include "ca/key.h"
#include "ca/pending_keys.h"
#include "pki/pem_write.h"

enum { MANY = 16 }; /* files: from here on one sync for all is cheaper */

void pending_crl_name(const char *authority, int64_t number, char out[static PENDING_NAME_MAX])
{
    snprintf(out, PENDING_NAME_MAX, "pending/%s.%lld.crl", authority, (long long)number);
}

struct publisher {
    struct ca *ca;
    struct buf text;
    struct pending_keys keys;
    struct str chain; /* PEM, behind each leaf */
    bool sync_each;
};

static bool publish_authority(struct publisher *p, const struct record *record, struct error *err)
{
    assert(record->kind == KIND_AUTHORITY);
    const struct ca_dir *dir = &p->ca->dir;
    char name[ENTRY_NAME_MAX + 8];
    snprintf(name, sizeof(name), "%.*s.crt", STR_ARG(record->name));
    if (!ca_file_put(dir, name, buf_view(&p->text), 0644, true, err)) {
        return false;
    }
    if (!str_eq(record->name, str_of(p->ca->issuer->name))) {
        return true;
    }
    if (p->ca->issuer != &p->ca->root) {
        pem_write_block(&p->text, "CERTIFICATE", p->ca->root.record.der);
    }
    return ca_file_put(dir, "chain.crt", buf_view(&p->text), 0644, true, err);
}

static bool publish_leaf(struct publisher *p, const struct record *record, struct error *err)
{
    assert(record->kind != KIND_AUTHORITY);
    char name[ENTRY_NAME_MAX + 16];
    const struct ca_dir *dir = &p->ca->dir;
    /* An imported root may have issued to others than its intermediate, by the same numbers. */
    bool direct = record->issuer != p->ca->issuer->id;
    struct str key = record->has_key ? pending_keys_find(&p->keys, &record->serial) : STR("");
    snprintf(name, sizeof(name), "live/%.*s.pem", STR_ARG(record->name));
    bool exists = ca_file_exists(dir, name);
    if (exists && record->has_key && key.n == 0) {
        return true; /* pending/ was emptied by hand: what is there may be all there is */
    }
    mode_t mode = record->has_key ? 0600 : 0644;
    secret_append(&p->text, direct ? STR("") : p->chain);
    secret_append(&p->text, key);
    /* Straight into its place if nothing is there: it is not used before the row is complete. */
    return exists ? ca_file_put(dir, name, buf_view(&p->text), mode, p->sync_each, err)
                  : ca_file_write(dir, name, buf_view(&p->text), mode, p->sync_each, err);
}

static bool publish_one(void *arg, const struct record *record, struct error *err)
{
    struct publisher *p = arg;
    buf_clear(&p->text);
    pem_write_block(&p->text, "CERTIFICATE", record->der);
    return record->kind == KIND_AUTHORITY ? publish_authority(p, record, err)
                                          : publish_leaf(p, record, err);
}

static bool publish_certificates(struct ca *ca, int64_t waiting, struct error *err)
{
    struct publisher p = {.ca = ca};
    struct buf chain = {0};
    bool ok = pending_keys_load(&p.keys, &ca->dir, err);
    if (ca->issuer != &ca->root) {
        pem_write_block(&chain, "CERTIFICATE", ca->issuer->record.der);
    }
    p.chain = buf_view(&chain);
    p.sync_each = waiting < MANY;
    ok = ok && store_each_incomplete(&ca->store, publish_one, &p, err) &&
         (p.sync_each ? ca_dir_sync(&ca->dir, "live", err) && ca_dir_sync(&ca->dir, ".", err)
                      : ca_dir_sync_all(&ca->dir, err)) &&
         store_set_complete(&ca->store, err);
    buf_deinit(&chain);
    pending_keys_deinit(&p.keys);
    secret_deinit(&p.text);
    return ok;
}

/* The CRL's new file into its place; a CRL that is there already stays. */
static bool publish_list(struct ca *ca, const struct authority *authority, struct error *err)
{
    struct crl_record crl;
    char pending[PENDING_NAME_MAX];
    char name[PENDING_NAME_MAX];
    if (!authority->cert) {
        return true;
    }
    if (!store_crl(&ca->store, authority->id, &crl, err)) {
        return false;
    }
    pending_crl_name(authority->name, crl.number, pending);
    snprintf(name, sizeof(name), "%s.crl", authority->name);
    return !ca_file_exists(&ca->dir, pending) || ca_file_move(&ca->dir, pending, name, err);
}

/* Both CRLs in one file, for ssl_crl: a gate that looks at any moment sees a complete set. */
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
    int64_t certificates;
    int64_t lists;
    /* CRLs first: a revocation may be urgent. */
    return store_outstanding(&ca->store, &certificates, &lists, err) &&
           (!lists || publish_lists(ca, err)) &&
           (!certificates || publish_certificates(ca, certificates, err)) &&
           ca_dir_empty(&ca->dir, "pending", err);
}

bool ca_recover(struct ca *ca, struct error *err)
{
    int64_t certificates;
    int64_t lists;
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
