/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/attack.h"

#include <openssl/err.h>

#include "base/vec.h"
#include "probe/repeat.h"
#include "probe/wire.h"

/* --- what an attempt sends --- */

static struct str attempt_method(const struct attack_run *run, const struct attempt *attempt)
{
    return attempt->method.n ? attempt->method : run->door->method;
}

static struct str attempt_target(const struct attack_run *run, const struct attempt *attempt)
{
    return attempt->target.n ? attempt->target : run->door->path;
}

static struct str attempt_host(const struct attack_run *run, const struct attempt *attempt)
{
    return attempt->host.n ? attempt->host : run->door->host;
}

struct str attack_request(const struct attack_run *run, const struct attempt *attempt)
{
    struct str host = attempt->no_host ? STR("")
                                       : arena_printf(run->arena, "Host: %.*s\r\n",
                                                      STR_ARG(attempt_host(run, attempt)));
    struct str method = attempt_method(run, attempt);
    struct str target = attempt_target(run, attempt);
    const struct str parts[] = {method, STR(" "),        target,      STR(" HTTP/1.1\r\n"),
                                host,   attempt->fields, STR("\r\n"), attempt->body};
    return arena_join(run->arena, parts, COUNT_OF(parts), STR(""));
}

/* --- the answer --- */

static bool read_reply(struct wire *wire, struct buf *in, bool head, struct arena *arena,
                       struct reply *out, bool *in_time)
{
    for (;;) {
        enum wire_read got = wire_read(wire, in);
        struct str view = arena_dup(arena, buf_view(in));
        size_t before = view.n;
        *in_time = got != WIRE_TIMEOUT;
        if (reply_take(&view, head, got != WIRE_SOME, arena, out)) {
            buf_consume(in, before - view.n);
            return true;
        }
        if (got != WIRE_SOME) {
            return false;
        }
    }
}

/* Replies that came together are in `in` already. */
static bool next_reply(struct wire *wire, struct buf *in, bool head, struct arena *arena,
                       struct reply *out, bool *in_time)
{
    struct str view = arena_dup(arena, buf_view(in));
    size_t before = view.n;
    if (before && reply_take(&view, head, false, arena, out)) {
        buf_consume(in, before - view.n);
        return true;
    }
    return read_reply(wire, in, head, arena, out, in_time);
}

static void ask_h1(struct attack_run *run, struct wire *wire, const struct attempt *attempt,
                   struct reply *out, bool *in_time)
{
    struct buf in = {0};
    bool head = str_eq(attempt->method, STR("HEAD"));
    bool go_on = true;
    if (attempt->first_host.n) {
        const struct attempt first = {.target = STR("/"), .host = attempt->first_host};
        go_on = wire_send(wire, attack_request(run, &first)) &&
                next_reply(wire, &in, false, run->arena, out, in_time) && out->status;
    }
    *out = (struct reply){0};
    go_on = go_on && wire_send(wire, attack_request(run, attempt));
    for (size_t i = 0; go_on && i < (attempt->replies ? attempt->replies : 1); i++) {
        *out = (struct reply){0};
        go_on = next_reply(wire, &in, head, run->arena, out, in_time) && out->status;
    }
    if (!go_on) {
        *out = (struct reply){0};
    }
    buf_deinit(&in);
}

static void ask_h2(struct attack_run *run, struct wire *wire, const struct attempt *attempt,
                   struct reply *out, bool *in_time)
{
    struct h2_request requests[2];
    size_t n = 0;
    if (attempt->first_host.n) {
        requests[n++] = (struct h2_request){
            .method = STR("GET"), .authority = attempt->first_host, .target = STR("/")};
    }
    requests[n++] = (struct h2_request){
        .method = attempt_method(run, attempt),
        .authority = attempt->no_host ? STR("") : attempt_host(run, attempt),
        .target = attempt_target(run, attempt),
        .fields = attempt->fields,
        .form = attempt->form,
        .second_path = attempt->second_path,
    };
    *in_time = h2_ask(wire, requests, n, run->arena, out, &run->sent);
}

static bool attack_exchange(struct attack_run *run, const struct attempt *attempt,
                            struct reply *out, bool *in_time, SSL_SESSION **session)
{
    struct wire wire;
    const struct wire_target target = {
        .address = &run->door->address,
        .secure = run->door->secure && !attempt->plain,
        .sni = attempt->no_sni  ? STR("")
               : attempt->sni.n ? attempt->sni
                                : run->door->sni,
        .identity = attempt->identity,
        .version = attempt->version,
        .h2 = attempt->h2,
        .session = attempt->session,
        .timeout_ms = run->timeout_ms,
    };
    *out = (struct reply){0};
    *in_time = true;
    enum wire_opened opened = wire_open(&wire, &target, run->err);
    run->failed = run->failed || opened == WIRE_NO_CONNECTION;
    if (opened != WIRE_OPEN) {
        return false;
    }
    bool answers = !attempt->h2 || wire_is_h2(&wire);
    if (answers && attempt->h2) {
        ask_h2(run, &wire, attempt, out, in_time);
    } else if (answers) {
        ask_h1(run, &wire, attempt, out, in_time);
    }
    if (session) {
        *session = wire_session(&wire);
    }
    wire_close(&wire);
    return answers;
}

bool attack_ask(struct attack_run *run, const struct attempt *attempt, struct reply *out,
                SSL_SESSION **session)
{
    bool in_time;
    if (session) {
        *session = NULL;
    }
    return attack_exchange(run, attempt, out, &in_time, session);
}

/* --- the judgement --- */

/* Statuses that a gate gives to a request before any location answers it. */
static bool refuses_by_itself(int status, struct str method)
{
    static const int STATUSES[] = {400, 408, 411, 413, 414, 417, 421,
                                   431, 494, 495, 496, 497, 501, 505};
    for (size_t i = 0; i < COUNT_OF(STATUSES); i++) {
        if (status == STATUSES[i]) {
            return true;
        }
    }
    return status == 405 && (str_eq(method, STR("TRACE")) || str_eq(method, STR("CONNECT")));
}

static bool says_nothing(int status)
{
    return status == 429 || status == 500 || status == 503;
}

/* Whether one of the server's doors shows that to clients that it refuses, and no other. */
static bool is_page_of_server(const struct attack_run *run, struct str body)
{
    for (size_t i = 0; i < run->all_n; i++) {
        const struct attack_run *other = &run->all[i];
        if (other->door->server == run->door->server && str_eq(body, other->refused.body) &&
            (other == run || !str_eq(body, other->valid.body)) &&
            (other == run || !str_eq(body, run->valid.body))) {
            return true;
        }
    }
    return false;
}

/* A page of error_page that refuses with 200 is known by its content only; HEAD shows none. */
static enum probe_outcome judge_page(const struct attack_run *run, const struct reply *reply)
{
    if (!reply->body.n || is_page_of_server(run, reply->body)) {
        return OUTCOME_HELD;
    }
    bool is_valid = run->valid.body.n && str_eq(reply->body, run->valid.body);
    return is_valid ? OUTCOME_OPENED : OUTCOME_UNSURE;
}

/* Whether a client that the configuration refuses gets such a status. */
static bool is_refusal(const struct attack_run *run, const struct probe_statuses *refusals,
                       int status, struct str method)
{
    bool is_get = str_eq(method, STR("GET")) || str_eq(method, STR("HEAD"));
    return probe_statuses_have(refusals, status) ||
           (refusals->by_handler && (status == run->refused.status || (status == 405 && !is_get)));
}

static enum probe_outcome judge_reply(const struct attack_run *run, const struct attempt *attempt,
                                      const struct reply *reply, bool in_time)
{
    struct probe_expectation expected;
    struct str method = attempt_method(run, attempt);
    struct str host = attempt_host(run, attempt);
    struct str target = attempt_target(run, attempt);
    if (reply->status == 0) {
        return in_time ? OUTCOME_HELD : OUTCOME_UNSURE;
    }
    if (refuses_by_itself(reply->status, method)) {
        return OUTCOME_HELD;
    }
    const struct probe_request request = {
        .host = attempt->means_host.n ? attempt->means_host : host,
        .method = method,
        .target = attempt->means_target.n ? attempt->means_target : target,
        .plain_on_tls = attempt->plain,
    };
    probe_expect(run->settings, run->door, &request, &expected);
    if (!expected.shut) {
        return OUTCOME_HELD;
    }
    if (is_refusal(run, &expected.refusals, reply->status, method)) {
        return reply->status / 100 == 2 ? judge_page(run, reply) : OUTCOME_HELD;
    }
    return says_nothing(reply->status) ? OUTCOME_UNSURE : OUTCOME_OPENED;
}

/* So that the line that repeats it has its certificate. */
static void keep_identity(struct attack_run *run, const struct identity *identity)
{
    if (run->keep && identity) {
        struct str path = arena_printf(run->arena, "%s/%s.pem", run->keep, identity->name);
        run->failed = !identity_write(identity, path.p, run->err) || run->failed;
    }
}

void attack_judge(struct attack_run *run, const struct attempt *attempt, const struct reply *reply,
                  bool in_time)
{
    struct door_result *out = run->out;
    enum probe_outcome outcome = judge_reply(run, attempt, reply, in_time);
    out->tried++;
    out->counts[outcome]++;
    if (outcome == OUTCOME_HELD) {
        return;
    }
    keep_identity(run, attempt->identity);
    keep_identity(run, attempt->made ? attempt->made->identity : NULL);
    struct probe_finding *slot =
        vec_push(run->arena, &out->findings, &out->findings_n, sizeof(*slot));
    *slot = (struct probe_finding){run->attack, arena_dup(run->arena, str_of(attempt->what)),
                                   outcome, reply->status, repeat_line(run, attempt)};
}

int attack_try(struct attack_run *run, const struct attempt *attempt)
{
    struct reply reply;
    bool in_time;
    if (run->failed) {
        return 0;
    }
    bool sent = attack_exchange(run, attempt, &reply, &in_time, NULL);
    if (sent || (run->door->secure && !attempt->h2 && !run->failed)) {
        attack_judge(run, attempt, &reply, in_time);
    }
    return reply.status;
}

bool attack_is_refused(const struct attack_run *run, const struct identity *identity)
{
    return !identity->valid && (!identity->by_crl || run->door->server->settings.tls.crls.n);
}

void attack_references(struct attack_run *run, const struct identity *valid)
{
    struct reply reply;
    const struct attempt none = {.what = "no certificate"};
    const struct attempt with = {.what = "a valid certificate", .identity = valid};
    if (attack_ask(run, &none, &reply, NULL)) {
        run->refused = reply;
    }
    if (!run->door->opens) {
        run->out->proven = PROVEN_NO_CLIENT;
        return;
    }
    if (!valid || !run->door->secure || run->failed) {
        return;
    }
    (void)attack_ask(run, &with, &reply, NULL);
    const struct probe_statuses *refusals = &run->door->refusals;
    bool in = reply.status && !refuses_by_itself(reply.status, run->door->method) &&
              !says_nothing(reply.status) &&
              !probe_statuses_have(&run->door->valid_refusals, reply.status) &&
              (!is_refusal(run, refusals, reply.status, run->door->method) ||
               (reply.status / 100 == 2 && !str_eq(reply.body, run->refused.body)));
    run->valid = reply;
    run->out->valid_status = reply.status;
    run->out->proven = in ? PROVEN_OPENS : PROVEN_NOT;
}
