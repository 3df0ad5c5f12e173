/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/straight.h"

#include <openssl/x509_vfy.h>

#include "check/content.h"
#include "check/door_question.h"
#include "http/uri.h"
#include "probe/door.h"
#include "site/listener.h"
#include "tls/server.h"

enum { WAYS_BUDGET = 4000 };

static const struct verdict VALID = {.status = VERDICT_GOOD, .code = X509_V_OK};

/* The clients to keep out: one of each kind that ssl_verify_client treats in a way of its own. */
static const struct verdict REFUSED[] = {
    {.status = VERDICT_NO_CERTIFICATE, .code = X509_V_OK},
    {.status = VERDICT_BAD, .code = X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY},
    {.status = VERDICT_BAD, .code = X509_V_ERR_CERT_HAS_EXPIRED},
};

bool probe_statuses_have(const struct probe_statuses *statuses, int status)
{
    for (size_t i = 0; i < statuses->n; i++) {
        if (statuses->items[i] == status) {
            return true;
        }
    }
    return false;
}

static void statuses_add(struct probe_statuses *statuses, int status)
{
    if (!probe_statuses_have(statuses, status) && statuses->n < PROBE_STATUSES_MAX) {
        statuses->items[statuses->n++] = status;
    }
}

/* --- one client --- */

struct straight_hearing {
    const struct probe_door *door;
    struct arena arena;
    struct straight *out;
};

static bool leads_in(struct straight_hearing *hearing, const struct answer *answer)
{
    struct str to;
    if (answer->cut || answer->decision.kind == DECISION_UNKNOWN) {
        return true;
    }
    bool is_page = hearing->door->shows_page && !answer->walk->entry;
    return !is_page && content_of(answer, &hearing->arena, &to);
}

/* With error pages followed to their end, as `yett check` does. */
static void hear_way(void *arg, const struct answer *answer)
{
    struct straight_hearing *hearing = arg;
    const struct checked_door *checked = hearing->door->checked;
    const struct location_settings *entry = answer->walk->entry;
    bool is_here = checked->any_path ? !entry : entry && entry->location == checked->location;
    bool content = leads_in(hearing, answer);
    hearing->out->enters |= is_here;
    hearing->out->misses |= entry && !is_here;
    hearing->out->lets_in |= content;
    hearing->out->opens |= content && (is_here || !entry || checked->any_path);
}

/* A file of error_page is there: what else could be has more statuses than a gate sends. */
static void hear_refusal(void *arg, const struct answer *answer)
{
    struct straight_hearing *hearing = arg;
    if (!leads_in(hearing, answer)) {
        hearing->out->refusals.by_handler |= answer->decision.kind == DECISION_HANDLER;
        statuses_add(&hearing->out->refusals, answer_status(answer));
    }
}

bool straight_ask(const struct settings *settings, const struct probe_door *door,
                  const struct verdict *verdict, unsigned open, struct straight *out)
{
    struct straight_hearing hearing = {.door = door, .out = out};
    struct question question = door_question(settings, door->listener, door->server, verdict);
    question.facts.secure = door->secure && !door->plain_on_tls;
    question.facts.plain_on_tls = door->plain_on_tls;
    question.refused_as = door->refused_as;
    question.facts.selected = NULL;
    question.facts.has_host = door->host.n > 0;
    question.facts.peer = &door->peer;
    question.facts.unknown = open;
    question.host = door->host;
    question.method_name = door->method;
    question.target = door->path;
    question.told = door->no_client;
    question.told_n = verdict->status == VERDICT_NO_CERTIFICATE ? door->no_client_n : 0;
    question.budget = WAYS_BUDGET;
    arena_init(&hearing.arena, 0);
    bool all = site_walk(&question, hear_refusal, &hearing);
    question.follow = content_follow;
    all = site_walk(&question, hear_way, &hearing) && all;
    arena_deinit(&hearing.arena);
    return all;
}

static bool asks_client(const struct probe_door *door)
{
    const struct tls_server *tls = door->secure && !door->plain_on_tls ? door->server->tls : NULL;
    return tls && tls_server_verify_mode(tls) != VERIFY_OFF;
}

bool straight_ask_valid(const struct settings *settings, const struct probe_door *door,
                        unsigned open, struct straight *out)
{
    return straight_ask(settings, door, asks_client(door) ? &VALID : &REFUSED[0], open, out);
}

/* --- all that are refused --- */

bool straight_is_shut(const struct settings *settings, const struct probe_door *door,
                      struct probe_statuses *refusals)
{
    struct straight straight = {0};
    size_t n = asks_client(door) ? COUNT_OF(REFUSED) : 1;
    for (size_t i = 0; i < n; i++) {
        if (!straight_ask(settings, door, &REFUSED[i], 0, &straight) || straight.lets_in) {
            return false;
        }
    }
    *refusals = straight.refusals;
    return true;
}

/* --- any request --- */

/* The status by which the gate refuses the head (gate/head.h); 0: it does not. */
static int head_refusal(const struct probe_request *request, bool is_path)
{
    bool is_method = request->method.n > 0;
    for (size_t i = 0; i < request->method.n; i++) {
        char c = request->method.p[i];
        is_method = is_method && (char_lower(c) != c || c == '-' || c == '_');
    }
    if (str_eq(request->method, STR("TRACE")) || str_eq(request->method, STR("CONNECT"))) {
        return 405;
    }
    return is_method && is_path ? 0 : 400;
}

/* A head that is refused meets no server but that of the connection, and its error pages; those for
 * the client's certificate come first. A page by name needs a path: else the answer is 500. */
static void expect_refusal(const struct settings *settings, const struct probe_door *door,
                           struct probe_expectation *out)
{
    struct probe_door early = *door;
    early.server = door->secure ? door->server : door->listener->fallback;
    early.shows_page = false;
    out->shut = straight_is_shut(settings, &early, &out->refusals);
    if (early.refused_as) {
        struct probe_statuses of_client = {0};
        early.refused_as = 0;
        out->shut = straight_is_shut(settings, &early, &of_client) && out->shut;
        for (size_t i = 0; i < of_client.n; i++) {
            statuses_add(&out->refusals, of_client.items[i]);
        }
        statuses_add(&out->refusals, 500);
    }
}

void probe_expect(const struct settings *settings, const struct probe_door *door,
                  const struct probe_request *request, struct probe_expectation *out)
{
    struct arena arena;
    struct uri uri;
    struct str name = STR("");
    const struct regex *failed = NULL;
    arena_init(&arena, 0);
    *out = (struct probe_expectation){.shut = true, .refusals = door->refusals};
    bool is_host = request->host.n == 0 || host_normalize(request->host, &arena, &name);
    const struct server *server =
        is_host ? listener_find(door->listener, name, NULL, &failed) : NULL;
    server = server ? server : door->listener->fallback;
    bool is_path = uri_parse(request->target, server->settings.merge_slashes, &arena, &uri);
    struct probe_door straight = *door;
    straight.method = request->method;
    straight.refused_as = head_refusal(request, is_path && is_host);
    straight.plain_on_tls = request->plain_on_tls;
    if (straight.refused_as || straight.plain_on_tls) {
        expect_refusal(settings, &straight, out);
    } else {
        straight.server = server;
        straight.shows_page = door->shows_page && server == door->server;
        straight.host = name;
        straight.path = request->target;
        out->shut = straight_is_shut(settings, &straight, &out->refusals);
    }
    arena_deinit(&arena);
}
