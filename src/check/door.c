/* SPDX-License-Identifier: Apache-2.0 */
#include "check/door.h"

#include <assert.h>
#include <openssl/x509_vfy.h>
#include <stdlib.h>

#include "base/vec.h"
#include "check/content.h"
#include "check/door_question.h"
#include "check/places.h"
#include "http/status.h"
#include "site/client.h"
#include "site/listener.h"
#include "site/location.h"
#include "site/server.h"

enum { WAYS_PER_QUESTION = 2048, PASSAGES_MAX = 256, VERIFY_CODES = 100 };

/* --- one question --- */

struct asking {
    const struct settings *settings;
    struct arena *arena;
    const struct listener *listener;
    const struct server *server;
    bool has_413;                 /* some error_page is for it */
    const struct told *no_client; /* $ssl_client_* without a certificate */
    size_t no_client_n;
    struct time_limit limit;
    struct checked_doors *out;
};

/* A client that has no verified certificate. */
struct stranger {
    const char *text;
    struct verdict verdict;
    bool has_certificate;
    bool plain_on_tls;
    bool with_body; /* of any length */
    bool refused;   /* before a location is looked for */
    int refused_as; /* before any step, with this status; 0: it is not */
};

struct hearing {
    const struct door *door; /* NULL: ways that end before a location is looked for */
    const struct stranger *stranger;
    struct leaves leaves;
    struct arena *arena; /* until the door is asked */
    size_t searched;     /* ways that looked for a location */
    bool asked_reason;
};

/* What the asking of a door has found so far. */
struct tally {
    bool all; /* every way leads to content */
    bool asked_reason;
    size_t searched; /* ways that looked for a location */
};

/* What a way leads to; NULL: to nothing that is worth a guard. */
static const struct passage *passage_end(const struct hearing *hearing, const struct answer *answer,
                                         struct passage *out)
{
    *out = (struct passage){.is_known = true,
                            .client = str_of(hearing->stranger->text),
                            .unverified = hearing->stranger->has_certificate,
                            .refused = hearing->stranger->refused};
    if (answer->cut || answer->decision.kind == DECISION_UNKNOWN) {
        out->is_known = false;
        out->to = answer->cut ? STR("too many unknown facts on this way")
                              : STR("the target of a redirect depends on the request");
        return out;
    }
    out->end = answer->walk->location;
    return content_of(answer, hearing->arena, &out->to) ? out : NULL;
}

static void door_hear(void *arg, const struct answer *answer)
{
    struct hearing *hearing = arg;
    const struct location_settings *entry = answer->walk->entry;
    hearing->searched += entry || answer->at_search;
    hearing->asked_reason |= answer->asked_reason;
    if (hearing->door && entry && entry->location != hearing->door->location && !answer->cut) {
        return; /* a rewrite chose another location: that is its door's concern */
    }
    /* What the server itself decides, before a location, is no way through this door. */
    bool elsewhere = answer->at_search || (hearing->door && !entry && !answer->cut);
    struct passage ended;
    const struct passage *end = elsewhere ? NULL : passage_end(hearing, answer, &ended);
    leaves_add(&hearing->leaves, answer, end, hearing->arena);
}

/* False: there were more ways than are tried. */
static bool door_ask(const struct asking *asking, const struct stranger *stranger,
                     struct hearing *hearing)
{
    struct question question =
        door_question(asking->settings, asking->listener, asking->server, &stranger->verdict);
    question.facts.secure = question.facts.secure && !stranger->plain_on_tls;
    question.facts.plain_on_tls = stranger->plain_on_tls;
    question.facts.door = hearing->door;
    question.facts.unknown |= stranger->with_body ? (unsigned)FACT_BODY : 0;
    question.told = asking->no_client;
    question.told_n = stranger->has_certificate ? 0 : asking->no_client_n;
    question.refused_as = stranger->refused_as;
    question.until_search = !hearing->door;
    question.budget = WAYS_PER_QUESTION;
    question.follow = content_follow;
    hearing->stranger = stranger;
    return site_walk(&question, door_hear, hearing);
}

/* --- a door --- */

static void passages_append(struct passages *all, const struct passages *more, struct arena *arena)
{
    for (size_t i = 0; i < more->n && all->n < PASSAGES_MAX; i++) {
        if (passages_hold(all, &more->items[i])) {
            continue; /* another status, or another reason, that leads to the same */
        }
        struct passage *slot = vec_push(arena, &all->items, &all->n, sizeof(*slot));
        *slot = passage_dup(&more->items[i], arena);
    }
}

static void add_unknown(struct passages *all, const struct stranger *stranger, struct str why,
                        struct arena *arena)
{
    struct passage *slot = vec_push(arena, &all->items, &all->n, sizeof(*slot));
    *slot = (struct passage){.to = why,
                             .client = str_of(stranger->text),
                             .unverified = stranger->has_certificate,
                             .refused = stranger->refused};
}

/* Asks for one stranger; adds what it finds. */
static void door_try_one(const struct asking *asking, const struct door *door,
                         const struct stranger *stranger, struct checked_door *out,
                         struct tally *tally)
{
    struct arena scratch;
    struct passages passages;
    bool every;
    arena_init(&scratch, 0);
    struct hearing hearing = {.door = door, .arena = &scratch};
    bool late = time_limit_reached(asking->limit);
    bool complete = !late && door_ask(asking, stranger, &hearing);
    passages_of(&hearing.leaves, &scratch, &passages, &every);
    passages_append(&out->passages, &passages, asking->arena);
    tally->all = tally->all && every && complete;
    tally->asked_reason |= hearing.asked_reason;
    tally->searched += hearing.searched;
    if (!complete) {
        add_unknown(&out->passages, stranger,
                    late ? STR("the time limit") : STR("there are more ways than are tried"),
                    asking->arena);
    }
    arena_deinit(&scratch);
}

/* The same with a body, if an error page for 413 could lead on and the door is not open anyway. */
static void door_try(const struct asking *asking, const struct door *door,
                     const struct stranger *stranger, struct checked_door *out, struct tally *tally)
{
    struct tally with_body = {.all = true};
    struct stranger sender = *stranger;
    door_try_one(asking, door, stranger, out, tally);
    sender.with_body = true;
    if (asking->has_413 && !(tally->all && out->passages.n)) {
        door_try_one(asking, door, &sender, out, &with_body);
    }
}

static enum door_state state_of(const struct passages *passages, bool all)
{
    bool unknown = false, known = false;
    for (size_t i = 0; i < passages->n; i++) {
        known = known || passages->items[i].is_known;
        unknown = unknown || !passages->items[i].is_known;
    }
    if (!known) {
        return unknown ? DOOR_UNKNOWN : DOOR_SHUT;
    }
    return all ? DOOR_OPEN : DOOR_OPEN_IF;
}

/* --- who tries --- */

static const struct stranger NO_CERTIFICATE = {"no certificate",
                                               {.status = VERDICT_NO_CERTIFICATE}};
static const struct stranger UNKNOWN_CA[] = {
    {"a self-signed certificate",
     {.status = VERDICT_BAD, .code = X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT},
     true},
    {"a certificate under a self-signed CA",
     {.status = VERDICT_BAD, .code = X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN},
     true},
    {"a certificate of an unknown CA",
     {.status = VERDICT_BAD, .code = X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY},
     true},
    {"a certificate alone, of an unknown CA",
     {.status = VERDICT_BAD, .code = X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE},
     true},
};

static enum verify_mode mode_of(const struct asking *asking)
{
    const struct tls_server *tls = asking->listener->ssl ? asking->server->tls : NULL;
    return tls ? tls_server_verify_mode(tls) : VERIFY_OFF;
}

/* Those whom the server lets in, as `like` says what they do. */
static void door_try_admitted(const struct asking *asking, const struct door *door,
                              const struct stranger *like, struct checked_door *out,
                              struct tally *tally)
{
    enum verify_mode mode = mode_of(asking);
    if (mode == VERIFY_ON) {
        return;
    }
    struct stranger stranger = *like;
    door_try(asking, door, &stranger, out, tally);
    for (size_t i = 0; mode == VERIFY_OPTIONAL_NO_CA && i < COUNT_OF(UNKNOWN_CA); i++) {
        stranger.text = UNKNOWN_CA[i].text;
        stranger.verdict = UNKNOWN_CA[i].verdict;
        stranger.has_certificate = true;
        door_try(asking, door, &stranger, out, tally);
    }
}

/* A location can be reached by these; all others are refused before it is looked for. */
static void check_location(const struct asking *asking, const struct location *location,
                           struct checked_door *out, struct tally *tally)
{
    const struct door door = {location, false}, without_slash = {location, true};
    door_try_admitted(asking, &door, &NO_CERTIFICATE, out, tally);
    bool all = tally->all; /* what follows opens no door that is open, and shuts none */
    if (location && location->auto_redirect && error_page_of(&location->settings, 301)) {
        door_try_admitted(asking, &without_slash, &NO_CERTIFICATE, out, tally);
    }
    tally->all = all;
    out->state = state_of(&out->passages, tally->all);
}

/* --- who is refused, where error_page may lead somewhere --- */

/* Certificates that are not valid, for each reason that makes a difference. */
static void check_bad(const struct asking *asking, const struct stranger *like,
                      struct checked_door *out)
{
    enum verify_mode mode = mode_of(asking);
    bool asked_reason = true; /* if the first makes no difference, the others lead nowhere else */
    for (int code = 1; mode != VERIFY_OFF && asked_reason && code < VERIFY_CODES; code++) {
        struct tally tally = {.all = true};
        struct stranger bad = *like;
        bad.verdict = (struct verdict){.status = VERDICT_BAD, .code = code};
        bad.has_certificate = true;
        if (!like->refused_as && client_refusal_of(mode, &bad.verdict) == 0) {
            continue; /* let in */
        }
        door_try(asking, NULL, &bad, out, &tally);
        asked_reason = tally.asked_reason;
    }
}

/* The head is refused before anything is known of the request (gate/head.h). */
static void check_malformed(const struct asking *asking, struct checked_door *out)
{
    static const int REFUSALS[] = {400, 405, 414, 431, STATUS_HEADER_TOO_LARGE, 501, 505};
    const struct server *server = asking->server;
    struct stranger malformed = NO_CERTIFICATE;
    malformed.text = "no certificate, and a malformed request";
    malformed.refused = true;
    for (size_t i = 0; i < COUNT_OF(REFUSALS); i++) {
        struct tally tally = {.all = true};
        malformed.refused_as = REFUSALS[i];
        bool is_first = asking->listener->ssl || server == asking->listener->fallback;
        if (is_first && error_page_of(&server->root, REFUSALS[i])) {
            door_try_admitted(asking, NULL, &malformed, out, &tally);
        }
    }
}

/* 421: the server of Host asks for other certificates, or the requirements changed at a reload. */
static void check_misdirected(const struct asking *asking, struct checked_door *out)
{
    struct tally tally = {.all = true};
    const struct stranger misdirected = {.text = "a request that is answered with 421",
                                         .verdict = {.status = VERDICT_NO_CERTIFICATE},
                                         .refused = true,
                                         .refused_as = 421};
    if (error_page_of(&asking->server->root, 421)) {
        door_try(asking, NULL, &misdirected, out, &tally);
        check_bad(asking, &misdirected, out);
    }
}

static void check_refused(const struct asking *asking, struct checked_door *out)
{
    struct tally tally = {.all = true};
    const struct server *server = asking->server;
    const struct stranger plain = {"plain HTTP on the TLS port",
                                   {.status = VERDICT_NO_CERTIFICATE},
                                   .plain_on_tls = true,
                                   .refused = true};
    const struct stranger bad = {.text = "a certificate that is not valid", .refused = true};
    struct stranger none = NO_CERTIFICATE;
    none.refused = true;
    if (!server->root.error_pages.n) {
        return;
    }
    check_malformed(asking, out);
    if (asking->listener->ssl) {
        if (error_page_of(&server->root, STATUS_TO_HTTPS)) {
            door_try(asking, NULL, &plain, out, &tally);
        }
        if (mode_of(asking) == VERIFY_ON && error_page_of(&server->root, STATUS_NO_CERT)) {
            door_try(asking, NULL, &none, out, &tally);
        }
        if (error_page_of(&server->root, STATUS_CERT_ERROR)) {
            check_bad(asking, &bad, out);
        }
        check_misdirected(asking, out);
    }
    out->state = state_of(&out->passages, false);
}

/* --- all of them --- */

static struct checked_door door_of(const struct asking *asking, const struct location *location)
{
    return (struct checked_door){
        .listener = asking->listener, .server = asking->server, .location = location};
}

static void add_door(const struct asking *asking, const struct checked_door *door)
{
    struct checked_door *slot =
        vec_push(asking->arena, &asking->out->items, &asking->out->n, sizeof(*slot));
    *slot = *door;
}

/* The server's program answers before it looks for a location. False: it always does. `is_told`:
 * there is a door for what comes before that already. */
static bool check_any_path(const struct asking *asking, bool is_told)
{
    struct tally tally = {.all = true};
    struct checked_door door = door_of(asking, NULL);
    door.any_path = true;
    if (!asking->server->root.program.first || mode_of(asking) == VERIFY_ON) {
        return true;
    }
    door_try_admitted(asking, NULL, &NO_CERTIFICATE, &door, &tally);
    door.state = state_of(&door.passages, tally.all);
    if (door.state != DOOR_SHUT || (tally.searched == 0 && !is_told)) {
        add_door(asking, &door);
    }
    return tally.searched > 0 || time_limit_reached(asking->limit);
}

static void check_server(struct asking *asking, const struct server *server)
{
    struct doors doors;
    asking->server = server;
    struct checked_door refused = door_of(asking, NULL);
    refused.any_path = true;
    check_refused(asking, &refused);
    if (refused.state != DOOR_SHUT) {
        add_door(asking, &refused);
    }
    if (!check_any_path(asking, refused.state != DOOR_SHUT)) {
        return;
    }
    location_doors(server, asking->arena, &doors);
    for (size_t i = 0; i < doors.n; i++) {
        if (!doors.items[i].redirects) { /* else together with its location */
            struct tally tally = {.all = true};
            struct checked_door door = door_of(asking, doors.items[i].location);
            check_location(asking, doors.items[i].location, &door, &tally);
            add_door(asking, &door);
        }
    }
}

/* --- the servers of a listener --- */

/* Each once, in the order of the configuration. */
struct unique {
    const struct server **items;
    size_t n;
    struct arena *arena;
};

static void unique_add(void *arg, const struct server *server)
{
    struct unique *unique = arg;
    const struct server **slot = vec_push(unique->arena, &unique->items, &unique->n, sizeof(*slot));
    *slot = server;
}

static int server_order(const void *a, const void *b)
{
    const struct server *x = *(const struct server *const *)a;
    const struct server *y = *(const struct server *const *)b;
    return x->number < y->number ? -1 : x->number > y->number;
}

static void unique_sort(struct unique *unique)
{
    size_t n = 0;
    qsort(unique->items, unique->n, sizeof(struct server *), server_order);
    for (size_t i = 0; i < unique->n; i++) {
        if (i == 0 || unique->items[i] != unique->items[n - 1]) {
            unique->items[n++] = unique->items[i];
        }
    }
    unique->n = n;
}

static void check_listener(struct asking *asking, const struct listener *listener)
{
    struct unique servers = {.arena = asking->arena};
    asking->listener = listener;
    listener_each(listener, unique_add, &servers);
    unique_sort(&servers);
    for (size_t i = 0; i < servers.n; i++) {
        check_server(asking, servers.items[i]);
    }
    for (size_t i = 0; i < listener->specific_n; i++) {
        check_listener(asking, listener->specific[i]);
    }
}

static void find_413(void *arg, const struct settings_place *place)
{
    bool *found = arg;
    *found = *found || error_page_of(place->settings, 413);
}

void doors_find(const struct settings *settings, struct time_limit limit, struct arena *arena,
                struct checked_doors *out)
{
    *out = (struct checked_doors){0};
    struct asking asking = {.settings = settings, .arena = arena, .limit = limit, .out = out};
    asking.no_client = door_no_client(settings, arena, &asking.no_client_n);
    places_each(settings, find_413, &asking.has_413);
    for (size_t i = 0; i < settings->listeners_n; i++) {
        check_listener(&asking, settings->listeners[i]);
    }
}

const char *door_state_word(enum door_state state)
{
    static const char *const WORDS[] = {
        [DOOR_SHUT] = "shut",
        [DOOR_OPEN_IF] = "open if",
        [DOOR_OPEN] = "open",
        [DOOR_UNKNOWN] = "cannot tell",
    };
    assert(state < COUNT_OF(WORDS));
    return WORDS[state];
}
