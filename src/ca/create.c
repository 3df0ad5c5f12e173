/* SPDX-License-Identifier: Apache-2.0 */
/* `init`: a new CA. */
#include "ca/create.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>

#include "base/file.h"
#include "ca/authority.h"
#include "ca/certificate.h"
#include "ca/crl_write.h"
#include "ca/publish.h"
#include "ca/subject.h"
#include "pki/dn.h"

/* Every directory above it that is missing, 0755; the last one 0711. */
static bool make_path(const char *path, struct error *err)
{
    char part[PATH_MAX];
    for (size_t i = 1; i < sizeof(part) && path[i]; i++) {
        if (path[i] != '/' || path[i + 1] == '\0' || path[i + 1] == '/') {
            continue;
        }
        memcpy(part, path, i);
        part[i] = '\0';
        if (mkdir(part, 0755) != 0 && errno != EEXIST) {
            return error_errno(err, errno, "mkdir() \"%s\"", part);
        }
    }
    return mkdir(path, 0711) == 0 || errno == EEXIST ||
           error_errno(err, errno, "mkdir() \"%s\"", path);
}

/* Before the store exists, the directory has to be empty: what is in it belongs to the user. */
static bool refuse_foreign(const struct ca *ca, struct error *err)
{
    bool ok = true;
    const struct dirent *entry;
    if (ca_file_exists(&ca->dir, "ca.db")) {
        return true;
    }
    DIR *listing = opendir(ca->dir.path);
    if (!listing) {
        return error_errno(err, errno, "opendir() \"%s\"", ca->dir.path);
    }
    while (ok && (entry = readdir(listing))) {
        ok = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
             error_set(
                 err, "\"%s\" is not empty (it contains \"%s\"): name another directory with --dir",
                 ca->dir.path, entry->d_name);
    }
    closedir(listing);
    return ok;
}

static bool open_new(struct ca *ca, const char *path, struct error *err)
{
    bool exists;
    ca_init_empty(ca);
    char *db = path_resolve(&ca->arena, str_of(path), STR("ca.db"));
    if (!make_path(path, err) || !ca_dir_open(&ca->dir, path, err) || !ca_lock(ca, err) ||
        !refuse_foreign(ca, err) || !store_open(&ca->store, db, true, err) ||
        !store_has_authority(&ca->store, &exists, err)) {
        return false;
    }
    return !exists ||
           error_set(err, "\"%s\" already contains a CA: name a new directory with --dir", path);
}

static bool make_folders(const struct ca *ca, struct error *err)
{
    return ca_dir_make(&ca->dir, "private", 0700, err) &&
           ca_dir_make(&ca->dir, "pending", 0700, err) &&
           ca_dir_make(&ca->dir, "live", 0711, err) && ca_dir_sync(&ca->dir, ".", err);
}

bool ca_create_start(struct ca *ca, const char *path, struct error *err)
{
    return open_new(ca, path, err) && make_folders(ca, err) &&
           ca_dir_empty(&ca->dir, "private", err) && ca_dir_empty(&ca->dir, "pending", err);
}

bool ca_create_key(struct ca *ca, const struct authority *authority, struct str passphrase,
                   struct error *err)
{
    assert(authority->key);
    char name[64];
    struct buf pem = {0};
    snprintf(name, sizeof(name), "private/%s.key", authority->name);
    bool ok = key_write(authority->key, passphrase, &pem, err) &&
              ca_file_put(&ca->dir, name, buf_view(&pem), 0600, true, err);
    secret_deinit(&pem);
    return ok;
}

static bool create_make_key(struct ca *ca, struct authority *authority, const struct ca_init *init,
                            struct error *err)
{
    EVP_PKEY_CTX *maker = key_maker_new(&init->key, err);
    authority->key = maker ? key_make(maker, err) : NULL;
    EVP_PKEY_CTX_free(maker);
    return authority->key && ca_create_key(ca, authority, init->passphrase, err);
}

static bool sign(struct ca *ca, struct authority *authority, const struct profile *profile,
                 struct error *err)
{
    assert(!authority->cert);
    struct buf der = {0};
    bool ok = certificate_make(profile, &der, err);
    const unsigned char *at = (const unsigned char *)der.data;
    authority->cert = ok ? d2i_X509(NULL, &at, (long)der.len) : NULL;
    authority->record.der = arena_dup(&ca->arena, buf_view(&der));
    authority->record.subject = dn_text(profile->subject, &ca->arena);
    buf_deinit(&der);
    return ok && (authority->cert || error_set(err, "cannot read back the new certificate"));
}

static bool make_certificate(struct ca *ca, struct authority *authority, const struct ca_init *init,
                             int days, struct error *err)
{
    bool root = authority->id == CA_ROOT;
    assert(authority->key && (root || ca->root.cert));
    time_t now = time(NULL);
    struct record *record = &authority->record;
    *record = (struct record){.issuer = CA_ROOT,
                              .kind = KIND_AUTHORITY,
                              .name = str_of(authority->name),
                              .has_key = true,
                              .current = true,
                              .not_before = now - CLOCK_SKEW,
                              .not_after = now + (int64_t)days * 86400};
    if (!root && record->not_after > ca->root.record.not_after) {
        record->not_after = ca->root.record.not_after;
    }
    struct str name = arena_concat(&ca->arena, init->organisation,
                                   root ? STR(" Root CA") : STR(" Intermediate CA"));
    X509_NAME *subject = subject_common(name, init->organisation, err);
    if (!subject || !serial_number_new(&record->serial, err)) {
        X509_NAME_free(subject);
        return false;
    }
    struct profile profile = {.kind = KIND_AUTHORITY,
                              .subject = subject,
                              .public_key = authority->key,
                              .issuer = root ? NULL : ca->root.cert,
                              .issuer_key = ca->root.key,
                              .path_length = root ? -1 : 0,
                              .not_before = record->not_before,
                              .not_after = record->not_after,
                              .serial = &record->serial};
    bool ok = sign(ca, authority, &profile, err);
    X509_NAME_free(subject);
    return ok;
}

static bool commit_new(struct ca *ca, struct error *err)
{
    struct store *store = &ca->store;
    if (!store_begin(store, err)) {
        return false;
    }
    if (store_add_authority(store, CA_ROOT, "root", err) &&
        store_add_authority(store, CA_INTERMEDIATE, "intermediate", err) &&
        store_add(store, &ca->root.record, err) &&
        store_add(store, &ca->intermediate.record, err) && crl_write(ca, &ca->root, 0, NULL, err) &&
        crl_write(ca, &ca->intermediate, 0, NULL, err) && store_commit(store, err)) {
        return true;
    }
    store_rollback(store);
    return false;
}

bool ca_create(struct ca *ca, const char *path, const struct ca_init *init, struct error *err)
{
    return ca_create_start(ca, path, err) && create_make_key(ca, &ca->root, init, err) &&
           create_make_key(ca, &ca->intermediate, init, err) &&
           ca_dir_sync(&ca->dir, "private", err) &&
           make_certificate(ca, &ca->root, init, init->root_days, err) &&
           make_certificate(ca, &ca->intermediate, init, init->intermediate_days, err) &&
           commit_new(ca, err) && ca_publish(ca, err);
}
