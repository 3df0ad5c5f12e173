/* SPDX-License-Identifier: Apache-2.0 */
#include "site/programs.h"

#include <assert.h>

#include "http/status.h"
#include "site/client_access.h"

static struct decision of_return(const struct outcome *outcome)
{
    struct decision decision = {
        .kind = DECISION_STATUS,
        .status = outcome->status,
        .text = outcome->text,
        .text_unknown = outcome->text_unknown,
    };
    bool redirects = status_is_redirect(outcome->status);
    if (outcome->status == STATUS_CLOSE) {
        return decision; /* whatever text there is */
    }
    if (redirects && outcome->has_text) {
        decision.kind = DECISION_REDIRECT;
    } else if (outcome->has_text || (outcome->status < 400 && !redirects)) {
        decision.kind = DECISION_TEXT;
    }
    return decision;
}

/* Whether the program decided the answer. */
static bool has_decided(const struct outcome *outcome, struct decision *out)
{
    switch (outcome->kind) {
    case OUTCOME_RETURN: *out = of_return(outcome); return true;
    case OUTCOME_REDIRECT:
        *out = (struct decision){.kind = DECISION_REDIRECT,
                                 .status = outcome->status,
                                 .text = outcome->text,
                                 .text_unknown = outcome->text_unknown};
        return true;
    case OUTCOME_ERROR:
        *out = (struct decision){.kind = DECISION_STATUS, .status = 500};
        return true;
    case OUTCOME_UNKNOWN:
        *out = (struct decision){.kind = DECISION_UNKNOWN, .status = 500};
        return true;
    default: return false;
    }
}

enum walk_step programs_server_step(struct walk *walk, struct decision *out)
{
    struct outcome outcome = program_run(&walk->server->root.program, &walk->scope, true);
    if (!has_decided(&outcome, out)) {
        return WALK_LOCATION;
    }
    /* A text is content, and no location will be reached whose policy could guard it. */
    int refusal = out->kind == DECISION_TEXT || out->kind == DECISION_UNKNOWN
                      ? client_access_refusal(walk)
                      : 0;
    return refusal ? walk_end(out, refusal) : WALK_OVER;
}

enum walk_step programs_location_step(struct walk *walk, struct decision *out)
{
    struct outcome outcome = program_run(&walk->location->program, &walk->scope, false);
    if (outcome.location) {
        walk->location = outcome.location;
    }
    if (has_decided(&outcome, out)) {
        return WALK_OVER;
    }
    if (outcome.kind != OUTCOME_SEARCH) {
        walk->rewritten = outcome.uri_changed;
        return WALK_ACCESS;
    }
    assert(walk->redirects_left > 0); /* at 0 the walk was ended */
    if (--walk->redirects_left) {
        return WALK_LOCATION;
    }
    walk_say(walk, LEVEL_ERROR, "rewrite or internal redirection cycle while processing \"%.*s\"",
             STR_ARG(walk->path));
    return walk_end(out, 500);
}
