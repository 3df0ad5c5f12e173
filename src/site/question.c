/* SPDX-License-Identifier: Apache-2.0 */
#include "site/question.h"

#include <assert.h>

#include "http/status.h"
#include "http/uri.h"
#include "site/explorer.h"

static void question_begin(struct explorer *explorer)
{
    const struct question *question = explorer->question;
    struct walk *walk = &explorer->walk;
    walk_init(walk, &question->facts, question->settings, &explorer->arena, &explorer_host,
              explorer);
    walk->host = question->host;
    walk->path = explorer->uri.path;
    walk->args = explorer->uri.args;
    walk->method_name = question->method_name;
    walk->method = method_of(question->method_name);
    walk->path_plain = true;
    walk->body_length = question->body_length;
}

/* error_page may lead on from a status. */
static void walk_decided(struct explorer *explorer, struct decision *out)
{
    struct walk *walk = &explorer->walk;
    bool (*follow)(struct walk *, struct decision *) = explorer->question->follow;
    if (out->drops_body) {
        walk->facts.unknown &= ~(unsigned)FACT_BODY;
        walk->body_length = 0;
    }
    if (out->kind == DECISION_HANDLER && follow && !follow(walk, out)) {
        return;
    }
    if (out->kind == DECISION_STATUS || out->kind == DECISION_REDIRECT) {
        bool is_unknown = out->text_unknown;
        struct str url = out->kind == DECISION_REDIRECT ? out->text : STR("");
        if (walk_error(walk, out->status, url, out)) {
            out->text_unknown = out->text_unknown || is_unknown;
        }
    }
}

/* Walks on to the end of one way, error pages included. True: it ended before the search. */
static bool walk_once(struct explorer *explorer, struct decision *out)
{
    struct walk *walk = &explorer->walk;
    const struct question *question = explorer->question;
    if (question->refused_as) { /* as the gate does: no step comes before */
        walk->step = walk_end(out, question->refused_as);
        walk_decided(explorer, out);
    }
    while (walk->step != WALK_OVER) {
        if (question->until_search && walk->step == WALK_LOCATION && !walk->for_error) {
            return true;
        }
        if (walk_on(walk, out)) {
            walk_decided(explorer, out);
        }
    }
    return false;
}

/* The next way: the last choice that has another option takes it. False: all have been walked. */
static bool choose_next(struct explorer *explorer)
{
    while (explorer->forks_n) {
        struct fork *last = &explorer->forks[explorer->forks_n - 1];
        if (++last->taken < last->n) {
            return true;
        }
        explorer->forks_n--;
    }
    return false;
}

int answer_status(const struct answer *answer)
{
    if (answer->decision.kind == DECISION_CLOSE || answer->decision.kind == DECISION_PAGE) {
        return status_shown(answer->decision.status);
    }
    int of_page = answer->walk->error_status;
    return of_page || answer->decision.kind == DECISION_HANDLER ? of_page : answer->decision.status;
}

bool site_walk(const struct question *question,
               void (*tell)(void *arg, const struct answer *answer), void *arg)
{
    struct explorer explorer = {.question = question};
    struct arena kept;
    assert(question->budget > 0);
    arena_init(&kept, 0);
    bool merge = question->facts.entered->settings.merge_slashes;
    bool is_path = question->facts.unknown & FACT_PATH ||
                   uri_parse(question->target, merge, &kept, &explorer.uri);
    bool all = is_path;
    for (size_t ways = 0; is_path; ways++) {
        arena_init(&explorer.arena, 0);
        explorer.chosen = 0;
        explorer.cut = false;
        explorer.asked_reason = false;
        explorer.trail = NULL;
        explorer.trail_n = 0;
        question_begin(&explorer);
        struct answer answer = {.walk = &explorer.walk};
        answer.at_search = walk_once(&explorer, &answer.decision);
        assert(explorer.chosen == explorer.forks_n); /* each choice of this way was met again */
        answer.trail = explorer.trail;
        answer.trail_n = explorer.trail_n;
        answer.forks = explorer.forks;
        answer.forks_n = explorer.chosen;
        answer.asked_reason = explorer.asked_reason;
        answer.cut = explorer.cut;
        all = all && !explorer.cut;
        tell(arg, &answer);
        arena_deinit(&explorer.arena);
        if (!choose_next(&explorer)) {
            break;
        }
        if (ways + 1 == question->budget) {
            all = false;
            break;
        }
    }
    arena_deinit(&kept);
    return all;
}
