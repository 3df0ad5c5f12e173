/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The client's chain, certificate by certificate from the leaf: what is cached holds at once, else
 * the connection waits and the loop goes on. A client without a good response is rejected.
 */
#include "gate/ocsp_check.h"

#include <assert.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/container.h"
#include "base/must.h"
#include "gate/handshake.h"
#include "gate/identify.h"
#include "gate/in_flight.h"
#include "gate/ocsp_ask.h"
#include "gate/ocsp_inquiry.h"
#include "pki/ocsp_cache.h"

enum {
    VOUCHED_MIN_S = 1,       /* an answer serves the requests that came with it, even if it ends at
                                once */
    ANSWER_IN_FLIGHT_S = 10, /* so long an exchange goes on without one */
};

struct ocsp_check {
    struct connection *conn;
    time_t until;                 /* of the answers so far */
    const STACK_OF(X509) * chain; /* the connection's */
    int at;                       /* which of it is asked about */
    int n;                        /* how many are; the last of the chain never is */
    struct inquiry_waiter waiter;
};

static int code_of(const struct ocsp_answer *answer)
{
    static const int CODES[] = {
        [OCSP_GOOD] = X509_V_OK,
        [OCSP_REVOKED] = X509_V_ERR_CERT_REVOKED,
        [OCSP_UNKNOWN] = X509_V_ERR_OCSP_CERT_UNKNOWN,
    };
    return answer ? CODES[answer->status] : X509_V_ERR_OCSP_VERIFY_FAILED;
}

static void condemn(struct connection *conn, int code, int depth)
{
    assert(code != X509_V_OK);
    conn->transport.verdict = (struct verdict){VERDICT_BAD, code, depth, 0};
    conn->vouched_until = 0;
}

static bool ocsp_look_up(const struct ocsp_check *check, X509 *cert, X509 *issuer,
                         struct ocsp_answer *answer)
{
    unsigned char key[OCSP_KEY_LEN];
    struct ocsp_cache *cache = check->conn->server->ocsp_cache;
    return cache && ocsp_cache_key(cert, issuer, key) &&
           ocsp_cache_get(cache, key, clock_second(), answer);
}

/* Takes note of an answer. False: it is no good one, and the verdict says so. */
static bool heed(struct ocsp_check *check, const struct ocsp_answer *answer)
{
    int code = code_of(answer);
    if (!answer || code != X509_V_OK) {
        condemn(check->conn, code, check->at);
        return false;
    }
    time_t until = answer->next_update ? answer->next_update : answer->this_update + OCSP_SKEW_S;
    check->until = check->until && check->until < until ? check->until : until;
    check->at++;
    return true;
}

/* Goes on from check->at. True: waits. False: it is over, one way or the other. */
static bool go_on(struct ocsp_check *check)
{
    struct connection *conn = check->conn;
    assert(check->n < sk_X509_num(check->chain)); /* each has its issuer behind it */
    while (check->at < check->n) {
        X509 *cert = sk_X509_value(check->chain, check->at);
        X509 *issuer = sk_X509_value(check->chain, check->at + 1);
        struct ocsp_answer answer;
        if (!ocsp_look_up(check, cert, issuer, &answer)) {
            if (inquiry_join(conn->gate, conn->server, cert, issuer, &check->waiter)) {
                return true;
            }
            return heed(check, NULL);
        }
        if (!heed(check, &answer)) {
            return false;
        }
    }
    time_t least = clock_second() + VOUCHED_MIN_S;
    conn->vouched_until = check->n == 0 ? 0 : check->until > least ? check->until : least;
    return false;
}

void ocsp_check_end(struct connection *conn)
{
    if (conn->check) {
        inquiry_leave(&conn->check->waiter);
        free(conn->check);
        conn->check = NULL;
    }
}

/*
 * The client certificate is no longer valid: what is in flight ends with it, as HTTP/2 may have
 * streams beside the one that the question was for. False: there is nothing, or the client is good.
 */
static bool end_if_condemned(struct connection *conn)
{
    if (conn->transport.verdict.status == VERDICT_GOOD || !conn->streams) {
        return false;
    }
    identify(conn);
    in_flight_end(conn);
    return true;
}

static void ocsp_finish(struct connection *conn)
{
    ocsp_check_end(conn);
    if (!end_if_condemned(conn)) {
        handshake_over(conn);
        connection_resume(conn);
    }
}

void ocsp_check_expired(struct connection *conn)
{
    assert(conn->phase == CONNECTION_CHECK && conn->check);
    condemn(conn, code_of(NULL), conn->check->at);
    ocsp_finish(conn);
}

/* The connection did not wait, and may be between requests by now: the next finds the verdict. */
static void finish_in_flight(struct connection *conn)
{
    ocsp_check_end(conn);
    if (!end_if_condemned(conn)) {
        identify(conn);
    }
}

static void ocsp_on_answer(struct inquiry_waiter *waiter, const struct ocsp_answer *answer)
{
    struct ocsp_check *check = CONTAINER_OF(waiter, struct ocsp_check, waiter);
    struct connection *conn = check->conn;
    if (heed(check, answer) && go_on(check)) {
        return;
    }
    if (conn->phase == CONNECTION_CHECK) {
        ocsp_finish(conn);
    } else {
        finish_in_flight(conn);
    }
}

/* How many certificates of the chain: no responder is asked about the trusted one. */
static int how_many(enum ocsp_mode mode, const STACK_OF(X509) * chain)
{
    int issued = sk_X509_num(chain) - 1;
    return mode == OCSP_LEAF && issued > 1 ? 1 : issued;
}

/* True: answers are awaited. False: the verdict says what is known. */
static bool ocsp_start(struct connection *conn)
{
    const struct tls_server *tls = conn->transport.server;
    enum ocsp_mode mode = tls ? tls_server_ocsp_mode(tls) : OCSP_OFF;
    if (mode == OCSP_OFF || conn->transport.verdict.status != VERDICT_GOOD) {
        return false;
    }
    const STACK_OF(X509) *chain = transport_client_chain(&conn->transport);
    if (!chain) {
        condemn(conn, code_of(NULL), 0); /* no session has it: none is resumed here */
        return false;
    }
    assert(!conn->check);
    struct ocsp_check *check = must_have(calloc(1, sizeof(*check)));
    check->conn = conn;
    check->chain = chain;
    check->n = how_many(mode, chain);
    check->waiter.done = ocsp_on_answer;
    conn->check = check;
    if (go_on(check)) {
        return true;
    }
    ocsp_check_end(conn);
    return false;
}

bool ocsp_check_begin(struct connection *conn)
{
    if (!conn->check && !ocsp_start(conn)) {
        return false;
    }
    conn->phase = CONNECTION_CHECK;
    deadline_set(&conn->read_by, OCSP_TIMEOUT_MS);
    return true;
}

/* Whether they vouched for a client that is good otherwise, and do no longer. */
static bool is_over(const struct connection *conn, time_t now)
{
    return conn->vouched_until && now > conn->vouched_until &&
           conn->transport.verdict.status == VERDICT_GOOD;
}

bool ocsp_check_again(struct connection *conn)
{
    if (!is_over(conn, clock_second())) {
        return false;
    }
    if (ocsp_check_begin(conn) || end_if_condemned(conn)) {
        return true;
    }
    identify(conn);
    return false;
}

bool ocsp_check_in_flight(struct connection *conn)
{
    time_t now = clock_second();
    if (!is_over(conn, now)) {
        return true;
    }
    if (now > conn->vouched_until + ANSWER_IN_FLIGHT_S) {
        condemn(conn, code_of(NULL), conn->check ? conn->check->at : 0);
        ocsp_check_end(conn);
    } else if (conn->check || inquiries_full(conn->gate) || ocsp_start(conn)) {
        return true; /* there is time left */
    }
    if (conn->transport.verdict.status == VERDICT_GOOD) {
        return true;
    }
    identify(conn);
    return false;
}
