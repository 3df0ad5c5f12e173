/* SPDX-License-Identifier: Apache-2.0 */
/* The packed form is the only one: a head, then a link for each certificate, leaf first. */
#include "pki/proof.h"

#include <openssl/x509v3.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/be64.h"
#include "base/must.h"
#include "pki/asn1_time.h"
#include "pki/cert.h"
#include "pki/serial.h"

enum {
    VERSION = 1,
    HEAD = 1 + 8 + 1,                /* version, end, how many links */
    LINK_FIXED = 1 + CRL_ID_LEN + 1, /* is it a CA, whose, length of the serial */
    LINKS_MAX = 255,
};

struct proof {
    atomic_size_t refs;
    size_t n;
    unsigned char packed[];
};

/* One certificate of the chain. */
struct link {
    bool is_ca;
    const unsigned char *issuer;
    struct str serial;
};

static struct proof *allocate(size_t n)
{
    struct proof *proof = must_have(malloc(sizeof(*proof) + n));
    atomic_init(&proof->refs, 1);
    proof->n = n;
    return proof;
}

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

/* The first moment at which one of them is over, as OpenSSL compares: its notAfter is too late. */
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

static bool put_link(unsigned char **at, X509 *cert, const X509 *issuer)
{
    unsigned char octets[SERIAL_MAX];
    struct str serial = serial_octets(cert, octets);
    unsigned char *out = *at;
    *out++ = cert_is_authority(cert);
    if (serial.n == 0 || !crl_issuer_id(issuer, out)) {
        return false;
    }
    out += CRL_ID_LEN;
    *out++ = (unsigned char)serial.n;
    memcpy(out, serial.p, serial.n);
    *at = out + serial.n;
    return true;
}

struct proof *proof_new(const STACK_OF(X509) * verified)
{
    int count = sk_X509_num(verified);
    size_t n = HEAD;
    time_t end = 0;
    if (count < 1 || count > LINKS_MAX || !chain_end(verified, &end)) {
        return NULL;
    }
    for (int i = 0; i < count; i++) {
        unsigned char octets[SERIAL_MAX];
        n += LINK_FIXED + serial_octets(sk_X509_value(verified, i), octets).n;
    }
    struct proof *proof = allocate(n);
    unsigned char *at = proof->packed;
    *at++ = VERSION;
    be64_put(at, (uint64_t)end);
    at += 8;
    *at++ = (unsigned char)count;
    for (int i = 0; i < count; i++) {
        if (!put_link(&at, sk_X509_value(verified, i),
                      sk_X509_value(verified, i + 1 < count ? i + 1 : i))) {
            free(proof);
            return NULL;
        }
    }
    return proof;
}

struct str proof_packed(const struct proof *proof)
{
    return (struct str){(const char *)proof->packed, proof->n};
}

/* --- unpacking --- */

static bool next_link(struct str *rest, struct link *link)
{
    const unsigned char *p = (const unsigned char *)rest->p;
    if (rest->n < LINK_FIXED || rest->n - LINK_FIXED < p[LINK_FIXED - 1]) {
        return false;
    }
    link->is_ca = p[0] != 0;
    link->issuer = p + 1;
    link->serial = (struct str){rest->p + LINK_FIXED, p[LINK_FIXED - 1]};
    *rest = str_skip(*rest, LINK_FIXED + link->serial.n);
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
    struct proof *proof = allocate(packed.n);
    memcpy(proof->packed, packed.p, packed.n);
    return proof;
}

/* --- judging --- */

static struct verdict bad(int code, int depth)
{
    return (struct verdict){VERDICT_BAD, code, depth, 0};
}

/* What was found last counts, but nothing covers up that one is revoked: as in a handshake. */
static struct verdict judge_links(const struct proof *proof, const struct crl_set *lists,
                                  time_t grace, time_t now, time_t until)
{
    struct verdict verdict = {VERDICT_GOOD, X509_V_OK, 0, until};
    struct str rest = str_skip(proof_packed(proof), HEAD);
    struct link link;
    for (int depth = 0; next_link(&rest, &link); depth++) {
        struct crl_finding found =
            crl_set_check(lists, link.issuer, link.serial, link.is_ca, grace, now);
        if (found.code == X509_V_ERR_CERT_REVOKED) {
            return bad(found.code, depth);
        }
        if (found.code != X509_V_OK) {
            verdict = bad(found.code, depth);
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
        return bad(X509_V_ERR_CERT_HAS_EXPIRED, 0);
    }
    return lists ? judge_links(proof, lists, grace, now, end - 1)
                 : (struct verdict){VERDICT_GOOD, X509_V_OK, 0, end - 1};
}
