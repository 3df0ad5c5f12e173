/* SPDX-License-Identifier: Apache-2.0 */
#include "ca/import.h"

#include <assert.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <time.h>

#include "ca/create.h"
#include "ca/crl_write.h"
#include "ca/pending_keys.h"
#include "ca/publish.h"
#include "pki/asn1_time.h"

struct taker {
    struct ca *ca;
    struct import *import;
    const struct progress *progress;
    struct pending_keys keys;
    struct error *err;
};

/* The CA as it is from now on; its key changes hands. */
static bool authority_take(struct taker *t, size_t i, struct str passphrase)
{
    assert(i < t->import->n);
    struct import_level *level = &t->import->levels[i];
    struct authority *authority = ca_authority(t->ca, level->id);
    const struct import_item *item;
    struct serial_number serial;
    if (!serial_number_of(level->cert, &serial)) {
        return error_set(t->err, "unusable serial number in the certificate \"%s\"",
                         level->source.cert);
    }
    item = import_level_item(&t->import->levels[0], &serial, &t->import->arena);
    authority->record = item->record;
    X509_up_ref(level->cert);
    authority->cert = level->cert;
    authority->key = level->key;
    level->key = NULL;
    return !item->record.has_key || ca_create_key(t->ca, authority, passphrase, t->err);
}

/* The private key of what a name means goes along. */
static bool key_take(struct taker *t, struct import_item *item)
{
    assert(!item->own);
    const struct import *import = t->import;
    bool wanted = item->record.current && !item->record.revoked_at;
    EVP_PKEY *key = wanted ? import_keys_get(&import->keys, item) : NULL;
    if (!key) {
        return true;
    }
    /* They are remembered by their serial number: of two, the issuer's goes first. */
    struct import_level *issuer = &t->import->levels[import->n - 1];
    const struct import_item *other =
        strmap_get(&issuer->by_serial, serial_number_octets(&item->record.serial));
    bool ok = true;
    if (other && other != item && other->record.has_key) {
        import_note(&t->import->notes,
                    "%.*s: key not imported: another certificate has the same serial number",
                    STR_ARG(item->record.name));
    } else {
        ok = pending_keys_add(&t->keys, &item->record.serial, key, t->err);
        item->record.has_key = ok;
        t->import->private_keys += ok;
    }
    EVP_PKEY_free(key);
    return ok;
}

static bool level_take(struct taker *t, const struct import_level *level)
{
    for (size_t i = 0; i < level->n; i++) {
        struct import_item *item = level->items[i];
        if ((!item->own && !key_take(t, item)) ||
            !store_add(&t->ca->store, &item->record, t->err)) {
            return false;
        }
        progress_step(t->progress, (int64_t)i + 1, (int64_t)level->n);
    }
    return true;
}

/* How many known revocations are not in the CRL. */
static size_t missing(const struct import_level *level)
{
    size_t n = 0;
    for (size_t i = 0; i < level->n; i++) {
        const struct record *record = &level->items[i]->record;
        struct str octets = serial_number_octets(&record->serial);
        BIGNUM *number = BN_bin2bn((const unsigned char *)octets.p, (int)octets.n, NULL);
        ASN1_INTEGER *serial = number ? BN_to_ASN1_INTEGER(number, NULL) : NULL;
        X509_REVOKED *entry;
        n += record->revoked_at != 0 && X509_CRL_get0_by_serial(level->newest, &entry, serial) != 1;
        ASN1_INTEGER_free(serial);
        BN_free(number);
    }
    return n;
}

static void list_note(struct taker *t, const struct import_level *level,
                      const struct crl_record *crl)
{
    char end[ASN1_TIME_TEXT_MAX];
    size_t n = missing(level);
    asn1_date_text((time_t)crl->next_update, end);
    if (n > 0) {
        import_note(&t->import->notes,
                    "root.crl is unchanged and lacks %zu of the root's revocations: write a new "
                    "one with \"yett ca crl --root-key FILE\"",
                    n);
    } else {
        import_note(&t->import->notes,
                    "root.crl is unchanged, because the root key is not here; it expires at %s",
                    end);
    }
}

/* The CRL that there was, where no new one can be signed. */
static bool list_keep(struct taker *t, const struct import_level *level)
{
    assert(level->newest && !ca_authority(t->ca, level->id)->key);
    char path[PENDING_NAME_MAX];
    char *text = NULL;
    time_t from = 0;
    time_t until = 0;
    struct crl_record crl = {.number = level->number > 0 ? level->number : 1};
    if (!asn1_time_get(X509_CRL_get0_lastUpdate(level->newest), &from) ||
        !asn1_time_get(X509_CRL_get0_nextUpdate(level->newest), &until) || until <= from) {
        return error_set(
            t->err, "the newest CRL of the CA in \"%s\" has no usable thisUpdate and nextUpdate",
            level->source.cert);
    }
    crl.this_update = from;
    crl.next_update = until;
    BIO *bio = BIO_new(BIO_s_mem());
    bool ok = bio && PEM_write_bio_X509_CRL(bio, level->newest);
    long n = ok ? BIO_get_mem_data(bio, &text) : 0;
    pending_crl_name(ca_authority(t->ca, level->id)->name, crl.number, path);
    ok = (ok || error_set(t->err, "cannot encode a CRL")) &&
         ca_file_write(&t->ca->dir, path, (struct str){text, (size_t)n}, 0644, true, t->err) &&
         ca_dir_sync(&t->ca->dir, "pending", t->err) &&
         store_add_crl(&t->ca->store, level->id, &crl, t->err);
    BIO_free(bio);
    if (ok) {
        list_note(t, level, &crl);
    }
    return ok;
}

/* The next CRL, whose number is above all that there were (RFC 5280, 5.2.3). */
static bool import_list_take(struct taker *t, const struct import_level *level)
{
    const struct authority *authority = ca_authority(t->ca, level->id);
    struct crl_record before = {
        .number = level->number, .this_update = time(NULL) - 1, .next_update = time(NULL)};
    if (authority->key) {
        return (before.number == 0 || store_add_crl(&t->ca->store, level->id, &before, t->err)) &&
               crl_write(t->ca, authority, 0, t->progress, t->err);
    }
    if (level->newest) {
        return list_keep(t, level);
    }
    import_note(&t->import->notes,
                "there is no root.crl, and without it a server that checks CRLs rejects every "
                "client: write one with \"yett ca crl --root-key FILE\"");
    return before.number == 0 || store_add_crl(&t->ca->store, level->id, &before, t->err);
}

static bool all_take(struct taker *t)
{
    struct store *store = &t->ca->store;
    const struct import *import = t->import;
    for (size_t i = 0; i < import->n; i++) {
        const struct import_level *level = &import->levels[i];
        if (!store_add_authority(store, level->id, ca_authority(t->ca, level->id)->name, t->err)) {
            return false;
        }
    }
    for (size_t i = import->n; i > 0; i--) {
        if (!level_take(t, &import->levels[i - 1]) ||
            !import_list_take(t, &import->levels[i - 1])) {
            return false;
        }
    }
    return pending_keys_save(&t->keys, &t->ca->dir, t->err);
}

static bool commit(struct taker *t)
{
    struct store *store = &t->ca->store;
    if (!store_begin(store, t->err)) {
        return false;
    }
    bool ok = all_take(t) && store_commit(store, t->err);
    if (!ok) {
        store_rollback(store);
    }
    pending_keys_deinit(&t->keys);
    return ok;
}

bool ca_import(struct ca *ca, const char *path, struct import *import, struct str passphrase,
               const struct progress *progress, struct error *err)
{
    assert(import->n == 1 || import->n == 2);
    struct taker t = {.ca = ca, .import = import, .progress = progress, .err = err};
    if (!ca_create_start(ca, path, err)) {
        return false;
    }
    for (size_t i = 0; i < import->n; i++) {
        if (!authority_take(&t, i, passphrase)) {
            return false;
        }
    }
    ca->issuer = import->n == 1 ? &ca->root : &ca->intermediate;
    return ca_dir_sync(&ca->dir, "private", err) && commit(&t) && ca_publish(ca, err);
}
