/* SPDX-License-Identifier: Apache-2.0 */
/* Asking OCSP responders about clients. */
#include "gate/ocsp_inquiry.h"

#include <assert.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/must.h"
#include "gate/ocsp_ask.h"
#include "pki/cert.h"
#include "pki/ocsp_cache.h"

/* Only certificates that chain to a trusted CA are asked about: more at once are no clients. */
enum { INQUIRIES_MAX = 1024 };

struct inquiry {
    struct inquiries *inquiries;
    struct inquiry *next;
    const struct server *server;
    unsigned char key[OCSP_KEY_LEN];
    X509 *cert;
    X509 *issuer;
    struct arena arena;
    struct str host; /* of the responder, for the log */
    struct fetch *fetch;
    struct inquiry_waiter *waiters;
};

struct inquiries {
    struct gate *gate;
    struct inquiry *first;
    size_t n;
};

static void ocsp_inquiry_log_failure(const struct inquiry *inquiry, const char *text)
{
    struct arena arena;
    arena_init(&arena, 0);
    struct str subject = cert_subject(inquiry->cert, &arena);
    struct str serial = cert_serial(inquiry->cert, &arena);
    log_write(inquiry->server->root.log, LEVEL_ERROR, 0,
              "%s while requesting certificate status, responder: %.*s, certificate: \"%.*s\", "
              "serial: %.*s",
              text, STR_ARG(inquiry->host), STR_ARG(subject), STR_ARG(serial));
    arena_deinit(&arena);
}

static void unlink_waiter(struct inquiry_waiter *waiter)
{
    assert(*waiter->at == waiter);
    *waiter->at = waiter->next;
    if (waiter->next) {
        waiter->next->at = waiter->at;
    }
    waiter->next = NULL;
    waiter->at = NULL;
}

void inquiry_leave(struct inquiry_waiter *waiter)
{
    if (waiter->at) {
        unlink_waiter(waiter);
    }
}

static void ocsp_inquiry_wait_for(struct inquiry *inquiry, struct inquiry_waiter *waiter)
{
    assert(!waiter->at && waiter->done); /* it waits for one thing at a time */
    waiter->next = inquiry->waiters;
    waiter->at = &inquiry->waiters;
    if (waiter->next) {
        waiter->next->at = &waiter->next;
    }
    inquiry->waiters = waiter;
}

static void inquiry_free(struct inquiry *inquiry)
{
    fetch_free(inquiry->fetch);
    X509_free(inquiry->issuer);
    X509_free(inquiry->cert);
    arena_deinit(&inquiry->arena);
    free(inquiry);
}

static void remove_inquiry(struct inquiry *inquiry)
{
    struct inquiry **at = &inquiry->inquiries->first;
    while (*at != inquiry) {
        at = &(*at)->next;
    }
    *at = inquiry->next;
    assert(inquiry->inquiries->n > 0);
    inquiry->inquiries->n--;
}

/* Those who are told may leave, take others along, and ask anew: about a list that only shrinks. */
static void ocsp_inquiry_tell_all(struct inquiry *inquiry, const struct ocsp_answer *answer)
{
    remove_inquiry(inquiry);
    while (inquiry->waiters) {
        struct inquiry_waiter *waiter = inquiry->waiters;
        unlink_waiter(waiter);
        waiter->done(waiter, answer);
    }
    inquiry_free(inquiry);
}

static void ocsp_inquiry_on_response(void *arg, struct str response, const char *error)
{
    struct inquiry *inquiry = arg;
    struct ocsp_answer answer;
    struct error err;
    time_t now = clock_second();
    if (error) {
        ocsp_inquiry_log_failure(inquiry, error);
        ocsp_inquiry_tell_all(inquiry, NULL);
    } else if (!ocsp_judge(response, inquiry->cert, inquiry->issuer, now, &answer, &err)) {
        ocsp_inquiry_log_failure(inquiry, err.text);
        ocsp_inquiry_tell_all(inquiry, NULL);
    } else {
        if (inquiry->server->ocsp_cache) {
            ocsp_cache_put(inquiry->server->ocsp_cache, inquiry->key, now, &answer);
        }
        ocsp_inquiry_tell_all(inquiry, &answer);
    }
}

static bool ocsp_inquiry_ask(struct inquiry *inquiry, struct error *err)
{
    const struct ocsp_responder *responder = inquiry->server->ocsp_responder;
    struct ocsp_responder own = {0};
    struct str url;
    if (!responder) {
        if (!ocsp_responder(inquiry->cert, &inquiry->arena, &url, err) ||
            !fetch_url_parse(url, &inquiry->arena, &own.url, err)) {
            return false;
        }
        responder = &own;
    }
    inquiry->host = responder->url.host;
    inquiry->fetch = ocsp_ask(inquiry->inquiries->gate, inquiry->server, inquiry->cert,
                              inquiry->issuer, responder, ocsp_inquiry_on_response, inquiry, err);
    return inquiry->fetch != NULL;
}

static struct inquiry *ocsp_inquiry_find(const struct inquiries *inquiries,
                                         const struct server *server, const unsigned char *key)
{
    struct inquiry *inquiry = inquiries->first;
    while (inquiry && (inquiry->server != server || memcmp(inquiry->key, key, OCSP_KEY_LEN) != 0)) {
        inquiry = inquiry->next;
    }
    return inquiry;
}

static struct inquiry *inquiry_new(struct inquiries *inquiries, const struct server *server,
                                   X509 *cert, X509 *issuer)
{
    struct inquiry *inquiry = must_have(calloc(1, sizeof(*inquiry)));
    X509_up_ref(cert);
    X509_up_ref(issuer);
    inquiry->inquiries = inquiries;
    inquiry->server = server;
    inquiry->cert = cert;
    inquiry->issuer = issuer;
    arena_init(&inquiry->arena, 0);
    return inquiry;
}

static struct inquiry *ocsp_inquiry_begin(struct inquiries *inquiries, const struct server *server,
                                          X509 *cert, X509 *issuer, const unsigned char *key)
{
    struct error err;
    struct inquiry *inquiry = inquiry_new(inquiries, server, cert, issuer);
    memcpy(inquiry->key, key, OCSP_KEY_LEN);
    bool ok = inquiries->n < INQUIRIES_MAX ? ocsp_inquiry_ask(inquiry, &err)
                                           : error_set(&err, "too many OCSP requests are waiting");
    if (!ok) {
        ocsp_inquiry_log_failure(inquiry, err.text);
        inquiry_free(inquiry);
        return NULL;
    }
    inquiry->next = inquiries->first;
    inquiries->first = inquiry;
    inquiries->n++;
    return inquiry;
}

static struct inquiries *inquiries_of(struct gate *gate)
{
    if (!gate->inquiries) {
        gate->inquiries = must_have(calloc(1, sizeof(*gate->inquiries)));
        gate->inquiries->gate = gate;
    }
    return gate->inquiries;
}

bool inquiries_full(const struct gate *gate)
{
    return gate->inquiries && gate->inquiries->n >= INQUIRIES_MAX;
}

bool inquiry_join(struct gate *gate, const struct server *server, X509 *cert, X509 *issuer,
                  struct inquiry_waiter *waiter)
{
    struct inquiries *inquiries = inquiries_of(gate);
    unsigned char key[OCSP_KEY_LEN];
    if (!ocsp_cache_key(cert, issuer, key)) {
        return false;
    }
    struct inquiry *inquiry = ocsp_inquiry_find(inquiries, server, key);
    if (!inquiry) {
        inquiry = ocsp_inquiry_begin(inquiries, server, cert, issuer, key);
    }
    if (!inquiry) {
        return false;
    }
    ocsp_inquiry_wait_for(inquiry, waiter);
    return true;
}

void inquiries_free(struct inquiries *inquiries)
{
    while (inquiries && inquiries->first) {
        struct inquiry *inquiry = inquiries->first;
        inquiries->first = inquiry->next;
        inquiry_free(inquiry);
    }
    free(inquiries);
}
