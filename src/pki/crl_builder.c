/* SPDX-License-Identifier: Apache-2.0 */
/* CRLs from files into a region: entries as they are read, the rest when the CRL is complete. */
#include "pki/crl_builder.h"

#include <assert.h>
#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>

#include "base/must.h"
#include "pki/crl_carry.h"
#include "pki/crl_pick.h"
#include "pki/crl_reader.h"
#include "pki/crl_region.h"
#include "pki/crl_set.h"
#include "pki/crl_signature.h"
#include "pki/dn.h"
#include "pki/pem_lists.h"

enum { ALIGN = 8, ROOM_LISTS = 64 * 1024 * 1024, ROOM_FEW = 64 * 1024 };

struct crl_builder {
    struct crl_region region;
    const STACK_OF(X509) * authorities;
    const struct crl_set *old; /* what was in force before; NULL: nothing */
    int64_t now;
    struct crl_candidate *all;
    size_t n;
    size_t cap;
};

/*
 * An entry of 20 octets or more in a file makes at most 16 octets of slots and 16 less than itself
 * otherwise; a CRL of 110 or more bytes makes about 700. Many CRLs are small files: beyond
 * ROOM_LISTS the room is for entries.
 */
size_t crl_builder_room(uint64_t file_bytes)
{
    uint64_t lists = file_bytes > ROOM_LISTS / 14 ? ROOM_LISTS : file_bytes * 14;
    return (size_t)(file_bytes * 2 + lists + ROOM_FEW);
}

struct crl_builder *crl_builder_new(void *region, size_t room, const STACK_OF(X509) * authorities,
                                    uint64_t seed)
{
    assert((uintptr_t)region % ALIGN == 0 && room >= sizeof(struct crl_image));
    struct crl_builder *builder = must_have(calloc(1, sizeof(*builder)));
    *builder = (struct crl_builder){
        .region = {.base = region, .room = room, .used = sizeof(struct crl_image), .seed = seed},
        .authorities = authorities,
        .now = INT64_MAX};
    return builder;
}

void crl_builder_follow(struct crl_builder *builder, const struct crl_set *old, int64_t now)
{
    builder->old = old;
    builder->now = now;
}

static void drop_from(struct crl_builder *builder, size_t n)
{
    assert(n <= builder->n);
    while (builder->n > n) {
        X509_NAME_free(builder->all[--builder->n].issuer);
    }
}

void crl_builder_free(struct crl_builder *builder)
{
    if (!builder) {
        return;
    }
    drop_from(builder, 0);
    free(builder->all);
    free(builder);
}

static bool put_entries(struct crl_builder *builder, struct crl_reader *reader,
                        struct crl_list *list, struct error *err)
{
    list->entries.at = builder->region.used;
    for (;;) {
        struct crl_entry entry;
        bool more;
        if (!crl_reader_entry(reader, &entry, &more, err)) {
            return false;
        }
        if (!more) {
            break;
        }
        unsigned char *p;
        size_t size = (size_t)entry.serial_n + CRL_ENTRY_FIXED;
        if (!crl_region_take(&builder->region, size, &p, err)) {
            return false;
        }
        p[0] = entry.serial_n;
        memcpy(p + 1, entry.serial, entry.serial_n);
        p[1 + entry.serial_n] = entry.reason;
        memcpy(p + 2 + entry.serial_n, &entry.day, sizeof(entry.day));
        list->entries_n++;
    }
    list->entries.n = builder->region.used - list->entries.at;
    return list->entries.n < UINT32_MAX || error_set(err, "the CRL has too many entries");
}

/* --- who signed --- */

struct signing {
    const struct crl_reader *reader;
    X509_CRL *whole; /* where the algorithm does not work from a digest */
};

static bool crl_builder_signed_by(const struct signing *signing, X509 *authority)
{
    EVP_PKEY *key = X509_get0_pubkey(authority);
    if (signing->whole) {
        bool good = key && X509_CRL_verify(signing->whole, key) == 1;
        ERR_clear_error();
        return good;
    }
    const struct crl_reader *reader = signing->reader;
    const struct crl_signature signature = {
        .nid = reader->signature_nid,
        .digest = {(const char *)reader->digest, reader->digest_n},
        .octets = buf_view(&reader->signature),
    };
    return crl_signature_check(&signature, key);
}

static bool add_signer(struct crl_list *list, const X509 *authority, struct error *err)
{
    unsigned char id[CRL_ID_LEN];
    if (!crl_issuer_id(authority, id)) {
        return error_set(err, "OpenSSL failed to hash a certificate");
    }
    for (size_t i = 0; i < list->signers_n; i++) {
        if (memcmp(list->signers[i], id, sizeof(id)) == 0) {
            return true;
        }
    }
    if (list->signers_n < CRL_SIGNERS_MAX) { /* more of one name: they are met in chains */
        memcpy(list->signers[list->signers_n++], id, sizeof(id));
    }
    return true;
}

static bool find_signers(const struct crl_builder *builder, const struct signing *signing,
                         struct crl_list *list, struct error *err)
{
    const struct crl_reader *reader = signing->reader;
    bool known = false;
    bool forbidden = false;
    for (int i = 0; i < sk_X509_num(builder->authorities); i++) {
        X509 *authority = sk_X509_value(builder->authorities, i);
        if (!crl_authority_fits(authority, reader->issuer, reader->extensions.key_id)) {
            continue;
        }
        known = true;
        if (!crl_builder_signed_by(signing, authority)) {
            continue;
        }
        if (!crl_authority_signs(authority)) {
            forbidden = true;
        } else if (!add_signer(list, authority, err)) {
            return false;
        }
    }
    if (list->signers_n) {
        return true;
    }
    if (forbidden) {
        return error_set(err, "its issuer may not sign CRLs (keyUsage without cRLSign)");
    }
    if (known) {
        return error_set(err, "its signature is wrong");
    }
    return reader->digest_n != 0 || error_set(err, "its issuer is not in the CA files, and yett "
                                                   "needs it to check this signature algorithm");
}

static bool check_signature(const struct crl_builder *builder, const struct crl_reader *reader,
                            struct crl_list *list, struct error *err)
{
    struct signing signing = {.reader = reader};
    if (!reader->digest_n) {
        struct str whole = buf_view(&reader->whole);
        const unsigned char *p = (const unsigned char *)whole.p;
        signing.whole = d2i_X509_CRL(NULL, &p, (long)whole.n);
        ERR_clear_error();
        if (!signing.whole || p != (const unsigned char *)whole.p + whole.n) {
            X509_CRL_free(signing.whole);
            return error_set(err, "not a valid CRL: OpenSSL cannot parse it");
        }
    }
    bool ok = find_signers(builder, &signing, list, err);
    X509_CRL_free(signing.whole);
    return ok;
}

/* --- CRLs and files --- */

static struct crl_candidate *candidate_new(struct crl_builder *builder)
{
    if (builder->n == builder->cap) {
        builder->cap = builder->cap ? builder->cap * 2 : 16;
        builder->all = must_have(realloc(builder->all, builder->cap * sizeof(*builder->all)));
    }
    struct crl_candidate *candidate = &builder->all[builder->n++];
    *candidate = (struct crl_candidate){0};
    return candidate;
}

static bool crl_builder_describe(struct crl_builder *builder, struct crl_reader *reader,
                                 const char *file, struct crl_candidate *candidate,
                                 struct error *err)
{
    struct crl_list *list = &candidate->list;
    const struct crl_extensions *extensions = &reader->extensions;
    assert(reader->digest_n <= sizeof(list->digest));
    list->signature_nid = reader->signature_nid;
    list->digest_n = (uint8_t)reader->digest_n;
    memcpy(list->digest, reader->digest, reader->digest_n);
    memcpy(list->sha256, reader->sha256, sizeof(list->sha256));
    list->number = extensions->number;
    list->this_update = reader->this_update;
    list->next_update = reader->next_update;
    list->scope = extensions->scope;
    list->is_delta = extensions->is_delta;
    list->base = extensions->base;
    list->reasons = extensions->reasons;
    candidate->name_hash = X509_NAME_hash_ex(reader->issuer, NULL, NULL, NULL);
    return crl_region_put(&builder->region, buf_view(&reader->issuer_der), &list->issuer, err) &&
           crl_region_put(&builder->region, extensions->key_id, &list->key_id, err) &&
           crl_region_put(&builder->region, str_of(file), &list->file, err) &&
           crl_region_put(&builder->region, buf_view(&reader->points), &list->points, err) &&
           crl_region_put(&builder->region, str_of(reader->point_text), &list->point_text, err) &&
           crl_region_put(&builder->region, buf_view(&reader->signature), &list->signature, err) &&
           crl_region_align(&builder->region, err);
}

static bool add_body(struct crl_builder *builder, struct crl_reader *reader, const char *file,
                     struct crl_candidate *candidate, struct error *err)
{
    struct crl_list *list = &candidate->list;
    candidate->bytes.at = builder->region.used;
    if (!put_entries(builder, reader, list, err) || !crl_reader_end(reader, err) ||
        !check_signature(builder, reader, list, err) ||
        !crl_region_put_slots(&builder->region, list, err) ||
        !crl_builder_describe(builder, reader, file, candidate, err)) {
        return false;
    }
    candidate->bytes.n = builder->region.used - candidate->bytes.at;
    assert(reader->issuer);
    candidate->issuer = reader->issuer;
    reader->issuer = NULL;
    return true;
}

static bool add_list(struct crl_builder *builder, struct crl_reader *reader, const char *file,
                     size_t number, struct error *err)
{
    if (crl_reader_begin(reader, err) && crl_region_align(&builder->region, err) &&
        add_body(builder, reader, file, candidate_new(builder), err)) {
        return true;
    }
    char name[DN_SHORT_MAX];
    return reader->issuer
               ? error_prefix(err, "CRL %zu, of \"%s\"", number, dn_short(reader->issuer, name))
               : error_prefix(err, "CRL %zu", number);
}

/* Nothing follows the CRL in its block of PEM. */
static bool list_ended(struct crl_reader *reader, bool alone, size_t number, bool *ended,
                       struct error *err)
{
    return (crl_reader_ended(reader, ended, err) &&
            (*ended || !alone || error_set(err, "the PEM block has bytes after the CRL"))) ||
           error_prefix(err, "CRL %zu", number);
}

/* One block: a CRL in PEM, one or several in DER. */
static bool crl_builder_add_block(struct crl_builder *builder, struct pem_lists *lists,
                                  const char *file, size_t *number, struct error *err)
{
    struct byte_source source = pem_lists_block(lists);
    struct crl_reader reader;
    crl_reader_init(&reader, &source);
    bool ok = true;
    bool ended = false;
    do {
        ++*number;
        ok = add_list(builder, &reader, file, *number, err) &&
             list_ended(&reader, !lists->der, *number, &ended, err);
    } while (ok && !ended);
    crl_reader_deinit(&reader);
    return ok;
}

bool crl_builder_add(struct crl_builder *builder, const char *file,
                     const struct byte_source *source, struct error *err)
{
    size_t used = builder->region.used;
    size_t n = builder->n;
    struct pem_lists lists;
    pem_lists_init(&lists, source);
    size_t number = 0;
    bool ok = true;
    bool more = false;
    do {
        ok = pem_lists_next(&lists, &more, err) &&
             (!more || crl_builder_add_block(builder, &lists, file, &number, err));
    } while (ok && more);
    pem_lists_deinit(&lists);
    if (ok && number == 0) {
        ok = error_set(err, "the file contains no CRL");
    }
    if (!ok) {
        drop_from(builder, n);
        builder->region.used = used;
        return error_prefix(err, "cannot load CRL \"%s\"", file);
    }
    return true;
}

/* --- the image --- */

static void shift(struct crl_list *list, uint64_t by)
{
    list->issuer.at -= by;
    list->key_id.at -= by;
    list->file.at -= by;
    list->points.at -= by;
    list->point_text.at -= by;
    list->signature.at -= by;
    list->entries.at -= by;
    list->slots_at -= by;
}

/* Moves what is kept together: nothing in a CRL's bytes says where they are. */
static void crl_builder_compact(struct crl_builder *builder)
{
    uint32_t kept = 0;
    for (size_t i = 0; i < builder->n; i++) {
        builder->all[i].place = kept;
        kept += !builder->all[i].dropped;
    }
    for (size_t i = 0; i < builder->n; i++) {
        struct crl_list *list = &builder->all[i].list;
        list->delta = list->delta ? builder->all[list->delta - 1].place + 1 : 0;
        list->before = list->before ? builder->all[list->before - 1].place + 1 : 0;
    }
    size_t used = sizeof(struct crl_image);
    for (size_t i = 0; i < builder->n; i++) {
        struct crl_candidate *candidate = &builder->all[i];
        if (candidate->dropped) {
            X509_NAME_free(candidate->issuer);
            continue;
        }
        used = (used + ALIGN - 1) / ALIGN * ALIGN;
        assert(candidate->place <= i);
        uint64_t from = candidate->bytes.at;
        assert(from >= used); /* nothing that is still to be moved is written over */
        if (from != used) {
            memmove(builder->region.base + used, builder->region.base + from,
                    (size_t)candidate->bytes.n);
            shift(&candidate->list, from - used);
        }
        used += (size_t)candidate->bytes.n;
        builder->all[candidate->place] = *candidate;
    }
    builder->n = kept;
    builder->region.used = used;
}

enum { RECORD = 32 };

static int record_cmp(const void *a, const void *b)
{
    return memcmp(a, b, RECORD);
}

static int signer_cmp(const void *a, const void *b)
{
    return memcmp(a, b, CRL_ID_LEN);
}

/* The CRL and its issuer, if the issuer is known already. */
static bool record(const struct crl_builder *builder, struct crl_list *list,
                   unsigned char out[static RECORD])
{
    qsort(list->signers, list->signers_n, CRL_ID_LEN, signer_cmp);
    EVP_MD_CTX *hash = EVP_MD_CTX_new();
    bool ok =
        hash && EVP_DigestInit_ex(hash, EVP_sha256(), NULL) == 1 &&
        EVP_DigestUpdate(hash, list->sha256, sizeof(list->sha256)) == 1 &&
        EVP_DigestUpdate(hash, list->signers, (size_t)list->signers_n * CRL_ID_LEN) == 1 &&
        EVP_DigestUpdate(hash, builder->region.base + list->signature.at, list->signature.n) == 1 &&
        EVP_DigestFinal_ex(hash, out, NULL) == 1;
    EVP_MD_CTX_free(hash);
    return ok;
}

static bool image_digest(struct crl_builder *builder, unsigned char out[static RECORD],
                         struct error *err)
{
    assert(builder->n > 0);
    unsigned char(*records)[RECORD] = must_have(calloc(builder->n, RECORD));
    bool ok = true;
    for (size_t i = 0; i < builder->n && ok; i++) {
        ok = record(builder, &builder->all[i].list, records[i]);
    }
    qsort(records, builder->n, RECORD, record_cmp);
    ok = ok && EVP_Digest(records, builder->n * RECORD, out, NULL, EVP_sha256(), NULL) == 1;
    free(records);
    return ok || error_set(err, "OpenSSL failed to hash the CRLs");
}

static bool crl_builder_is_authority(const struct crl_builder *builder, const X509_NAME *name)
{
    for (int i = 0; i < sk_X509_num(builder->authorities); i++) {
        if (X509_NAME_cmp(X509_get_subject_name(sk_X509_value(builder->authorities, i)), name) ==
            0) {
            return true;
        }
    }
    return false;
}

static bool has_own_list(const struct crl_builder *builder, const X509_NAME *name)
{
    for (size_t i = 0; i < builder->n; i++) {
        if (builder->all[i].list.signers_n && X509_NAME_cmp(builder->all[i].issuer, name) == 0) {
            return true;
        }
    }
    return false;
}

/*
 * A CRL of another key in the name of a CA may be left over from before its key was renewed (RFC
 * 4210, 4.4), beside the CA's own. Alone it is an error: no certificate of the CA could be verified
 * with it.
 */
static bool check_other_keys(const struct crl_builder *builder, struct error *err)
{
    for (size_t i = 0; i < builder->n; i++) {
        const struct crl_candidate *one = &builder->all[i];
        char text[CRL_LIST_TEXT_MAX];
        if (!one->list.signers_n && crl_builder_is_authority(builder, one->issuer) &&
            !has_own_list(builder, one->issuer)) {
            return error_set(err, "the %s is not signed with the key of this CA",
                             crl_list_text(&one->list, one->issuer, builder->region.base, text));
        }
    }
    return true;
}

/* CRLs from files that begin later, those of one kind side by side. */
struct waiting {
    struct crl_kind *kinds;
    size_t n;
};

static int waiting_cmp(const void *a, const void *b)
{
    return crl_kind_cmp(a, b);
}

static struct waiting waiting_new(const struct crl_builder *builder)
{
    struct waiting waiting = {must_calloc(builder->n, sizeof(struct crl_kind)), 0};
    for (size_t i = 0; i < builder->n; i++) {
        const struct crl_candidate *one = &builder->all[i];
        if (one->list.this_update > builder->now) {
            waiting.kinds[waiting.n++] =
                (struct crl_kind){&one->list, builder->region.base, one->issuer, one->name_hash};
        }
    }
    qsort(waiting.kinds, waiting.n, sizeof(*waiting.kinds), waiting_cmp);
    return waiting;
}

/*
 * Whether it takes the place of a CRL that was in force. An older one does not: it is refused. Nor
 * does one whose signer is known follow one whose signer is not: its signer may be anyone.
 */
static bool follows(const struct crl_kind *one, const struct crl_kind *was)
{
    return crl_kind_same(one, was) && crl_list_age_cmp(one->list, was->list) > 0 &&
           (!one->list->signers_n || was->list->signers_n);
}

static bool is_awaited(const struct waiting *waiting, const struct crl_carried *from)
{
    const struct crl_kind was = {from->list, from->image, from->issuer, from->name_hash};
    size_t at = 0;
    for (size_t n = waiting->n; n;) { /* the first that is not before it */
        size_t half = n / 2;
        bool before = crl_kind_cmp(&waiting->kinds[at + half], &was) < 0;
        at += before ? half + 1 : 0;
        n = before ? n - half - 1 : half;
    }
    while (at < waiting->n && crl_kind_cmp(&waiting->kinds[at], &was) == 0) {
        if (follows(&waiting->kinds[at++], &was)) {
            return true;
        }
    }
    return false;
}

static bool carry_all(struct crl_builder *builder, struct error *err)
{
    size_t n = builder->old ? crl_set_carried_n(builder->old) : 0;
    bool *awaited = must_calloc(n + 1, sizeof(*awaited));
    struct waiting waiting = waiting_new(builder);
    for (size_t i = 0; i < n && waiting.n; i++) {
        struct crl_carried from = crl_set_carried(builder->old, i);
        awaited[i] = is_awaited(&waiting, &from);
    }
    free(waiting.kinds); /* it points to candidates, which move now */
    bool ok = true;
    for (size_t i = 0; ok && i < n; i++) {
        struct crl_carried from = crl_set_carried(builder->old, i);
        ok = !awaited[i] || crl_carry(&builder->region, &from, candidate_new(builder), err);
    }
    free(awaited);
    return ok;
}

bool crl_builder_finish(struct crl_builder *builder, size_t *size, struct error *err)
{
    if (!builder->n) {
        return error_set(err, "there is no CRL");
    }
    if (!check_other_keys(builder, err) || !carry_all(builder, err) ||
        !crl_pick(builder->all, builder->n, builder->region.base, builder->now, err)) {
        return false;
    }
    crl_builder_compact(builder);
    struct crl_image image = {.magic = CRL_IMAGE_MAGIC, .seed = builder->region.seed};
    if (!image_digest(builder, image.digest, err) || !crl_region_align(&builder->region, err)) {
        return false;
    }
    image.lists_at = builder->region.used;
    image.lists_n = builder->n;
    for (size_t i = 0; i < builder->n; i++) {
        struct crl_span unused;
        struct str list = {(const char *)&builder->all[i].list, sizeof(struct crl_list)};
        if (!crl_region_put(&builder->region, list, &unused, err)) {
            return false;
        }
    }
    image.size = builder->region.used;
    assert(image.size <= builder->region.room);
    memcpy(builder->region.base, &image, sizeof(image));
    *size = builder->region.used;
    return true;
}
