/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Staples: fetched at start, renewed after half of what is left of their life. A failure is tried
 * again after a pause, while the old response serves on as long as it holds.
 */
#include "gate/stapling.h"

#include <assert.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/container.h"
#include "base/must.h"
#include "gate/ocsp_ask.h"
#include "pki/ocsp.h"
#include "tls/staple.h"

enum {
    AFTER_FAILURE_S = 300, /* as nginx */
    RENEW_MIN_S = 1,
    RENEW_MAX_S = 24 * 3600,
    APART_MS = 20, /* many certificates are not asked about all at once */
};

struct run {
    struct stapling *stapling;
    const struct staple_job *job;
    struct deadline due;
    struct fetch *fetch; /* NULL: none is under way */
};

struct stapling {
    struct gate *gate;
    struct run *runs;
    size_t n;
};

static void wait_s(struct run *run, time_t seconds)
{
    deadline_set(&run->due, (uint64_t)seconds * 1000);
}

static void stapling_log_failure(const struct run *run, const char *text)
{
    const struct staple_job *job = run->job;
    log_write(job->server->root.log, LEVEL_ERROR, 0,
              "%s while requesting certificate status, responder: %.*s, certificate: \"%s\"", text,
              STR_ARG(job->responder.url.host), staple_name(job->staple));
}

static void stapling_failed(struct run *run, const char *text)
{
    stapling_log_failure(run, text);
    wait_s(run, AFTER_FAILURE_S);
}

static void accepted(struct run *run, const struct ocsp_answer *answer, time_t now)
{
    time_t half = (answer->next_update - now) / 2;
    wait_s(run, half < RENEW_MIN_S ? RENEW_MIN_S : half > RENEW_MAX_S ? RENEW_MAX_S : half);
    if (answer->status == OCSP_REVOKED) {
        char text[128];
        snprintf(text, sizeof(text), "certificate status \"revoked\" (%s) in the OCSP response",
                 ocsp_reason_text(answer->reason));
        stapling_log_failure(run, text);
    }
}

/* Other server blocks may show the same certificate: one answer does for all. */
static void stapling_share(struct run *from, struct str response, time_t now)
{
    struct stapling *stapling = from->stapling;
    for (size_t i = 0; i < stapling->n; i++) {
        struct run *run = &stapling->runs[i];
        struct ocsp_answer answer;
        struct error err;
        if (run == from || run->fetch ||
            X509_cmp(staple_cert(run->job->staple), staple_cert(from->job->staple)) != 0) {
            continue;
        }
        if (staple_offer(run->job->staple, response, now, &answer, &err)) {
            accepted(run, &answer, now);
        }
    }
}

/* What comes after this process shall not begin without. */
static void stapling_keep(const struct run *run, struct str response)
{
    struct gate_shared *shared = run->stapling->gate->shared;
    if (shared->keep_staple) {
        shared->keep_staple(shared, run->job->staple, response);
    }
}

static void stapling_on_response(void *arg, struct str response, const char *error)
{
    struct run *run = arg;
    struct ocsp_answer answer;
    struct error err;
    time_t now = clock_second();
    if (error) {
        stapling_failed(run, error);
    } else if (!staple_offer(run->job->staple, response, now, &answer, &err)) {
        stapling_failed(run, err.text);
    } else {
        accepted(run, &answer, now);
        stapling_share(run, response, now);
        stapling_keep(run, response);
    }
    fetch_free(run->fetch);
    run->fetch = NULL;
}

static void on_due(struct deadline *deadline)
{
    struct run *run = CONTAINER_OF(deadline, struct run, due);
    const struct staple_job *job = run->job;
    struct error err;
    assert(!run->fetch); /* the next is due after its end */
    run->fetch =
        ocsp_ask(run->stapling->gate, job->server, staple_cert(job->staple),
                 staple_issuer(job->staple), &job->responder, stapling_on_response, run, &err);
    if (!run->fetch) {
        stapling_failed(run, err.text);
    }
}

struct stapling *stapling_start(struct gate *gate)
{
    const struct live_state *live = gate->shared->live;
    if (!live || live->staples_n == 0 || atomic_exchange(&gate->shared->stapling, true)) {
        return NULL;
    }
    struct stapling *stapling = must_have(calloc(1, sizeof(*stapling)));
    struct run *runs = must_have(calloc(live->staples_n, sizeof(*runs)));
    *stapling = (struct stapling){gate, runs, live->staples_n};
    for (size_t i = 0; i < stapling->n; i++) {
        runs[i].stapling = stapling;
        runs[i].job = &live->staples[i];
        deadline_init(&runs[i].due, gate->loop, on_due);
        deadline_set(&runs[i].due, 1 + i * APART_MS);
    }
    return stapling;
}

void stapling_stop(struct stapling *stapling)
{
    for (size_t i = 0; stapling && i < stapling->n; i++) {
        struct run *run = &stapling->runs[i];
        fetch_free(run->fetch);
        run->fetch = NULL;
        deadline_close(&run->due, NULL);
    }
}

void stapling_free(struct stapling *stapling)
{
    if (stapling) {
        free(stapling->runs);
        free(stapling);
    }
}
