/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/revoked.h"

#include "base/must.h"
#include "probe/attack_table.h"
#include "probe/wire.h"

static const int VERSIONS[] = {TLS1_2_VERSION, TLS1_3_VERSION};
enum { VERSIONS_N = COUNT_OF(VERSIONS) };

struct revoked {
    const struct identity *identity;
    struct str other; /* the name of the sessions made elsewhere */
    SSL_SESSION *here[VERSIONS_N];
    SSL_SESSION *elsewhere[VERSIONS_N];
    struct wire kept[VERSIONS_N];
    bool open[VERSIONS_N];
};

/* One request on a kept connection. */
static bool ask_kept(struct attack_run *run, struct wire *wire, struct reply *out, bool *in_time)
{
    struct buf in = {0};
    const struct attempt plain = {.what = ""};
    bool sent = wire_send(wire, attack_request(run, &plain));
    *out = (struct reply){0};
    *in_time = true;
    while (sent) {
        enum wire_read got = wire_read(wire, &in);
        struct str view = arena_dup(run->arena, buf_view(&in));
        *in_time = got != WIRE_TIMEOUT;
        if (reply_take(&view, false, got != WIRE_SOME, run->arena, out) || got != WIRE_SOME) {
            break;
        }
    }
    buf_deinit(&in);
    return out->status != 0;
}

static void open_kept(struct attack_run *run, struct revoked *revoked, size_t i)
{
    struct reply reply;
    bool in_time;
    const struct wire_target target = {
        .address = &run->door->address,
        .secure = true,
        .sni = run->door->sni,
        .identity = revoked->identity,
        .version = VERSIONS[i],
        .timeout_ms = run->timeout_ms,
    };
    revoked->open[i] = wire_open(&revoked->kept[i], &target, run->err) == WIRE_OPEN &&
                       ask_kept(run, &revoked->kept[i], &reply, &in_time);
}

struct revoked *revoked_new(struct attack_run *run, const struct identity *identity)
{
    struct revoked *revoked = must_calloc(1, sizeof(*revoked));
    size_t n;
    struct other_name *others = attack_other_names(run, &n);
    revoked->identity = identity;
    revoked->other = n ? others[0].name : STR("");
    for (size_t i = 0; i < VERSIONS_N; i++) {
        struct reply reply;
        struct attempt made = {.version = VERSIONS[i], .identity = identity};
        (void)attack_ask(run, &made, &reply, &revoked->here[i]);
        if (n) {
            made.sni = made.host = others[0].name;
            made.target = STR("/");
            (void)attack_ask(run, &made, &reply, &revoked->elsewhere[i]);
        }
        open_kept(run, revoked, i);
    }
    return revoked;
}

static void try_session(struct attack_run *run, const struct attempt *fresh, SSL_SESSION *session,
                        struct str name, const char *what)
{
    struct attempt attempt = *fresh;
    const struct attempt made = {.identity = fresh->identity,
                                 .version = fresh->version,
                                 .sni = name,
                                 .host = name,
                                 .target = name.n ? STR("/") : STR("")};
    attempt.what = what;
    attempt.made = &made;
    attempt.session = session;
    if (session) {
        (void)attack_try(run, &attempt);
    }
}

static const char *what_of(struct attack_run *run, const char *how, const char *version)
{
    return arena_printf(run->arena, "revoked now: %s, %s", how, version).p;
}

void revoked_try(struct attack_run *run, struct revoked *revoked)
{
    for (size_t i = 0; i < VERSIONS_N; i++) {
        const char *version = VERSIONS[i] == TLS1_2_VERSION ? "TLS 1.2" : "TLS 1.3";
        struct attempt fresh = {.what = what_of(run, "a new connection", version),
                                .version = VERSIONS[i],
                                .identity = revoked->identity};
        (void)attack_try(run, &fresh);
        try_session(run, &fresh, revoked->here[i], STR(""),
                    what_of(run, "its session, made before", version));
        try_session(run, &fresh, revoked->elsewhere[i], revoked->other,
                    what_of(run, "its session, made before at another name", version));
        if (revoked->open[i]) {
            struct reply reply;
            bool in_time;
            fresh.what = what_of(run, "its connection, open before", version);
            (void)ask_kept(run, &revoked->kept[i], &reply, &in_time);
            attack_judge(run, &fresh, &reply, in_time);
        }
    }
}

void revoked_free(struct revoked *revoked)
{
    if (!revoked) {
        return;
    }
    for (size_t i = 0; i < VERSIONS_N; i++) {
        wire_close(&revoked->kept[i]);
        SSL_SESSION_free(revoked->here[i]);
        SSL_SESSION_free(revoked->elsewhere[i]);
    }
    free(revoked);
}
