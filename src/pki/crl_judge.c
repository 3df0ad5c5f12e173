/* SPDX-License-Identifier: Apache-2.0 */
#include "pki/crl_judge.h"

#include <assert.h>
#include <openssl/x509_vfy.h>
#include <stdlib.h>
#include <string.h>

#include "pki/crl_pick.h"
#include "pki/crl_slot_set.h"

enum {
    DAY = 24 * 60 * 60,
    FOLLOWING_MAX = 3, /* of CRLs that follow each other: crl_pick keeps no more */
};

static void sooner(time_t *until, time_t t)
{
    if (!*until || t < *until) {
        *until = t;
    }
}

static const struct crl_list *list_at(const struct crl_image_view *view, uint32_t index)
{
    return index ? &view->lists[index - 1] : NULL;
}

/* --- a CRL as it is at one time: complete, and perhaps with a delta --- */

struct version {
    const struct crl_list *base;
    const struct crl_list *delta; /* NULL: none */
};

static const unsigned char *crl_judge_entry_of(const struct crl_image_view *view,
                                               const struct crl_list *list, struct str serial)
{
    const struct crl_slots table = {
        .seed = view->seed,
        .entries = view->image + list->entries.at,
        .entries_n = list->entries.n,
        .slots = (const uint32_t *)(const void *)(view->image + list->slots_at),
        .slots_n = list->slots_n,
    };
    return crl_slots_find(&table, serial);
}

/* The entry that says the certificate is revoked, or NULL. What the delta says goes before the base
 * (RFC 5280, 5.2.4); removeFromCRL says that it is not (5.3.1). */
static const unsigned char *revoking(const struct crl_image_view *view,
                                     const struct version *version, struct str serial)
{
    const unsigned char *entry =
        version->delta ? crl_judge_entry_of(view, version->delta, serial) : NULL;
    if (!entry) {
        entry = crl_judge_entry_of(view, version->base, serial);
    }
    return entry && entry[1 + entry[0]] != CRL_REASON_REMOVED ? entry : NULL;
}

/* With a delta, its dates are what counts (RFC 5280, 6.3.3 (c)). */
static time_t begins(const struct version *version)
{
    return version->delta ? version->delta->this_update : version->base->this_update;
}

/* The first second at which it has expired; 0: never. As OpenSSL's X509_cmp_time has it. */
static time_t ends(const struct version *version, time_t grace)
{
    int64_t next = version->delta ? version->delta->next_update : 0;
    next = next ? next : version->base->next_update;
    return next ? next + grace : 0;
}

static bool has_expired(const struct version *version, const struct crl_judging *judging)
{
    time_t end = ends(version, judging->grace);
    return end && judging->now >= end;
}

/* The next delta at or before `at` that says anything about the base. */
static const struct crl_list *applying(const struct crl_image_view *view,
                                       const struct crl_list *base, uint32_t at)
{
    const struct crl_list *delta = list_at(view, at);
    for (int i = 0; delta && i < FOLLOWING_MAX; i++) {
        if (crl_delta_applies(delta, base)) {
            return delta;
        }
        delta = list_at(view, delta->before);
    }
    return NULL;
}

/* The version that was in force until this one began. False: there is none. */
static bool step_back(const struct crl_image_view *view, struct version *version)
{
    if (version->delta) {
        version->delta = applying(view, version->base, version->delta->before);
        return true;
    }
    version->base = list_at(view, version->base->before);
    if (!version->base) {
        return false;
    }
    version->delta = applying(view, version->base, version->base->delta);
    return true;
}

/* --- which version counts now --- */

struct pick {
    struct version version;
    int code;
    time_t until; /* until then it is the one; 0: no end */
};

/*
 * The newest that has begun. Where none has, or that one has expired, the next to begin counts
 * CRL_SKEW_S earlier.
 */
static struct pick pick_version(const struct crl_judging *judging, struct version newest)
{
    const time_t now = judging->now;
    struct version at = newest, next = newest;
    struct pick pick = {newest, X509_V_OK, 0};
    bool begun = begins(&at) <= now;
    bool more = true;
    for (int i = 0; more && !begun && i < FOLLOWING_MAX * FOLLOWING_MAX; i++) {
        next = at;
        sooner(&pick.until, begins(&at) - 1);
        more = step_back(judging->view, &at);
        begun = more && begins(&at) <= now;
    }
    if (begun && !has_expired(&at, judging)) {
        pick.version = at;
        return pick;
    }
    bool waits = begins(&next) > now;
    if (waits && now >= begins(&next) - CRL_SKEW_S) {
        pick.version = next;
        pick.code = has_expired(&next, judging) ? X509_V_ERR_CRL_HAS_EXPIRED : X509_V_OK;
        return pick;
    }
    pick.version = begun ? at : next;
    pick.code = begun ? X509_V_ERR_CRL_HAS_EXPIRED : X509_V_ERR_CRL_NOT_YET_VALID;
    pick.code = has_expired(&pick.version, judging) ? X509_V_ERR_CRL_HAS_EXPIRED : pick.code;
    pick.until = waits ? begins(&next) - CRL_SKEW_S - 1 : 0;
    return pick;
}

/* What the newest version revokes is revoked at once, whether it has begun or not. */
static struct crl_finding judge_list(const struct crl_judging *judging, const struct crl_list *list)
{
    assert(!list->is_delta && !list->is_past); /* both are reached through others */
    const struct crl_question *question = judging->question;
    struct str serial = {(const char *)question->serial, question->serial_n};
    struct version newest = {list, applying(judging->view, list, list->delta)};
    struct pick pick = pick_version(judging, newest);
    const unsigned char *entry = revoking(judging->view, &newest, serial);
    if (!entry) {
        entry = revoking(judging->view, &pick.version, serial);
    }
    if (entry) {
        uint16_t day;
        memcpy(&day, entry + 2 + entry[0], sizeof(day));
        return (struct crl_finding){.code = X509_V_ERR_CERT_REVOKED,
                                    .reason = entry[1 + entry[0]],
                                    .revoked = (time_t)day * DAY};
    }
    struct crl_finding out = {.code = pick.code, .until = pick.until};
    time_t end = ends(&pick.version, judging->grace);
    if (pick.code == X509_V_OK && end) {
        sooner(&out.until, end - 1);
    }
    return out;
}

/* --- several CRLs --- */

static int crl_judge_id_cmp(const void *a, const void *b)
{
    return memcmp(a, b, DIST_ID_LEN);
}

unsigned crl_judge_reasons(const struct crl_image_view *view, const struct crl_list *list,
                           const struct crl_question *question)
{
    enum crl_scope own = question->is_ca ? CRL_AUTHORITIES_ONLY : CRL_USERS_ONLY;
    unsigned reasons = 0;
    if (list->scope != CRL_ALL && list->scope != own) {
        return 0;
    }
    if (!list->points.n) {
        return list->reasons;
    }
    for (size_t i = 0; i < question->points_n; i++) {
        if (bsearch(question->points[i].id, view->image + list->points.at,
                    (size_t)list->points.n / DIST_ID_LEN, DIST_ID_LEN, crl_judge_id_cmp)) {
            reasons |= question->points[i].reasons;
        }
    }
    return reasons & list->reasons;
}

static bool is_revoked(const struct crl_judging *judging)
{
    return judging->out.code == X509_V_ERR_CERT_REVOKED;
}

void crl_judge_add(struct crl_judging *judging, const struct crl_list *list, unsigned reasons,
                   enum crl_weight weight)
{
    if (is_revoked(judging) || !reasons) {
        return;
    }
    struct crl_finding found = judge_list(judging, list);
    int *failure = weight == CRL_DECIDES ? &judging->failure : &judging->missed;
    if (found.code == X509_V_ERR_CERT_REVOKED) {
        judging->out = found;
        return;
    }
    if (weight == CRL_HELPS && crl_judge_covered(judging)) {
        return;
    }
    if (found.code == X509_V_OK) {
        judging->covered |= reasons;
    } else if (*failure == X509_V_OK || found.code == X509_V_ERR_CRL_HAS_EXPIRED) {
        *failure = found.code;
    }
    if (found.until) {
        sooner(&judging->out.until, found.until);
    }
}

struct crl_finding crl_judge_end(struct crl_judging *judging)
{
    if (is_revoked(judging)) {
        return judging->out;
    }
    judging->out.code = judging->failure;
    if (judging->failure == X509_V_OK && !crl_judge_covered(judging)) {
        judging->out.code =
            judging->missed != X509_V_OK ? judging->missed : X509_V_ERR_UNABLE_TO_GET_CRL;
    }
    return judging->out;
}
