/* SPDX-License-Identifier: Apache-2.0 */
#include "ca/authority.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <openssl/err.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"

enum { KEY_FILE_MAX = 64 * 1024 };

struct authority *ca_authority(struct ca *ca, int id)
{
    assert(id == CA_ROOT || id == CA_INTERMEDIATE);
    return id == CA_ROOT ? &ca->root : &ca->intermediate;
}

/* *found: whether there is one of that name. */
static bool authority_load(struct ca *ca, struct authority *authority, bool *found,
                           struct error *err)
{
    if (!store_by_name(&ca->store, str_of(authority->name), &ca->arena, &authority->record, found,
                       err)) {
        return false;
    }
    if (!*found) {
        return true;
    }
    const unsigned char *der = (const unsigned char *)authority->record.der.p;
    authority->cert = d2i_X509(NULL, &der, (long)authority->record.der.n);
    return authority->cert ||
           error_set(err, "cannot read the %s certificate in \"%s/ca.db\": it is damaged",
                     authority->name, ca->dir.path);
}

static bool authorities_load(struct ca *ca, struct error *err)
{
    bool root;
    bool intermediate;
    if (!authority_load(ca, &ca->root, &root, err) ||
        !authority_load(ca, &ca->intermediate, &intermediate, err)) {
        return false;
    }
    ca->issuer = intermediate ? &ca->intermediate : &ca->root;
    return root || error_set(err, "no root certificate in \"%s/ca.db\"", ca->dir.path);
}

void ca_init_empty(struct ca *ca)
{
    *ca = (struct ca){.dir = {.fd = -1},
                      .root = {.id = CA_ROOT, .name = "root"},
                      .intermediate = {.id = CA_INTERMEDIATE, .name = "intermediate"},
                      .issuer = &ca->intermediate};
    arena_init(&ca->arena, 0);
}

bool ca_open(struct ca *ca, const char *path, struct error *err)
{
    bool exists;
    struct error why;
    ca_init_empty(ca);
    char *db = path_resolve(&ca->arena, str_of(path), STR("ca.db"));
    if (!ca_dir_open(&ca->dir, path, &why) || !ca_file_exists(&ca->dir, "ca.db")) {
        return error_set(err,
                         "no CA in \"%s\": create one with \"yett ca init\", or name its directory "
                         "with --dir DIR or YETT_CA",
                         path);
    }
    if (!store_open(&ca->store, db, false, err) || !store_has_authority(&ca->store, &exists, err)) {
        return false;
    }
    if (!exists) {
        return error_set(err, "the CA in \"%s\" is incomplete: run \"yett ca init\" again", path);
    }
    return authorities_load(ca, err);
}

void ca_close(struct ca *ca)
{
    EVP_PKEY_free(ca->intermediate.key);
    EVP_PKEY_free(ca->root.key);
    X509_free(ca->intermediate.cert);
    X509_free(ca->root.cert);
    store_close(&ca->store);
    ca_dir_close(&ca->dir);
    arena_deinit(&ca->arena);
}

bool ca_lock(struct ca *ca, struct error *err)
{
    return ca->locked || ca_dir_lock(&ca->dir, true, &ca->locked, err);
}

const char *live_path(const struct ca *ca, struct str name, char out[static PATH_MAX])
{
    snprintf(out, PATH_MAX, "%s/live/%.*s.pem", ca->dir.path, STR_ARG(name));
    return out;
}

static const char *key_path(const struct ca *ca, const struct authority *authority,
                            char out[static PATH_MAX])
{
    snprintf(out, PATH_MAX, "%s/private/%s.key", ca->dir.path, authority->name);
    return out;
}

bool authority_has_key(const struct ca *ca, const struct authority *authority)
{
    char name[64];
    snprintf(name, sizeof(name), "private/%s.key", authority->name);
    return ca_file_exists(&ca->dir, name);
}

bool authority_unlock(struct ca *ca, struct authority *authority, const char *path,
                      struct str passphrase, struct error *err)
{
    assert(authority->cert && !authority->key);
    char own[PATH_MAX];
    struct arena arena;
    struct str pem;
    if (!path && !authority_has_key(ca, authority)) {
        return error_set(err, "no %s key at \"%s\"%s", authority->name,
                         key_path(ca, authority, own),
                         authority->id == CA_ROOT ? ": name its file with --root-key FILE" : "");
    }
    path = path ? path : key_path(ca, authority, own);
    arena_init(&arena, 0);
    bool ok = file_read(path, KEY_FILE_MAX, &arena, &pem, err);
    if (ok) {
        authority->key = key_read(pem, passphrase, path, err);
        authority->weak =
            key_is_weakly_encrypted(pem) ? arena_cstr(&ca->arena, str_of(path)) : NULL;
        OPENSSL_cleanse((void *)(uintptr_t)pem.p, pem.n); /* ours: in the arena */
    }
    arena_deinit(&arena);
    if (authority->key && X509_check_private_key(authority->cert, authority->key) != 1) {
        ERR_clear_error();
        EVP_PKEY_free(authority->key);
        authority->key = NULL;
        return error_set(err, "the key in \"%s\" does not belong to the %s certificate \"%.*s\"",
                         path, authority->name, STR_ARG(authority->record.subject));
    }
    return authority->key;
}
