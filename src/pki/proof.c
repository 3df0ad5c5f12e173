/* SPDX-License-Identifier: Apache-2.0 */
/* The packed form is the only one: a head, then a link for each certificate, leaf first. */
#include "pki/proof.h"

#include <assert.h>
#include <openssl/x509v3.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/be64.h"
#include "base/buf.h"
#include "base/must.h"
#include "pki/asn1_time.h"
#include "pki/crl_question.h"

enum {
    VERSION = 2,
    HEAD = 1 + 8 + 1, /* version, end, how many links */
    LINK_FIXED =
        1 + CRL_ID_LEN + 1 + 1, /* what it is, whose, how many points, length of the serial */
    POINT = DIST_ID_LEN + 2,    /* id, reasons */
    LINKS_MAX = 255,
};

/* What a certificate is. */
enum {
    IS_CA = 1,
    IS_ANCHOR = 2,
    HAS_ISSUERS_NAME = 4, /* and is not the last: its key and its issuer's are of one CA */
    ALL_FLAGS = 7,
};

struct proof {
    atomic_size_t refs;
    size_t n;
    unsigned char packed[];
};

/* One certificate of the chain. */
struct link {
    unsigned char flags;
    const unsigned char *issuer;
    struct str points; /* POINT bytes each */
    struct str serial;
};

struct proof *proof_ref(struct proof *proof)
{
    atomic_fetch_add_explicit(&proof->refs, 1, memory_order_relaxed);
    return proof;
}

void proof_unref(struct proof *proof)
{
    if (proof && atomic_fetch_sub_explicit(&proof->refs, 1, memory_order_acq_rel) == 1) {
        free(proof);
    }
}

/* --- packing --- */

/* When the first of them expires. As OpenSSL compares: at its notAfter it has expired. */
static bool chain_end(const STACK_OF(X509) * chain, time_t *end)
{
    for (int i = 0; i < sk_X509_num(chain); i++) {
        time_t not_after;
        if (!asn1_time_get(X509_get0_notAfter(sk_X509_value(chain, i)), &not_after)) {
            return false;
        }
        *end = i == 0 || not_after < *end ? not_after : *end;
    }
    return true;
}

static void put_link(struct buf *out, const struct crl_question *question, bool has_issuers_name)
{
    assert(question->issuers_n > 0 && question->points_n <= DIST_POINTS_MAX);
    assert(question->serial_n > 0 && question->serial_n <= UINT8_MAX); /* one octet says it */
    buf_byte(out, (char)((question->is_ca ? IS_CA : 0) | (question->is_anchor ? IS_ANCHOR : 0) |
                         (has_issuers_name ? HAS_ISSUERS_NAME : 0)));
    buf_append(out, (struct str){(const char *)question->issuers[0], CRL_ID_LEN});
    buf_byte(out, (char)question->points_n);
    buf_byte(out, (char)question->serial_n);
    for (size_t i = 0; i < question->points_n; i++) {
        const struct dist_point *point = &question->points[i];
        buf_append(out, (struct str){(const char *)point->id, DIST_ID_LEN});
        buf_byte(out, (char)(point->reasons >> 8));
        buf_byte(out, (char)(point->reasons & 0xff));
    }
    buf_append(out, (struct str){(const char *)question->serial, question->serial_n});
}

static bool put_chain(struct buf *out, const STACK_OF(X509) * chain)
{
    bool ok = true;
    for (int i = 0; ok && i < sk_X509_num(chain); i++) {
        struct crl_question question;
        ok = crl_question_of(chain, i, &question);
        if (ok) {
            put_link(out, &question, crl_question_self_issued(chain, i));
        }
    }
    return ok;
}

static struct proof *proof_of(struct str packed)
{
    assert(packed.n >= HEAD + LINK_FIXED);
    struct proof *proof = must_have(malloc(sizeof(*proof) + packed.n));
    atomic_init(&proof->refs, 1);
    proof->n = packed.n;
    memcpy(proof->packed, packed.p, packed.n);
    return proof;
}

struct proof *proof_new(const STACK_OF(X509) * verified)
{
    int count = sk_X509_num(verified);
    time_t end = 0;
    if (count < 1 || count > LINKS_MAX || !chain_end(verified, &end)) {
        return NULL;
    }
    unsigned char head[HEAD] = {VERSION};
    be64_put(head + 1, (uint64_t)end);
    head[HEAD - 1] = (unsigned char)count;
    struct buf bytes = {0};
    buf_append(&bytes, (struct str){(const char *)head, HEAD});
    struct proof *proof = put_chain(&bytes, verified) ? proof_of(buf_view(&bytes)) : NULL;
    buf_deinit(&bytes);
    return proof;
}

bool proof_has_intermediates(const struct proof *proof)
{
    return proof->packed[HEAD - 1] > 2;
}

struct str proof_packed(const struct proof *proof)
{
    return (struct str){(const char *)proof->packed, proof->n};
}

/* --- unpacking --- */

static bool next_link(struct str *rest, struct link *link)
{
    const unsigned char *p = (const unsigned char *)rest->p;
    if (rest->n < LINK_FIXED) {
        return false;
    }
    size_t points_n = p[LINK_FIXED - 2], serial_n = p[LINK_FIXED - 1];
    if (p[0] & ~ALL_FLAGS || points_n > DIST_POINTS_MAX || !serial_n ||
        rest->n - LINK_FIXED < points_n * POINT + serial_n) {
        return false;
    }
    link->flags = p[0];
    link->issuer = p + 1;
    link->points = (struct str){rest->p + LINK_FIXED, points_n * POINT};
    link->serial = (struct str){link->points.p + link->points.n, serial_n};
    *rest = str_skip(*rest, LINK_FIXED + link->points.n + serial_n);
    return true;
}

struct proof *proof_unpack(struct str packed)
{
    const unsigned char *p = (const unsigned char *)packed.p;
    if (packed.n < HEAD || p[0] != VERSION || p[HEAD - 1] == 0) {
        return NULL;
    }
    struct str rest = str_skip(packed, HEAD);
    struct link ignored;
    for (unsigned i = 0; i < p[HEAD - 1]; i++) {
        if (!next_link(&rest, &ignored)) {
            return NULL;
        }
    }
    if (rest.n) {
        return NULL;
    }
    return proof_of(packed);
}

/* --- judging --- */

static struct verdict proof_bad(int code, int depth)
{
    return (struct verdict){VERDICT_BAD, code, depth, 0};
}

/* What was asked about the certificate of this link; `above` are those behind it. */
static void question_of(const struct link *link, struct str above, struct crl_question *out)
{
    struct link next;
    const unsigned char *p = (const unsigned char *)link->points.p;
    out->is_ca = link->flags & IS_CA;
    out->is_anchor = link->flags & IS_ANCHOR;
    out->issuers_n = 1;
    memcpy(out->issuers[0], link->issuer, CRL_ID_LEN);
    while (out->issuers_n < CRL_ISSUERS_MAX && next_link(&above, &next) &&
           next.flags & HAS_ISSUERS_NAME) {
        memcpy(out->issuers[out->issuers_n++], next.issuer, CRL_ID_LEN);
    }
    out->points_n = link->points.n / POINT;
    for (size_t i = 0; i < out->points_n; i++, p += POINT) {
        memcpy(out->points[i].id, p, DIST_ID_LEN);
        out->points[i].reasons = (uint16_t)(p[DIST_ID_LEN] << 8 | p[DIST_ID_LEN + 1]);
    }
    assert(link->serial.n <= sizeof(out->serial));
    out->serial_n = link->serial.n;
    memcpy(out->serial, link->serial.p, link->serial.n);
}

/* What was found last counts, but nothing covers up that one is revoked: as in a handshake. */
static struct verdict judge_links(const struct proof *proof, const struct crl_set *lists,
                                  time_t grace, time_t now, time_t until)
{
    struct verdict verdict = {VERDICT_GOOD, X509_V_OK, 0, until};
    struct str rest = str_skip(proof_packed(proof), HEAD);
    struct link link;
    for (int depth = 0; next_link(&rest, &link); depth++) {
        struct crl_question question;
        question_of(&link, rest, &question);
        struct crl_finding found = crl_set_check(lists, &question, grace, now);
        if (found.code == X509_V_ERR_CERT_REVOKED) {
            return proof_bad(found.code, depth);
        }
        if (found.code != X509_V_OK) {
            verdict = proof_bad(found.code, depth);
        } else if (verdict.status == VERDICT_GOOD && found.until && found.until < verdict.until) {
            verdict.until = found.until;
        }
    }
    return verdict;
}

struct verdict proof_judge(const struct proof *proof, const struct crl_set *lists, time_t grace,
                           time_t now)
{
    time_t end = (time_t)(int64_t)be64_get(proof->packed + 1);
    if (now >= end) {
        return proof_bad(X509_V_ERR_CERT_HAS_EXPIRED, 0);
    }
    return lists ? judge_links(proof, lists, grace, now, end - 1)
                 : (struct verdict){VERDICT_GOOD, X509_V_OK, 0, end - 1};
}
