/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/attack_table.h"

static const int SESSION_VERSIONS[] = {TLS1_2_VERSION, TLS1_3_VERSION};

/* Makes a session with `made`, and comes to the door with it and without a certificate. */
static void resume(struct attack_run *run, struct attempt *made, const char *from)
{
    for (size_t i = 0; i < COUNT_OF(SESSION_VERSIONS); i++) {
        struct reply ignored;
        SSL_SESSION *session;
        made->version = SESSION_VERSIONS[i];
        if (!attack_ask(run, made, &ignored, &session) || !session) {
            continue;
        }
        const struct attempt attempt = {
            .what = arena_printf(run->arena, "session of %s, made with %s, TLS 1.%c", from,
                                 made->identity ? made->identity->text : "no certificate",
                                 made->version == TLS1_2_VERSION ? '2' : '3')
                        .p,
            .version = made->version,
            .session = session,
            .made = made,
        };
        (void)attack_try(run, &attempt);
        SSL_SESSION_free(session);
    }
}

/* One of each kind is enough: what a forgery is made of shows in the handshake that it makes. */
static bool is_worth_a_session(const struct identity *forged)
{
    return strcmp(forged->name, "self-signed") == 0 || strcmp(forged->name, "foreign-ca") == 0;
}

/* A session of a valid certificate may be resumed, so none is made with it. */
static void resume_identities(struct attack_run *run, struct str name, bool no_sni)
{
    const char *from = no_sni ? "a connection without a server name"
                              : arena_printf(run->arena, "%.*s", STR_ARG(name)).p;
    struct attempt made = {.sni = name, .no_sni = no_sni, .host = name, .target = STR("/")};
    resume(run, &made, from);
    for (size_t i = 0; i < run->issued->n; i++) {
        made.identity = &run->issued->items[i];
        if (attack_is_refused(run, made.identity)) {
            resume(run, &made, from);
        }
    }
    for (size_t i = 0; i < run->forged->n; i++) {
        made.identity = &run->forged->items[i];
        if (is_worth_a_session(made.identity)) {
            resume(run, &made, from);
        }
    }
}

void attack_sessions(struct attack_run *run)
{
    size_t n;
    struct other_name *others = attack_other_names(run, &n);
    for (size_t i = 0; i < n; i++) {
        resume_identities(run, others[i].name, false);
    }
    resume_identities(run, run->door->host, false);
    resume_identities(run, run->door->host, true);
}
