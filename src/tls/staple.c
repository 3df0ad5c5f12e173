/* SPDX-License-Identifier: Apache-2.0 */
/* A certificate's current OCSP response. */
#include "tls/staple.h"

#include <assert.h>
#include <openssl/crypto.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/must.h"
#include "tls/limits.h"

struct staple {
    X509 *cert;
    X509 *issuer;
    char *name;
    char *responder; /* NULL: no responder is asked */
    pthread_mutex_t lock;
    unsigned char *response; /* NULL: none yet */
    size_t response_n;
    time_t this_update;
    time_t until; /* the last second at which it may be shown */
};

struct staple *staple_new(X509 *cert, X509 *issuer, const char *name)
{
    assert(cert && issuer && name);
    struct staple *staple = must_have(calloc(1, sizeof(*staple)));
    X509_up_ref(cert);
    X509_up_ref(issuer);
    staple->cert = cert;
    staple->issuer = issuer;
    staple->name = must_have(strdup(name));
    pthread_mutex_init(&staple->lock, NULL);
    return staple;
}

void staple_free(struct staple *staple)
{
    if (!staple) {
        return;
    }
    pthread_mutex_destroy(&staple->lock);
    free(staple->response);
    free(staple->responder);
    free(staple->name);
    X509_free(staple->issuer);
    X509_free(staple->cert);
    free(staple);
}

X509 *staple_cert(const struct staple *staple)
{
    return staple->cert;
}

X509 *staple_issuer(const struct staple *staple)
{
    return staple->issuer;
}

const char *staple_name(const struct staple *staple)
{
    return staple->name;
}

void staple_set_responder(struct staple *staple, struct str url)
{
    free(staple->responder);
    staple->responder = url.n ? must_have(strndup(url.p, url.n)) : NULL;
}

struct str staple_responder(const struct staple *staple)
{
    return str_of(staple->responder);
}

static bool staple_check(const struct ocsp_answer *answer, time_t now, struct error *err)
{
    if (answer->status == OCSP_UNKNOWN) {
        return error_set(err, "certificate status \"unknown\" in the OCSP response");
    }
    if (!ocsp_until(answer, now)) {
        return error_set(err, answer->next_update ? "the OCSP response has expired"
                                                  : "the OCSP response has no nextUpdate");
    }
    return true;
}

/* A replayed answer from before a revocation must not take the place of the one that tells of it.
 */
static bool swap_in(struct staple *staple, unsigned char *response, size_t n,
                    const struct ocsp_answer *answer, time_t now)
{
    assert(n > 0 && answer->next_update >= now && answer->status != OCSP_UNKNOWN);
    pthread_mutex_lock(&staple->lock);
    bool older = staple->until >= now && answer->this_update < staple->this_update;
    unsigned char *unused = older ? response : staple->response;
    if (!older) {
        staple->response = response;
        staple->response_n = n;
        staple->this_update = answer->this_update;
        staple->until = answer->next_update;
    }
    pthread_mutex_unlock(&staple->lock);
    free(unused);
    return !older;
}

bool staple_offer(struct staple *staple, struct str response, time_t now,
                  struct ocsp_answer *answer, struct error *err)
{
    if (!limits_check_staple(response.n, err) ||
        !ocsp_judge(response, staple->cert, staple->issuer, now, answer, err) ||
        !staple_check(answer, now, err)) {
        return false;
    }
    unsigned char *copy = must_have(malloc(response.n));
    memcpy(copy, response.p, response.n);
    return swap_in(staple, copy, response.n, answer, now) ||
           error_set(err, "the OCSP response is older than the one in use");
}

bool staple_copy(struct staple *staple, time_t now, unsigned char **out, size_t *n)
{
    *out = NULL;
    pthread_mutex_lock(&staple->lock);
    if (staple->response && now <= staple->until) {
        *out = OPENSSL_memdup(staple->response, staple->response_n);
        *n = staple->response_n;
    }
    pthread_mutex_unlock(&staple->lock);
    return *out != NULL;
}
