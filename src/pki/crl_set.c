/* SPDX-License-Identifier: Apache-2.0 */
/* Judging certificates by an image of lists. */
#include "pki/crl_set.h"

#include <assert.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/must.h"
#include "pki/crl_pick.h"
#include "pki/crl_set_index.h"
#include "pki/crl_signature.h"
#include "pki/crl_slots.h"

enum { DAY = 24 * 60 * 60 };

/* What a list of the image does not have in it. */
struct parsed {
    X509_NAME *issuer;
    unsigned long name_hash;
};

struct crl_set {
    _Atomic size_t refs;
    const unsigned char *image;
    size_t size;
    void (*release)(const void *image, size_t size);
    const struct crl_image *head;
    const struct crl_list *lists;
    struct parsed *parsed;         /* beside lists */
    const struct crl_list **whole; /* those that are no deltas */
    size_t whole_n;
    struct crl_set_index *index;
    pthread_mutex_t adopting;
};

/* --- opening --- */

static bool inside(const struct crl_set *set, uint64_t at, uint64_t n)
{
    return at <= set->size && n <= set->size - at;
}

static bool list_valid(const struct crl_set *set, const struct crl_list *list)
{
    uint64_t n = set->head->lists_n;
    return inside(set, list->issuer.at, list->issuer.n) &&
           inside(set, list->key_id.at, list->key_id.n) &&
           inside(set, list->file.at, list->file.n) &&
           inside(set, list->signature.at, list->signature.n) &&
           inside(set, list->entries.at, list->entries.n) && list->slots_n <= UINT32_MAX &&
           (list->slots_n & (list->slots_n - 1)) == 0 &&
           inside(set, list->slots_at, list->slots_n * sizeof(uint32_t)) &&
           list->slots_at % sizeof(uint32_t) == 0 && list->digest_n <= CRL_DIGEST_MAX &&
           list->signers_n <= CRL_SIGNERS_MAX && list->number.n <= CRL_NUMBER_MAX &&
           list->scope < CRL_SCOPES && list->delta <= n &&
           (!list->delta || (!list->is_delta && set->lists[list->delta - 1].is_delta));
}

static bool image_valid(struct crl_set *set)
{
    if (set->size < sizeof(struct crl_image) || (uintptr_t)set->image % sizeof(uint64_t)) {
        return false;
    }
    set->head = (const struct crl_image *)(const void *)set->image;
    uint64_t n = set->head->lists_n;
    if (memcmp(set->head->magic, CRL_IMAGE_MAGIC, sizeof(set->head->magic)) != 0 ||
        set->head->size != set->size || set->head->lists_at % sizeof(uint64_t) ||
        n > set->size / sizeof(struct crl_list) ||
        !inside(set, set->head->lists_at, n * sizeof(struct crl_list))) {
        return false;
    }
    set->lists = (const struct crl_list *)(const void *)(set->image + set->head->lists_at);
    for (uint64_t i = 0; i < n; i++) {
        if (!list_valid(set, &set->lists[i])) {
            return false;
        }
    }
    return true;
}

static struct str view(const struct crl_set *set, struct crl_span span)
{
    return (struct str){(const char *)set->image + span.at, (size_t)span.n};
}

static bool parse_names(struct crl_set *set)
{
    for (size_t i = 0; i < set->head->lists_n; i++) {
        struct str der = view(set, set->lists[i].issuer);
        const unsigned char *p = (const unsigned char *)der.p;
        set->parsed[i].issuer = d2i_X509_NAME(NULL, &p, (long)der.n);
        if (!set->parsed[i].issuer) {
            ERR_clear_error();
            return false;
        }
        set->parsed[i].name_hash = X509_NAME_hash_ex(set->parsed[i].issuer, NULL, NULL, NULL);
        if (!set->lists[i].is_delta) {
            set->whole[set->whole_n++] = &set->lists[i];
        }
    }
    return true;
}

/* One list a scope: an older one of the same authority says nothing any more. */
static void keep_newest(const struct crl_list *lists[static CRL_SCOPES],
                        const struct crl_list *list)
{
    const struct crl_list **place = &lists[list->scope];
    if (!*place || crl_list_age_cmp(*place, list) < 0) {
        *place = list;
    }
}

static bool has_signer(const struct crl_list *list, const unsigned char id[static CRL_ID_LEN])
{
    for (size_t i = 0; i < list->signers_n; i++) {
        if (memcmp(list->signers[i], id, CRL_ID_LEN) == 0) {
            return true;
        }
    }
    return false;
}

static void index_signer(struct crl_set *set, const unsigned char id[static CRL_ID_LEN])
{
    if (crl_set_index_get(set->index, id)) {
        return;
    }
    const struct crl_list *lists[CRL_SCOPES] = {NULL};
    for (size_t i = 0; i < set->whole_n; i++) {
        if (has_signer(set->whole[i], id)) {
            keep_newest(lists, set->whole[i]);
        }
    }
    crl_set_index_add(set->index, id, lists);
}

static void set_free(struct crl_set *set)
{
    for (size_t i = 0; set->parsed && i < set->head->lists_n; i++) {
        X509_NAME_free(set->parsed[i].issuer);
    }
    if (set->release) {
        set->release(set->image, set->size);
    }
    free(set->parsed);
    free(set->whole);
    crl_set_index_free(set->index);
    pthread_mutex_destroy(&set->adopting);
    free(set);
}

bool crl_set_open(const void *image, size_t size, void (*release)(const void *image, size_t size),
                  struct crl_set **out, struct error *err)
{
    struct crl_set *set = must_have(calloc(1, sizeof(*set)));
    atomic_init(&set->refs, 1);
    pthread_mutex_init(&set->adopting, NULL);
    set->image = image;
    set->size = size;
    set->release = release;
    if (!image_valid(set)) {
        set_free(set);
        return error_set(err, "the image of the revocation lists is damaged");
    }
    set->parsed = must_have(calloc(set->head->lists_n + 1, sizeof(*set->parsed)));
    set->whole = must_have(calloc(set->head->lists_n + 1, sizeof(const struct crl_list *)));
    if (!parse_names(set)) {
        set_free(set);
        return error_set(err, "the image of the revocation lists is damaged: a name is unreadable");
    }
    set->index = crl_set_index_new(set->whole_n);
    for (size_t i = 0; i < set->whole_n; i++) {
        const struct crl_list *list = set->whole[i];
        assert(list);
        for (size_t j = 0; j < list->signers_n; j++) {
            index_signer(set, list->signers[j]);
        }
    }
    *out = set;
    return true;
}

struct crl_set *crl_set_ref(struct crl_set *set)
{
    atomic_fetch_add_explicit(&set->refs, 1, memory_order_relaxed);
    return set;
}

void crl_set_unref(struct crl_set *set)
{
    if (set && atomic_fetch_sub_explicit(&set->refs, 1, memory_order_acq_rel) == 1) {
        set_free(set);
    }
}

const unsigned char *crl_set_digest(const struct crl_set *set)
{
    return set->head->digest;
}

/* --- issuers --- */

bool crl_issuer_id(const X509 *issuer, unsigned char id[static CRL_ID_LEN])
{
    const unsigned char *name = NULL;
    size_t name_n = 0;
    unsigned char *key = NULL;
    int key_n = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(issuer), &key);
    EVP_MD_CTX *hash = EVP_MD_CTX_new();
    bool ok = key_n > 0 && hash &&
              X509_NAME_get0_der(X509_get_subject_name(issuer), &name, &name_n) == 1 &&
              EVP_DigestInit_ex(hash, EVP_sha256(), NULL) == 1 &&
              EVP_DigestUpdate(hash, name, name_n) == 1 &&
              EVP_DigestUpdate(hash, key, (size_t)key_n) == 1 &&
              EVP_DigestFinal_ex(hash, id, NULL) == 1;
    EVP_MD_CTX_free(hash);
    OPENSSL_free(key);
    return ok;
}

static bool signed_by(const struct crl_set *set, const struct crl_list *list,
                      const unsigned char id[static CRL_ID_LEN], X509 *issuer)
{
    if (has_signer(list, id)) {
        return true;
    }
    const struct crl_signature signature = {
        .nid = list->signature_nid,
        .digest = {(const char *)list->digest, list->digest_n},
        .octets = view(set, list->signature),
    };
    return list->digest_n && crl_signature_check(&signature, X509_get0_pubkey(issuer));
}

/* A base without the delta that came with it would say less than was meant: then it is nobody's. */
static bool is_of(const struct crl_set *set, const struct crl_list *list,
                  const unsigned char id[static CRL_ID_LEN], X509 *issuer)
{
    const struct parsed *parsed = &set->parsed[list - set->lists];
    return crl_authority_fits(issuer, parsed->issuer, view(set, list->key_id)) &&
           signed_by(set, list, id, issuer) &&
           (!list->delta || signed_by(set, &set->lists[list->delta - 1], id, issuer));
}

static void find_lists(const struct crl_set *set, const unsigned char id[static CRL_ID_LEN],
                       X509 *issuer, const struct crl_list *lists[static CRL_SCOPES])
{
    if (!crl_authority_signs(issuer)) {
        return;
    }
    unsigned long name_hash = X509_NAME_hash_ex(X509_get_subject_name(issuer), NULL, NULL, NULL);
    for (size_t i = 0; i < set->whole_n; i++) {
        const struct crl_list *list = set->whole[i];
        if (set->parsed[list - set->lists].name_hash == name_hash && is_of(set, list, id, issuer)) {
            keep_newest(lists, list);
        }
    }
}

static size_t count(const struct crl_list *const lists[static CRL_SCOPES])
{
    size_t n = 0;
    for (size_t i = 0; i < CRL_SCOPES; i++) {
        n += lists[i] != NULL;
    }
    return n;
}

/* That there is none is not remembered: another certificate of the same key may be allowed more. */
size_t crl_set_adopt(struct crl_set *set, X509 *issuer)
{
    unsigned char id[CRL_ID_LEN];
    if (!crl_issuer_id(issuer, id)) {
        return 0;
    }
    const struct crl_owner *owner = crl_set_index_get(set->index, id);
    if (owner) {
        return count(owner->lists);
    }
    pthread_mutex_lock(&set->adopting);
    const struct crl_list *lists[CRL_SCOPES] = {NULL};
    owner = crl_set_index_get(set->index, id);
    if (owner) {
        memcpy(lists, owner->lists, sizeof(lists));
    } else {
        find_lists(set, id, issuer, lists);
        if (count(lists)) {
            crl_set_index_add(set->index, id, lists);
        }
    }
    pthread_mutex_unlock(&set->adopting);
    return count(lists);
}

/* --- verdicts --- */

static const unsigned char *entry_of(const struct crl_set *set, const struct crl_list *list,
                                     struct str serial)
{
    const struct crl_slots table = {
        .seed = set->head->seed,
        .entries = set->image + list->entries.at,
        .entries_n = list->entries.n,
        .slots = (const uint32_t *)(const void *)(set->image + list->slots_at),
        .slots_n = list->slots_n,
    };
    return crl_slots_find(&table, serial);
}

static const struct crl_list *delta_of(const struct crl_set *set, const struct crl_list *list)
{
    return list->delta ? &set->lists[list->delta - 1] : NULL;
}

/* The entry that says the certificate is revoked, or NULL. What the delta says goes before the base
 * (RFC 5280, 5.2.4); removeFromCRL says that it is not (5.3.1). */
static const unsigned char *revoking(const struct crl_set *set, const struct crl_list *list,
                                     struct str serial)
{
    const struct crl_list *delta = delta_of(set, list);
    const unsigned char *entry = delta ? entry_of(set, delta, serial) : NULL;
    if (!entry) {
        entry = entry_of(set, list, serial);
    }
    return entry && entry[1 + entry[0]] != CRL_REASON_REMOVED ? entry : NULL;
}

static void sooner(time_t *until, time_t t)
{
    if (!*until || t < *until) {
        *until = t;
    }
}

struct dates {
    time_t from;
    time_t until; /* the first second at which the list has expired; 0: never */
};

/* With a delta, its dates are what counts (RFC 5280, 6.3.3 (c)). */
static struct dates dates_of(const struct crl_set *set, const struct crl_list *list, time_t grace)
{
    const struct crl_list *delta = delta_of(set, list);
    const struct crl_list *newest = delta ? delta : list;
    int64_t next = newest->next_update ? newest->next_update : list->next_update;
    return (struct dates){.from = newest->this_update, .until = next ? next + grace : 0};
}

/* As OpenSSL's X509_cmp_time has it: valid in the second of thisUpdate, expired in that of
 * nextUpdate. */
static void judge_dates(const struct dates *dates, time_t now, struct crl_finding *out)
{
    if (dates->until && now >= dates->until) {
        out->code = X509_V_ERR_CRL_HAS_EXPIRED;
        return;
    }
    if (now < dates->from) {
        sooner(&out->until, dates->from - 1);
        if (out->code == X509_V_OK) {
            out->code = X509_V_ERR_CRL_NOT_YET_VALID;
        }
    } else if (dates->until) {
        sooner(&out->until, dates->until - 1);
    }
}

static struct crl_finding judge(const struct crl_set *set,
                                const struct crl_list *const lists[static CRL_SCOPES],
                                struct str serial, bool is_ca, time_t grace, time_t now)
{
    struct crl_finding out = {.code = X509_V_ERR_UNABLE_TO_GET_CRL};
    const struct crl_list *fitting[] = {lists[CRL_ALL],
                                        lists[is_ca ? CRL_AUTHORITIES_ONLY : CRL_USERS_ONLY]};
    for (size_t i = 0; i < COUNT_OF(fitting); i++) {
        if (!fitting[i]) {
            continue;
        }
        if (out.code == X509_V_ERR_UNABLE_TO_GET_CRL) {
            out.code = X509_V_OK;
        }
        const unsigned char *entry = revoking(set, fitting[i], serial);
        if (entry) {
            uint16_t day;
            memcpy(&day, entry + 2 + entry[0], sizeof(day));
            return (struct crl_finding){.code = X509_V_ERR_CERT_REVOKED,
                                        .reason = entry[1 + entry[0]],
                                        .revoked = (time_t)day * DAY};
        }
        struct dates dates = dates_of(set, fitting[i], grace);
        judge_dates(&dates, now, &out);
    }
    if (out.code == X509_V_ERR_CRL_HAS_EXPIRED) {
        out.until = 0; /* that does not change */
    }
    return out;
}

struct crl_finding crl_set_check(const struct crl_set *set,
                                 const unsigned char issuer[static CRL_ID_LEN], struct str serial,
                                 bool is_ca, time_t grace, time_t now)
{
    static const struct crl_list *const NONE[CRL_SCOPES];
    const struct crl_owner *owner = crl_set_index_get(set->index, issuer);
    return judge(set, owner ? owner->lists : NONE, serial, is_ca, grace, now);
}

struct crl_finding crl_set_check_stranger(const struct crl_set *set, X509 *issuer,
                                          struct str serial, bool is_ca, time_t grace, time_t now)
{
    unsigned char id[CRL_ID_LEN];
    const struct crl_list *lists[CRL_SCOPES] = {NULL};
    if (crl_issuer_id(issuer, id)) {
        find_lists(set, id, issuer, lists);
    }
    return judge(set, lists, serial, is_ca, grace, now);
}

/* --- replacing --- */

static const struct crl_list *newest_part(const struct crl_set *set, const struct crl_list *list)
{
    const struct crl_list *delta = delta_of(set, list);
    return delta ? delta : list;
}

static bool same_kind(const struct crl_set *a, const struct crl_list *list_a,
                      const struct crl_set *b, const struct crl_list *list_b)
{
    const struct parsed *parsed_a = &a->parsed[list_a - a->lists];
    const struct parsed *parsed_b = &b->parsed[list_b - b->lists];
    return parsed_a->name_hash == parsed_b->name_hash && list_a->scope == list_b->scope &&
           X509_NAME_cmp(parsed_a->issuer, parsed_b->issuer) == 0 &&
           crl_list_same_key(list_a, a->image, list_b, b->image);
}

static bool is_older(const struct crl_set *set, const struct crl_list *list,
                     const struct crl_set *old, const struct crl_list *before, struct error *err)
{
    const struct crl_list *now = newest_part(set, list);
    const struct crl_list *was = newest_part(old, before);
    if (!same_kind(set, list, old, before) || crl_list_age_cmp(now, was) >= 0) {
        return false;
    }
    char text[CRL_LIST_TEXT_MAX], mine[CRL_NUMBER_TEXT_MAX], other[CRL_NUMBER_TEXT_MAX];
    error_set(err, "the %s is older than the one in force (number %s after %s)",
              crl_list_text(list, set->parsed[list - set->lists].issuer, set->image, text),
              crl_number_text(&now->number, mine), crl_number_text(&was->number, other));
    return true;
}

bool crl_set_may_replace(const struct crl_set *set, const struct crl_set *old, struct error *err)
{
    for (size_t i = 0; i < set->whole_n; i++) {
        for (size_t j = 0; j < old->whole_n; j++) {
            if (is_older(set, set->whole[i], old, old->whole[j], err)) {
                return false;
            }
        }
    }
    return true;
}

/* --- reports --- */

size_t crl_set_size(const struct crl_set *set)
{
    return set->whole_n;
}

struct crl_facts crl_set_facts(const struct crl_set *set, size_t i)
{
    const struct crl_list *list = set->whole[i];
    const struct crl_list *newest = newest_part(set, list);
    return (struct crl_facts){
        .issuer = set->parsed[list - set->lists].issuer,
        .file = view(set, list->file),
        .this_update = newest->this_update,
        .next_update = newest->next_update ? newest->next_update : list->next_update,
        .entries_n = list->entries_n,
        .number = {(const char *)newest->number.octets, newest->number.n},
        .scope = list->scope,
    };
}
