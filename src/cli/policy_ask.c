/* SPDX-License-Identifier: Apache-2.0 */
/* Asks about one case, in the way of `yett explain`. */
#include <assert.h>
#include <string.h>

#include "base/clock.h"
#include "base/must.h"
#include "base/vec.h"
#include "cli/cert.h"
#include "cli/explain.h"
#include "cli/policy.h"
#include "policy/policy.h"
#include "site/client_access.h"

/* What all ways have in common. */
struct policy_hearing {
    const struct settings *settings;
    struct arena *arena;
    struct policy_result *result;
    size_t ways;
    bool rules_differ; /* between the ways: none is named */
};

const char *policy_outcome_word(enum policy_outcome outcome)
{
    static const char *const WORDS[] = {
        [POLICY_ALLOWED] = "allow",
        [POLICY_DENIED] = "deny",
        [POLICY_OTHER] = "neither",
        [POLICY_DEPENDS] = "depends",
    };
    assert((size_t)outcome < COUNT_OF(WORDS));
    return WORDS[outcome];
}

static bool is_at(const struct trail_step *step, const char *file, unsigned line)
{
    return step->file && file && step->line == line && strcmp(step->file, file) == 0;
}

/* Whether a policy decided at this step; and then, what. */
static bool decided_by(const struct settings *settings, const struct trail_step *step,
                       struct arena *arena, bool *allow)
{
    for (size_t i = 0; i < settings->policies_n; i++) {
        const struct policy *policy = settings->policies[i];
        *allow = false;
        /* Rules may share a line with others, and with their policy. */
        for (size_t k = 0; k < policy->rules_n; k++) {
            const struct rule *rule = &policy->rules[k];
            if (is_at(step, rule->file, rule->line) && str_eq(step->text, rule_text(rule, arena))) {
                *allow = rule->allow;
                return true;
            }
        }
        if (is_at(step, policy->file, policy->line)) {
            return true; /* no rule matched */
        }
    }
    return false;
}

static bool says_refused(int status)
{
    return status == 400 || status == 401 || status == 403 || status == 495 || status == 496;
}

static enum policy_outcome outcome_of(const struct answer *answer, bool denied)
{
    int status = answer_status(answer);
    if (answer->cut || answer->decision.kind == DECISION_UNKNOWN) {
        return POLICY_DEPENDS;
    }
    if (denied && status < 400) {
        return POLICY_OTHER; /* an error page gives it what it asked for, or something else */
    }
    if (denied || answer->decision.kind == DECISION_CLOSE || says_refused(status)) {
        return POLICY_DENIED;
    }
    return status < 400 ? POLICY_ALLOWED : POLICY_OTHER;
}

/* The trail, and the rule that decided: the first that denies, or the last. */
static bool keep_trail(struct policy_hearing *hearing, const struct answer *answer)
{
    struct policy_result *result = hearing->result;
    struct str rule = STR(""), place = STR("");
    bool denied = false;
    for (size_t i = 0; i < answer->trail_n; i++) {
        struct trail_step step = answer->trail[i];
        bool allow;
        step.text = arena_dup(hearing->arena, step.text);
        if (hearing->ways == 0) {
            struct trail_step *slot =
                vec_push(hearing->arena, &result->trail, &result->trail_n, sizeof(*slot));
            *slot = step;
        }
        result->reported = result->reported || str_eq(step.text, STR(CLIENT_ACCESS_REPORTED));
        if (!denied && !step.supposed &&
            decided_by(hearing->settings, &step, hearing->arena, &allow)) {
            denied = !allow;
            rule = step.text;
            place = arena_printf(hearing->arena, "%s:%u", step.file, step.line);
        }
    }
    bool is_other =
        hearing->ways > 0 && !(str_eq(rule, result->rule) && str_eq(place, result->place));
    hearing->rules_differ = hearing->rules_differ || is_other;
    result->rule = hearing->rules_differ ? STR("") : rule;
    result->place = hearing->rules_differ ? STR("") : place;
    return denied;
}

static void policy_hear(void *arg, const struct answer *answer)
{
    struct policy_hearing *hearing = arg;
    struct policy_result *result = hearing->result;
    enum policy_outcome outcome = outcome_of(answer, keep_trail(hearing, answer));
    int status = answer_status(answer);
    bool first = hearing->ways++ == 0;
    result->outcome = first || result->outcome == outcome ? outcome : POLICY_DEPENDS;
    result->status = first || result->status == status ? status : 0;
}

/* A handshake that fails refuses everybody, unless it is for the certificate: a misspelt host does
 * not pass for a guarded one. */
static void hear_handshake(const struct explain *explain, struct arena *arena,
                           struct policy_result *out)
{
    out->outcome = explain->entry.refusal ? POLICY_OTHER : POLICY_DENIED;
    out->rule = arena_printf(arena, "the handshake fails: %s",
                             explain->entry.refusal ? explain->entry.refusal
                                                    : "the certificate is too large");
}

static bool is_as_expected(const struct policy_case *asked, const struct policy_result *result)
{
    bool outcome = asked->status
                       ? result->status == asked->status && result->outcome != POLICY_DEPENDS
                       : result->outcome == asked->expected;
    return outcome && (!asked->by.n || str_eq(result->rule, asked->by));
}

static bool ask_with(struct explain *explain, const struct policy_case *asked, struct arena *arena,
                     struct policy_result *out, struct error *err)
{
    struct str method;
    struct identity *given = NULL;
    struct policy_hearing hearing = {.settings = explain->settings, .arena = arena, .result = out};
    bool ok = (!asked->client.n || policy_given(&asked->client, &explain->arena, &given, err)) &&
              (!asked->cert || cert_read(asked->cert, asked->password_file, explain->certs, err));
    if (!ok) {
        return false;
    }
    explain->given = given;
    explain->enforced = true;
    if (!explain_read_words(explain, &asked->request, &method) || !explain_form(explain, method)) {
        return error_set(err, "%s", explain->err.text);
    }
    if (explain->entry.refusal || explain->client.too_large) {
        hear_handshake(explain, arena, out);
    } else if (!site_walk(&explain->question, policy_hear, &hearing)) {
        out->outcome = POLICY_DEPENDS;
    }
    out->reason = arena_dup(arena, explain->client.log);
    out->passed = is_as_expected(asked, out);
    return true;
}

bool policy_ask(const struct settings *settings, const struct policy_case *asked,
                struct arena *arena, struct policy_result *out, struct error *err)
{
    struct explain explain = {
        .settings = settings,
        .options = {.cert = asked->cert,
                    .password_file = asked->password_file,
                    .sni = asked->sni,
                    .no_sni = asked->no_sni,
                    .from = asked->from,
                    .connect_to = asked->connect_to,
                    .fields = asked->fields},
        .now = (time_t)(clock_now().real_ms / 1000),
        .certs = must_have(sk_X509_new_null()),
    };
    *out = (struct policy_result){0};
    arena_init(&explain.arena, 0);
    bool ok = ask_with(&explain, asked, arena, out, err) || conf_error_at(asked->node, err);
    sk_X509_pop_free(explain.certs, X509_free);
    arena_deinit(&explain.arena);
    return ok;
}
