/* SPDX-License-Identifier: Apache-2.0 */
/* The set of CAs and CRLs, and the verification of chains against it. */
#include "pki/trust.h"

#include <assert.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509_vfy.h>
#include <stdlib.h>
#include <string.h>

#include "base/must.h"
#include "pki/cert.h"
#include "pki/cert_host.h"
#include "pki/crl_question.h"
#include "pki/library.h"
#include "pki/memo.h"
#include "pki/trust_set.h"

/* What the callback saw last: as with nginx, later findings about a chain replace earlier ones. */
struct finding {
    int code;
    int depth;
};

/* One verification under way: OpenSSL's app data. */
struct judging {
    struct finding last;
    const struct trust *trust;
    struct crl_set *lists; /* in force when it began; NULL: none asked for */
    time_t now;
    time_t until; /* how long the verdict of the CRLs holds */
};

/* optional_no_ca forgives that a CA is unknown: that must not cover up that one revoked the
 * certificate. */
static bool covers_up(int before, int code)
{
    struct verdict later = {VERDICT_BAD, code, 0};
    return before == X509_V_ERR_CERT_REVOKED && verdict_only_unknown_ca(&later);
}

static int note_finding(int ok, X509_STORE_CTX *ctx)
{
    struct judging *judging = X509_STORE_CTX_get_app_data(ctx);
    struct finding *last = &judging->last;
    int code = X509_STORE_CTX_get_error(ctx);
    if (!ok && !covers_up(last->code, code)) {
        last->code = code;
        last->depth = X509_STORE_CTX_get_error_depth(ctx);
    }
    return 1;
}

/* --- the lists --- */

/* Whether each from `first` on is signed by the next: OpenSSL looks at that later. */
static bool signed_upwards(STACK_OF(X509) * chain, int first)
{
    bool ok = true;
    for (int i = first; ok && i + 1 < sk_X509_num(chain); i++) {
        EVP_PKEY *key = X509_get0_pubkey(sk_X509_value(chain, i + 1));
        ok = key && X509_verify(sk_X509_value(chain, i), key) == 1;
    }
    return ok;
}

/*
 * About the certificate at `depth`. `trusted`: the chain ends with a CA and nothing was wrong with
 * it so far. Only then, and when the signatures hold, are the issuer's CRLs remembered as its own.
 * Otherwise a forged certificate with its name and key could decide which CRLs these are.
 */
static struct crl_finding trust_look_up(const struct judging *judging, STACK_OF(X509) * chain,
                                        int depth, bool trusted)
{
    assert(judging->lists);
    X509 *issuers[CRL_ISSUERS_MAX];
    struct crl_question question;
    time_t grace = judging->trust->grace;
    if (!crl_question_of(chain, depth, &question)) {
        return (struct crl_finding){.code = X509_V_ERR_UNSPECIFIED};
    }
    struct crl_finding found = crl_set_check(judging->lists, &question, grace, judging->now);
    if (found.code != X509_V_ERR_UNABLE_TO_GET_CRL) {
        return found;
    }
    int above = depth + 1 < sk_X509_num(chain) ? depth + 1 : depth;
    size_t n = crl_question_issuers(chain, depth, issuers);
    if (!trusted || !signed_upwards(chain, above)) {
        return crl_set_check_stranger(judging->lists, issuers, &question, grace, judging->now);
    }
    for (size_t i = 0; i < n; i++) {
        /* Of several keys, one that has no CRL today may sign the next one. */
        if (crl_set_adopt(judging->lists, issuers[i]) || n > 1) {
            crl_slot_met(judging->trust->lists, issuers[i]);
        }
    }
    return crl_set_check(judging->lists, &question, grace, judging->now);
}

/*
 * In OpenSSL's place of its own look-up, so that findings come in the order that nginx's users
 * know. The root is checked as well, by its own CRL (CRL_CHECK_ALL). A chain without a root is
 * rejected anyway: no CA could answer for its last certificate.
 */
static int check_revocation(X509_STORE_CTX *ctx)
{
    struct judging *judging = X509_STORE_CTX_get_app_data(ctx);
    if (!judging->lists) {
        return 1;
    }
    STACK_OF(X509) *chain = X509_STORE_CTX_get0_chain(ctx);
    bool trusted = judging->last.code == X509_V_OK;
    for (int i = 0; i < sk_X509_num(chain); i++) {
        struct crl_finding found = trust_look_up(judging, chain, i, trusted);
        if (found.code != X509_V_OK) {
            X509_STORE_CTX_set_error(ctx, found.code);
            X509_STORE_CTX_set_error_depth(ctx, i);
            X509_STORE_CTX_set_current_cert(ctx, sk_X509_value(chain, i));
            (void)note_finding(0, ctx);
        } else if (found.until && found.until < judging->until) {
            judging->until = found.until;
        }
    }
    return 1;
}

void trust_check_lists(X509_STORE *store)
{
    X509_STORE_set_check_revocation(store, check_revocation);
}

/* --- what a peer sent --- */

/* Its certificates, with the digests that they are remembered by. */
struct sent {
    X509 *leaf;
    STACK_OF(X509) * chain;                    /* may be NULL, and may begin with the leaf */
    size_t n;                                  /* the leaf and what else there is */
    unsigned char (*digests)[CERT_DIGEST_LEN]; /* n of them; NULL: OpenSSL failed */
};

static void sent_init(struct sent *sent, const struct trust *trust, X509 *leaf,
                      STACK_OF(X509) * chain)
{
    assert(leaf);
    int first = leaf == sk_X509_value(chain, 0) ? 1 : 0;
    int others = chain ? sk_X509_num(chain) - first : 0;
    *sent = (struct sent){.leaf = leaf, .chain = chain, .n = 1 + (size_t)others};
    sent->digests = must_have(calloc(sent->n, sizeof(*sent->digests)));
    bool ok = X509_digest(leaf, trust->sha256, sent->digests[0], NULL) == 1;
    for (int i = 0; ok && i < others; i++) {
        const X509 *cert = sk_X509_value(chain, first + i);
        ok = X509_digest(cert, trust->sha256, sent->digests[1 + i], NULL) == 1;
    }
    if (!ok) {
        free(sent->digests);
        sent->digests = NULL;
    }
}

static void sent_deinit(struct sent *sent)
{
    free(sent->digests);
}

/* By the bytes that the peer sent and the CRLs that they were verified with. */
static bool memo_key(const struct trust *trust, const struct crl_set *lists,
                     const struct sent *sent, unsigned char key[static MEMO_KEY_LEN])
{
    EVP_MD_CTX *md = EVP_MD_CTX_new();
    bool ok = md && sent->digests && EVP_DigestInit_ex2(md, trust->sha256, NULL) == 1 &&
              (!lists || EVP_DigestUpdate(md, crl_set_digest(lists), CRL_ID_LEN) == 1) &&
              EVP_DigestUpdate(md, sent->digests, sent->n * sizeof(*sent->digests)) == 1 &&
              EVP_DigestFinal_ex(md, key, NULL) == 1;
    EVP_MD_CTX_free(md);
    return ok;
}

/* --- one chain --- */

static struct verdict trust_bad(int code, int depth)
{
    return (struct verdict){VERDICT_BAD, code, depth, 0};
}

static struct verdict good(time_t until)
{
    return (struct verdict){VERDICT_GOOD, X509_V_OK, 0, until};
}

static bool trust_prepare(const struct trust *trust, X509_STORE_CTX *ctx, const struct sent *sent,
                          struct judging *judging)
{
    if (!ctx || X509_STORE_CTX_init(ctx, trust->store, sent->leaf, sent->chain) != 1 ||
        X509_STORE_CTX_set_default(ctx, trust->purpose == TRUST_CLIENTS ? "ssl_client"
                                                                        : "ssl_server") != 1 ||
        X509_STORE_CTX_set_app_data(ctx, judging) != 1) {
        return false;
    }
    X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(ctx);
    X509_VERIFY_PARAM_set_depth(param, (int)trust->depth);
    X509_VERIFY_PARAM_set_auth_level(param, trust->security_level);
    X509_VERIFY_PARAM_set_time(param, judging->now);
    X509_STORE_CTX_set_verify_cb(ctx, note_finding);
    return true;
}

/* A chain without a proof is not good: it could not be verified again. */
static struct verdict conclude(struct judging *judging, X509_STORE_CTX *ctx, struct proof **proof)
{
    int ok = X509_verify_cert(ctx);
    const struct finding *last = &judging->last;
    int code = last->code != X509_V_OK ? last->code : X509_STORE_CTX_get_error(ctx);
    if (ok != 1 || code != X509_V_OK) {
        return trust_bad(code != X509_V_OK ? code : X509_V_ERR_UNSPECIFIED, last->depth);
    }
    *proof = proof_new(X509_STORE_CTX_get0_chain(ctx));
    if (!*proof) {
        return trust_bad(X509_V_ERR_UNSPECIFIED, 0);
    }
    struct verdict end = proof_judge(*proof, NULL, 0, judging->now);
    time_t until = end.status == VERDICT_GOOD ? (time_t)end.until : judging->now;
    return good(until < judging->until ? until : judging->until);
}

static struct verdict trust_build(struct judging *judging, const struct sent *sent,
                                  struct proof **proof, STACK_OF(X509) * *verified)
{
    struct verdict verdict = trust_bad(X509_V_ERR_OUT_OF_MEM, 0);
    X509_STORE_CTX *ctx = X509_STORE_CTX_new();
    if (trust_prepare(judging->trust, ctx, sent, judging)) {
        verdict = conclude(judging, ctx, proof);
    }
    if (verified && verdict.status == VERDICT_GOOD) {
        *verified = X509_STORE_CTX_get1_chain(ctx);
    }
    X509_STORE_CTX_free(ctx);
    return verdict;
}

/* *proof: NULL, or the caller's. Of what is remembered there is no chain. */
static struct verdict verify(const struct trust *trust, const struct sent *sent, time_t now,
                             struct proof **proof, STACK_OF(X509) * *verified)
{
    enum { AT_MOST = 24 * 3600 };
    struct judging judging = {.trust = trust, .now = now, .until = now + AT_MOST};
    unsigned char key[MEMO_KEY_LEN];
    time_t until = 0;
    *proof = NULL;
    judging.lists = trust->lists ? crl_slot_ref(trust->lists) : NULL;
    if (trust->lists && !judging.lists) {
        return trust_bad(X509_V_ERR_UNABLE_TO_GET_CRL, 0);
    }
    bool keyed = !verified && memo_key(trust, judging.lists, sent, key);
    *proof = keyed ? memo_find(trust->memo, key, now, &until) : NULL;
    struct verdict verdict = good(until);
    if (!*proof) {
        verdict = trust_build(&judging, sent, proof, verified);
        if (keyed && verdict.status == VERDICT_GOOD) {
            memo_put(trust->memo, key, now, (time_t)verdict.until, *proof);
        }
    }
    assert(verdict.status != VERDICT_GOOD || *proof); /* a good verdict comes with its proof */
    crl_set_unref(judging.lists);
    return verdict;
}

/* Hands the proof out, if it is wanted and there is reason to. */
static void give_proof(struct proof *found, const struct verdict *verdict, struct proof **proof)
{
    bool wanted = proof && verdict->status == VERDICT_GOOD;
    if (proof) {
        *proof = wanted ? found : NULL;
    }
    if (!wanted) {
        proof_unref(found);
    }
}

struct verdict trust_verify(const struct trust *trust, X509 *leaf, STACK_OF(X509) * chain,
                            const char *host, time_t now, struct proof **proof)
{
    struct proof *found = NULL;
    struct verdict verdict = {VERDICT_NO_CERTIFICATE, X509_V_OK, 0, 0};
    if (leaf) {
        struct sent sent;
        ERR_set_mark();
        sent_init(&sent, trust, leaf, chain);
        verdict = verify(trust, &sent, now, &found, NULL);
        if (verdict.status == VERDICT_GOOD && host) {
            int code = cert_host_code(leaf, host);
            verdict = code == X509_V_OK ? verdict : trust_bad(code, 0);
        }
        sent_deinit(&sent);
        ERR_pop_to_mark();
    }
    give_proof(found, &verdict, proof);
    return verdict;
}

/* --- clients --- */

static struct cert_pool *pool_of(const struct trust *trust, int i)
{
    return i == 0 ? trust->leaves : trust->pool;
}

/* Its equal with its key, the caller's; NULL: there is none. */
static X509 *trust_decode(const X509 *cert)
{
    unsigned char *der = NULL;
    int n = i2d_X509(cert, &der);
    const unsigned char *p = der;
    X509 *decoded = n > 0 ? X509_new_ex(library_certificates(), NULL) : NULL;
    if (decoded && !d2i_X509(&decoded, &p, n)) {
        decoded = NULL; /* d2i has freed it */
    }
    OPENSSL_free(der);
    return decoded;
}

/* Lets equal ones take their places. Whether good chains had all of them. */
static bool trust_replace(const struct trust *trust, struct sent *sent)
{
    bool all_known = sent->digests != NULL;
    for (int i = 0; i < sk_X509_num(sent->chain); i++) {
        X509 *cert = sk_X509_value(sent->chain, i);
        X509 *equal = sent->digests ? cert_pool_find(pool_of(trust, i), sent->digests[i]) : NULL;
        all_known = all_known && equal;
        if (!equal && !X509_get0_pubkey(cert)) {
            equal = trust_decode(cert);
        }
        if (equal) {
            (void)sk_X509_set(sent->chain, i, equal);
            X509_free(cert);
        }
    }
    sent->leaf = sk_X509_value(sent->chain, 0);
    return all_known;
}

/* For chains to come. */
static void trust_share(const struct trust *trust, const struct sent *sent)
{
    for (int i = 0; sent->digests && i < sk_X509_num(sent->chain); i++) {
        cert_pool_put(pool_of(trust, i), sent->digests[i], sk_X509_value(sent->chain, i));
    }
}

struct verdict trust_verify_client(const struct trust *trust, STACK_OF(X509) * chain, time_t now,
                                   struct proof **proof, STACK_OF(X509) * *verified)
{
    assert(sk_X509_num(chain) > 0);
    struct sent sent;
    struct proof *found = NULL;
    ERR_set_mark();
    sent_init(&sent, trust, sk_X509_value(chain, 0), chain);
    bool known = trust_replace(trust, &sent);
    if (verified) {
        *verified = NULL;
    }
    struct verdict verdict = verify(trust, &sent, now, &found, verified);
    if (verdict.status == VERDICT_GOOD && !known) {
        trust_share(trust, &sent);
    }
    sent_deinit(&sent);
    ERR_pop_to_mark();
    give_proof(found, &verdict, proof);
    return verdict;
}

/* --- again --- */

struct verdict trust_judge_again(const struct trust *trust, const struct proof *proof, time_t now)
{
    assert(proof);
    if (!trust->lists) {
        return proof_judge(proof, NULL, 0, now);
    }
    struct crl_set *lists = crl_slot_ref(trust->lists);
    struct verdict verdict = lists ? proof_judge(proof, lists, trust->grace, now)
                                   : trust_bad(X509_V_ERR_UNABLE_TO_GET_CRL, 0);
    crl_set_unref(lists);
    return verdict;
}

uint64_t trust_lists_serial(const struct trust *trust)
{
    return trust->lists ? crl_slot_serial(trust->lists) : 0;
}

void trust_lists_digest(const struct trust *trust, unsigned char out[static CRL_ID_LEN])
{
    struct crl_set *lists = trust->lists ? crl_slot_ref(trust->lists) : NULL;
    memset(out, 0, CRL_ID_LEN);
    if (lists) {
        memcpy(out, crl_set_digest(lists), CRL_ID_LEN);
    }
    crl_set_unref(lists);
}

const STACK_OF(X509) * trust_authorities(const struct trust *trust)
{
    return trust->authorities;
}

unsigned trust_depth(const struct trust *trust)
{
    return trust->depth;
}

time_t trust_grace(const struct trust *trust)
{
    return trust->grace;
}

struct crl_set *trust_crls(const struct trust *trust)
{
    return trust->lists ? crl_slot_ref(trust->lists) : NULL;
}

const unsigned char *trust_digest(const struct trust *trust)
{
    return trust->digest;
}
