/* SPDX-License-Identifier: Apache-2.0 */
/* The set of authorities and lists, and the judgement of chains against it. */
#include "pki/trust.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>

#include "pki/asn1_time.h"
#include "pki/bundle.h"
#include "pki/memo.h"
#include "pki/trust_set.h"

/* What the callback saw last: as with nginx, later findings about a chain replace earlier ones. */
struct finding {
    int code;
    int depth;
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
    struct finding *last = X509_STORE_CTX_get_app_data(ctx);
    int code = X509_STORE_CTX_get_error(ctx);
    if (!ok && !covers_up(last->code, code)) {
        last->code = code;
        last->depth = X509_STORE_CTX_get_error_depth(ctx);
    }
    return 1;
}

static struct verdict bad(int code, int depth)
{
    return (struct verdict){VERDICT_BAD, code, depth};
}

static bool memo_key(const struct trust *trust, X509 *leaf, STACK_OF(X509) * chain,
                     unsigned char key[static MEMO_KEY_LEN])
{
    EVP_MD_CTX *md = EVP_MD_CTX_new();
    unsigned char one[EVP_MAX_MD_SIZE];
    unsigned n = 0;
    bool ok = md && EVP_DigestInit_ex2(md, trust->sha256, NULL) == 1 &&
              X509_digest(leaf, trust->sha256, one, &n) == 1 && EVP_DigestUpdate(md, one, n) == 1;
    for (int i = 0; ok && i < sk_X509_num(chain); i++) {
        ok = X509_digest(sk_X509_value(chain, i), trust->sha256, one, &n) == 1 &&
             EVP_DigestUpdate(md, one, n) == 1;
    }
    ok = ok && EVP_DigestFinal_ex(md, key, NULL) == 1;
    EVP_MD_CTX_free(md);
    return ok;
}

/* The next time after `now` at which a list starts or stops to be valid. */
static time_t lists_change(const struct trust *trust, time_t now, time_t until)
{
    for (size_t i = 0; i < trust->lists_n; i++) {
        const struct trust_list *list = &trust->lists[i];
        if (list->from > now && list->from - 1 < until) {
            until = list->from - 1;
        }
        if (list->until >= now && list->until < until) {
            until = list->until;
        }
    }
    return until;
}

static struct verdict good(time_t until)
{
    return (struct verdict){VERDICT_GOOD, X509_V_OK, 0, until};
}

/* The last second that the chain, just found good, is good for; not more than a day. 0: unknown. */
static time_t good_until(const struct trust *trust, X509_STORE_CTX *ctx, time_t now)
{
    enum { AT_MOST = 24 * 3600 };
    time_t until = lists_change(trust, now, now + AT_MOST);
    STACK_OF(X509) *chain = X509_STORE_CTX_get0_chain(ctx);
    for (int i = 0; i < sk_X509_num(chain); i++) {
        time_t end;
        if (!asn1_time_get(X509_get0_notAfter(sk_X509_value(chain, i)), &end)) {
            return 0;
        }
        until = end < until ? end : until;
    }
    /* OpenSSL compares to the second, and calls the last one expired. */
    return until - 1 > now ? until - 1 : now;
}

static bool prepare(const struct trust *trust, X509_STORE_CTX *ctx, X509 *leaf,
                    STACK_OF(X509) * chain, struct finding *last, time_t now)
{
    if (!ctx || X509_STORE_CTX_init(ctx, trust->store, leaf, chain) != 1 ||
        X509_STORE_CTX_set_default(ctx, trust->purpose == TRUST_CLIENTS ? "ssl_client"
                                                                        : "ssl_server") != 1 ||
        X509_STORE_CTX_set_app_data(ctx, last) != 1) {
        return false;
    }
    X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(ctx);
    X509_VERIFY_PARAM_set_depth(param, (int)trust->depth);
    X509_VERIFY_PARAM_set_auth_level(param, trust->security_level);
    X509_VERIFY_PARAM_set_time(param, now);
    X509_STORE_CTX_set_verify_cb(ctx, note_finding);
    return true;
}

static struct verdict verify_chain(const struct trust *trust, X509 *leaf, STACK_OF(X509) * chain,
                                   time_t now)
{
    unsigned char key[MEMO_KEY_LEN];
    ERR_set_mark();
    bool keyed = memo_key(trust, leaf, chain, key);
    time_t until = keyed ? memo_until(trust->memo, key, now) : 0;
    if (until) {
        ERR_pop_to_mark();
        return good(until);
    }
    struct finding last = {X509_V_OK, 0};
    X509_STORE_CTX *ctx = X509_STORE_CTX_new();
    struct verdict verdict = bad(X509_V_ERR_OUT_OF_MEM, 0);
    if (prepare(trust, ctx, leaf, chain, &last, now)) {
        int ok = X509_verify_cert(ctx);
        int code = last.code != X509_V_OK ? last.code : X509_STORE_CTX_get_error(ctx);
        if (ok == 1 && code == X509_V_OK) {
            verdict = good(good_until(trust, ctx, now));
            if (keyed && verdict.until) {
                memo_put(trust->memo, key, now, verdict.until);
            }
        } else {
            verdict = bad(code != X509_V_OK ? code : X509_V_ERR_UNSPECIFIED, last.depth);
        }
    }
    X509_STORE_CTX_free(ctx);
    ERR_pop_to_mark();
    return verdict;
}

/* RFC 6125, 6: DNS names (with the common name when there are none), or RFC 5280, 4.2.1.6:
 * iPAddress. */
static int host_code(X509 *leaf, const char *host)
{
    ASN1_OCTET_STRING *ip = a2i_IPADDRESS(host);
    if (ip) {
        int ok = X509_check_ip(leaf, ASN1_STRING_get0_data(ip), (size_t)ASN1_STRING_length(ip), 0);
        ASN1_OCTET_STRING_free(ip);
        return ok == 1 ? X509_V_OK : X509_V_ERR_IP_ADDRESS_MISMATCH;
    }
    return X509_check_host(leaf, host, 0, 0, NULL) == 1 ? X509_V_OK : X509_V_ERR_HOSTNAME_MISMATCH;
}

struct verdict trust_verify(const struct trust *trust, X509 *leaf, STACK_OF(X509) * chain,
                            const char *host, time_t now)
{
    if (!leaf) {
        return (struct verdict){VERDICT_NO_CERTIFICATE, X509_V_OK, 0};
    }
    struct verdict verdict = verify_chain(trust, leaf, chain, now);
    if (verdict.status == VERDICT_GOOD && host) {
        ERR_set_mark();
        int code = host_code(leaf, host);
        ERR_pop_to_mark();
        return code == X509_V_OK ? verdict : bad(code, 0);
    }
    return verdict;
}

void trust_share(const struct trust *trust, STACK_OF(X509) * chain)
{
    cert_pool_share(trust->pool, chain, 1);
}

const unsigned char *trust_digest(const struct trust *trust)
{
    return trust->digest;
}

const STACK_OF(X509) * trust_authorities(const struct trust *trust)
{
    return trust->authorities;
}
