/* SPDX-License-Identifier: Apache-2.0 */
/* Judging certificates by an image of CRLs. */
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

enum { FOLLOWING_MAX = 3 }; /* CRLs of one kind: crl_pick keeps no more */

/* What the image does not hold of a CRL. */
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
    struct crl_image_view view;
    struct parsed *parsed;         /* beside CRLs */
    const struct crl_list **whole; /* those that are neither deltas nor past */
    size_t whole_n;
    struct crl_set_index *index;
    pthread_mutex_t adopting;
};

/* --- opening --- */

static struct str crl_set_view(const struct crl_set *set, struct crl_span span)
{
    return (struct str){(const char *)set->image + span.at, (size_t)span.n};
}

static bool parse_names(struct crl_set *set)
{
    for (size_t i = 0; i < set->head->lists_n; i++) {
        struct str der = crl_set_view(set, set->lists[i].issuer);
        const unsigned char *p = (const unsigned char *)der.p;
        set->parsed[i].issuer = d2i_X509_NAME(NULL, &p, (long)der.n);
        if (!set->parsed[i].issuer) {
            ERR_clear_error();
            return false;
        }
        set->parsed[i].name_hash = X509_NAME_hash_ex(set->parsed[i].issuer, NULL, NULL, NULL);
        if (!set->lists[i].is_delta && !set->lists[i].is_past) {
            set->whole[set->whole_n++] = &set->lists[i];
        }
    }
    return true;
}

/* --- CRLs of one key --- */

/* A few of the set's CRLs. */
struct few {
    const struct crl_list **items;
    size_t n;
};

static struct few few_new(const struct crl_set *set)
{
    return (struct few){must_have(calloc(set->whole_n + 1, sizeof(const struct crl_list *))), 0};
}

static int scope_cmp(const void *a, const void *b, void *image)
{
    return crl_list_scope_cmp(*(const struct crl_list *const *)a, image,
                              *(const struct crl_list *const *)b, image);
}

/* One CRL a kind: an older one of the same key says nothing any more. */
static void keep_newest(const struct crl_set *set, struct few *few)
{
    void *image = (void *)(uintptr_t)set->image;
    size_t n = 0;
    qsort_r(few->items, few->n, sizeof(few->items[0]), scope_cmp, image);
    for (size_t i = 0; i < few->n; i++) {
        if (n == 0 || scope_cmp(&few->items[n - 1], &few->items[i], image) != 0) {
            few->items[n++] = few->items[i];
        } else if (crl_list_age_cmp(few->items[i], few->items[n - 1]) > 0) {
            few->items[n - 1] = few->items[i];
        }
    }
    few->n = n;
}

/* Where a CRL is put: at its points. */
struct placed {
    const unsigned char *place;
    const struct crl_list *list;
};

static int placed_cmp(const void *a, const void *b)
{
    return memcmp(((const struct placed *)a)->place, ((const struct placed *)b)->place,
                  DIST_ID_LEN);
}

static size_t places_n(const struct crl_list *list)
{
    return (size_t)list->points.n / DIST_ID_LEN;
}

static void index_points(struct crl_set *set, const unsigned char id[static CRL_ID_LEN],
                         const struct few *few)
{
    size_t n = 0;
    for (size_t i = 0; i < few->n; i++) {
        n += places_n(few->items[i]);
    }
    struct placed *all = must_have(calloc(n + 1, sizeof(*all)));
    struct few here = {must_have(calloc(n + 1, sizeof(const struct crl_list *))), 0};
    n = 0;
    for (size_t i = 0; i < few->n; i++) {
        for (size_t j = 0; j < places_n(few->items[i]); j++) {
            const unsigned char *points = set->image + few->items[i]->points.at;
            all[n++] = (struct placed){points + j * DIST_ID_LEN, few->items[i]};
        }
    }
    qsort(all, n, sizeof(*all), placed_cmp);
    for (size_t i = 0; i < n; i++) {
        here.items[here.n++] = all[i].list;
        if (i + 1 == n || placed_cmp(&all[i], &all[i + 1]) != 0) {
            crl_set_index_add(set->index, id, all[i].place, here.items, here.n);
            here.n = 0;
        }
    }
    free(here.items);
    free(all);
}

/* Those of one key are found by one another's places: CRL_PLACE_ALL comes last. */
static void index_key(struct crl_set *set, const unsigned char id[static CRL_ID_LEN],
                      struct few *few)
{
    assert(few->n > 0);
    struct few whole = few_new(set), others = few_new(set);
    keep_newest(set, few);
    for (size_t i = 0; i < few->n; i++) {
        struct few *to = places_n(few->items[i]) ? &others : &whole;
        to->items[to->n++] = few->items[i];
    }
    if (others.n) {
        index_points(set, id, &others);
        crl_set_index_add(set->index, id, CRL_PLACE_OTHERS, others.items, others.n);
    }
    crl_set_index_add(set->index, id, CRL_PLACE_ALL, whole.items, whole.n);
    free(others.items);
    free(whole.items);
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

static const struct crl_owner *crl_set_known(const struct crl_set *set,
                                             const unsigned char id[static CRL_ID_LEN])
{
    return crl_set_index_get(set->index, id, CRL_PLACE_ALL);
}

static void index_signer(struct crl_set *set, const unsigned char id[static CRL_ID_LEN])
{
    if (crl_set_known(set, id)) {
        return;
    }
    struct few few = few_new(set);
    for (size_t i = 0; i < set->whole_n; i++) {
        if (has_signer(set->whole[i], id)) {
            few.items[few.n++] = set->whole[i];
        }
    }
    index_key(set, id, &few);
    free(few.items);
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

static size_t places_of_all(const struct crl_set *set)
{
    size_t n = 0;
    for (size_t i = 0; i < set->whole_n; i++) {
        assert(set->whole[i]);
        n += 2 + places_n(set->whole[i]);
    }
    return n;
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
    set->head = crl_image_read(image, size);
    if (!set->head) {
        set_free(set);
        return error_set(err, "the CRL image is damaged");
    }
    set->lists = crl_image_lists(set->head);
    set->parsed = must_have(calloc(set->head->lists_n + 1, sizeof(*set->parsed)));
    set->whole = must_have(calloc(set->head->lists_n + 1, sizeof(const struct crl_list *)));
    if (!parse_names(set)) {
        set_free(set);
        return error_set(err, "the CRL image is damaged: a name is unreadable");
    }
    set->view = (struct crl_image_view){set->image, set->lists, set->head->seed};
    set->index = crl_set_index_new(places_of_all(set));
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

static bool crl_set_signed_by(const struct crl_set *set, const struct crl_list *list,
                              const unsigned char id[static CRL_ID_LEN], X509 *issuer)
{
    if (has_signer(list, id)) {
        return true;
    }
    const struct crl_signature signature = {
        .nid = list->signature_nid,
        .digest = {(const char *)list->digest, list->digest_n},
        .octets = crl_set_view(set, list->signature),
    };
    return list->digest_n && crl_signature_check(&signature, X509_get0_pubkey(issuer));
}

static const struct crl_list *delta_of(const struct crl_set *set, const struct crl_list *list)
{
    return list->delta ? &set->lists[list->delta - 1] : NULL;
}

static const struct crl_list *before_of(const struct crl_set *set, const struct crl_list *list)
{
    return list->before ? &set->lists[list->before - 1] : NULL;
}

/* With its deltas. */
static bool signed_whole(const struct crl_set *set, const struct crl_list *list,
                         const unsigned char id[static CRL_ID_LEN], X509 *issuer)
{
    bool ok = crl_set_signed_by(set, list, id, issuer);
    const struct crl_list *delta = delta_of(set, list);
    for (int i = 0; ok && delta && i < FOLLOWING_MAX; i++) {
        ok = crl_set_signed_by(set, delta, id, issuer);
        delta = before_of(set, delta);
    }
    return ok;
}

/*
 * A base without the delta that came with it would say less than was meant, and so would a CRL
 * without the one that is in force before it: then the CRL is assigned to no issuer.
 */
static bool crl_set_is_of(const struct crl_set *set, const struct crl_list *list,
                          const unsigned char id[static CRL_ID_LEN], X509 *issuer)
{
    const struct parsed *parsed = &set->parsed[list - set->lists];
    bool ok = crl_authority_fits(issuer, parsed->issuer, crl_set_view(set, list->key_id));
    for (int i = 0; ok && list && i < FOLLOWING_MAX; i++) {
        ok = signed_whole(set, list, id, issuer);
        list = before_of(set, list);
    }
    return ok;
}

static void find_lists(const struct crl_set *set, const unsigned char id[static CRL_ID_LEN],
                       X509 *issuer, const struct crl_question *question, struct few *out)
{
    if (!crl_authority_signs(issuer)) {
        return;
    }
    unsigned long name_hash = X509_NAME_hash_ex(X509_get_subject_name(issuer), NULL, NULL, NULL);
    for (size_t i = 0; i < set->whole_n; i++) {
        const struct crl_list *list = set->whole[i];
        if (set->parsed[list - set->lists].name_hash == name_hash &&
            (!question || crl_judge_reasons(&set->view, list, question)) &&
            crl_set_is_of(set, list, id, issuer)) {
            out->items[out->n++] = list;
        }
    }
}

static size_t crl_set_count(const struct crl_set *set, const unsigned char id[static CRL_ID_LEN])
{
    const struct crl_owner *whole = crl_set_known(set, id);
    const struct crl_owner *others =
        whole ? crl_set_index_get(set->index, id, CRL_PLACE_OTHERS) : NULL;
    return (whole ? whole->n : 0) + (others ? others->n : 0);
}

/* That there is none does not hold for ever: another certificate of the same key may be allowed
 * more. */
size_t crl_set_adopt(struct crl_set *set, X509 *issuer)
{
    unsigned char id[CRL_ID_LEN];
    if (!crl_issuer_id(issuer, id)) {
        return 0;
    }
    if (crl_set_known(set, id)) {
        return crl_set_count(set, id);
    }
    pthread_mutex_lock(&set->adopting);
    if (!crl_set_known(set, id)) {
        struct few few = few_new(set);
        find_lists(set, id, issuer, NULL, &few);
        if (few.n) {
            index_key(set, id, &few);
        } else if (!crl_set_index_get(set->index, id, CRL_PLACE_NONE)) {
            crl_set_index_add(set->index, id, CRL_PLACE_NONE, NULL, 0);
        }
        free(few.items);
    }
    pthread_mutex_unlock(&set->adopting);
    return crl_set_count(set, id);
}

/* --- verdicts --- */

static void add_all(struct crl_judging *judging, const struct crl_list *const *lists, size_t n,
                    enum crl_weight weight)
{
    for (size_t i = 0; i < n; i++) {
        unsigned reasons = crl_judge_reasons(judging->view, lists[i], judging->question);
        crl_judge_add(judging, lists[i], reasons, weight);
    }
}

/* All that the CRLs of one key say: those of all points, and those of the certificate's. */
static void ask_key(const struct crl_set *set, struct crl_judging *judging,
                    const unsigned char id[static CRL_ID_LEN], enum crl_weight weight)
{
    const struct crl_question *question = judging->question;
    const struct crl_owner *owner = crl_set_known(set, id);
    if (!owner) {
        return;
    }
    add_all(judging, owner->lists, owner->n, weight);
    for (size_t i = 0; i < question->points_n; i++) {
        const struct crl_owner *here = crl_set_index_get(set->index, id, question->points[i].id);
        if (here) {
            add_all(judging, here->lists, here->n, weight);
        }
    }
}

/* Of any point: RFC 5280 needs no CRL for a trust anchor, but a CRL that revokes it counts. */
static void ask_anywhere(const struct crl_set *set, struct crl_judging *judging,
                         const unsigned char id[static CRL_ID_LEN])
{
    const struct crl_owner *others = crl_set_index_get(set->index, id, CRL_PLACE_OTHERS);
    for (size_t i = 0; others && i < others->n; i++) {
        const struct crl_list *list = others->lists[i];
        if (list->scope == CRL_ALL || list->scope == CRL_AUTHORITIES_ONLY) {
            crl_judge_add(judging, list, list->reasons, CRL_HELPS);
        }
    }
}

/* Whether each key's CRLs were looked for: one of them may say what the others do not. */
static bool all_sought(const struct crl_set *set, const struct crl_question *question)
{
    bool all = true;
    for (size_t i = 0; all && i < question->issuers_n; i++) {
        all = crl_set_known(set, question->issuers[i]) ||
              crl_set_index_get(set->index, question->issuers[i], CRL_PLACE_NONE);
    }
    return all;
}

struct crl_finding crl_set_check(const struct crl_set *set, const struct crl_question *question,
                                 time_t grace, time_t now)
{
    assert(question->issuers_n >= 1 && question->issuers_n <= CRL_ISSUERS_MAX);
    assert(question->points_n <= DIST_POINTS_MAX && question->serial_n <= SERIAL_MAX);
    struct crl_judging judging = {&set->view, question, grace, now, {0}, 0, 0, 0};
    for (size_t i = 0; i < question->issuers_n; i++) {
        ask_key(set, &judging, question->issuers[i], i ? CRL_HELPS : CRL_DECIDES);
    }
    if (question->is_anchor && crl_set_known(set, question->issuers[0])) {
        ask_anywhere(set, &judging, question->issuers[0]);
    }
    struct crl_finding found = crl_judge_end(&judging);
    if (found.code != X509_V_ERR_CERT_REVOKED && question->issuers_n > 1 &&
        !all_sought(set, question)) {
        found = (struct crl_finding){.code = X509_V_ERR_UNABLE_TO_GET_CRL};
    }
    return found;
}

struct crl_finding crl_set_check_stranger(const struct crl_set *set, X509 *const *issuers,
                                          const struct crl_question *question, time_t grace,
                                          time_t now)
{
    struct crl_judging judging = {&set->view, question, grace, now, {0}, 0, 0, 0};
    struct few few = few_new(set);
    for (size_t i = 0; i < question->issuers_n; i++) {
        few.n = 0;
        find_lists(set, question->issuers[i], issuers[i], question, &few);
        keep_newest(set, &few);
        add_all(&judging, few.items, few.n, i ? CRL_HELPS : CRL_DECIDES);
    }
    free(few.items);
    return crl_judge_end(&judging);
}

/* --- the next image --- */

size_t crl_set_carried_n(const struct crl_set *set)
{
    return set->head->lists_n;
}

struct crl_carried crl_set_carried(const struct crl_set *set, size_t i)
{
    assert(i < set->head->lists_n);
    return (struct crl_carried){&set->lists[i], set->parsed[i].issuer, set->parsed[i].name_hash,
                                set->image};
}

size_t crl_set_bytes(const struct crl_set *set)
{
    return set->size;
}

/* --- reports --- */

static const struct crl_list *newest_part(const struct crl_set *set, const struct crl_list *list)
{
    const struct crl_list *delta = delta_of(set, list);
    return delta ? delta : list;
}

size_t crl_set_size(const struct crl_set *set)
{
    return set->whole_n;
}

struct crl_facts crl_set_facts(const struct crl_set *set, size_t i)
{
    assert(i < set->whole_n);
    const struct crl_list *list = set->whole[i];
    const struct crl_list *newest = newest_part(set, list);
    return (struct crl_facts){
        .issuer = set->parsed[list - set->lists].issuer,
        .file = crl_set_view(set, list->file),
        .this_update = newest->this_update,
        .next_update = newest->next_update ? newest->next_update : list->next_update,
        .entries_n = list->entries_n,
        .number = {(const char *)newest->number.octets, newest->number.n},
        .scope = list->scope,
        .point = crl_set_view(set, list->point_text),
        .follows = newest->before || list->before,
    };
}
