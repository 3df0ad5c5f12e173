/* SPDX-License-Identifier: Apache-2.0 */
/* The ways of `yett explain`: each with its trail, its variables and its answer. */
#include <assert.h>
#include <string.h>

#include "base/vec.h"
#include "cli/explain.h"
#include "cli/explain_backend.h"
#include "cli/explain_end.h"
#include "http/status.h"
#include "script/template.h"
#include "site/filename.h"

/* --- variables --- */

static bool is_of_certificate(const struct variable *variable)
{
    return variable->kind == VARIABLE_BUILTIN &&
           str_starts(str_of(variable->source.builtin->name), STR("ssl_client_"));
}

static const char *kind_of(const struct variable *variable)
{
    switch (variable->kind) {
    case VARIABLE_MAP: return "map";
    case VARIABLE_GEO: return "geo";
    case VARIABLE_SPLIT: return "split_clients";
    case VARIABLE_SET: return variable->captured ? "captured" : "set";
    case VARIABLE_BUILTIN:
    case VARIABLE_UNDEFINED: break;
    }
    return "builtin";
}

/* A certificate fills screens: people get its size. */
static bool is_long(const struct variable *variable, struct str value)
{
    return is_of_certificate(variable) && value.n > 200;
}

static void report_variable(struct explain *explain, const struct variable *variable,
                            struct value value)
{
    struct report *report = &explain->report;
    struct arena *arena = &explain->arena;
    struct str name = arena_printf(arena, "$%.*s", STR_ARG(variable->name));
    bool is_known = value.state != VALUE_UNKNOWN;
    if (report->as_json) {
        report_group(report, NULL, "");
        report_text(report, "name", name);
        report_text(report, "kind", str_of(kind_of(variable)));
        report_bool(report, "known", NULL, is_known);
        if (is_known) {
            json_str(&report->json, "value", value.s);
        } else {
            json_null(&report->json, "value");
        }
        report_group_end(report);
        return;
    }
    struct str shown = !is_known ? STR("not known: it depends on what only a real request has")
                       : is_long(variable, value.s)
                           ? arena_printf(arena, "(%zu bytes: --json)", value.s.n)
                           : arena_printf(arena, "\"%.*s\"", STR_ARG(value.s));
    report_labelled(report, NULL, arena_cstr(arena, name), shown);
}

/* Those that were read on the way, and all of the certificate that the configuration uses. */
static void explain_report_variables(struct explain *explain, struct walk *walk)
{
    const struct variables *vars = &explain->settings->vars;
    report_list(&explain->report, "variables", "Variables");
    for (size_t i = 0; i < vars->n; i++) {
        const struct variable *variable = vars->items[i];
        struct value value = walk->scope.values[variable->index];
        if (value.state == VALUE_NONE && is_of_certificate(variable)) {
            value = scope_get(&walk->scope, variable);
        }
        if (value.state != VALUE_NONE) {
            report_variable(explain, variable, value);
        }
    }
    report_list_end(&explain->report);
}

/* --- the trail --- */

static void report_step(struct explain *explain, const struct trail_step *step, int width)
{
    struct report *report = &explain->report;
    struct str place = explain_place(explain, step->file, step->line);
    if (report->as_json) {
        report_group(report, NULL, "");
        report_text(report, "place", place);
        report_bool(report, "supposed", NULL, step->supposed);
        report_text(report, "text", step->text);
        report_group_end(report);
    } else {
        report_item(report, arena_printf(&explain->arena, "%-*s  %s%.*s", width, place.p,
                                         step->supposed ? "supposed: " : "", STR_ARG(step->text)));
    }
}

static int widest(struct explain *explain, const struct trail_step *steps, size_t n)
{
    size_t width = 0;
    for (size_t i = 0; i < n; i++) {
        size_t own = explain_place(explain, steps[i].file, steps[i].line).n;
        width = own > width ? own : width;
    }
    return (int)width;
}

/* The steps of the walk, and then the rows that a handler's variables led to. */
static void report_trail(struct explain *explain, const struct answer *answer,
                         const struct explain_end *end)
{
    int walked = widest(explain, answer->trail, answer->trail_n);
    int noted = widest(explain, end->notes, end->notes_n);
    int width = walked > noted ? walked : noted;
    report_list(&explain->report, "trail", "Decision");
    for (size_t i = 0; i < answer->trail_n; i++) {
        report_step(explain, &answer->trail[i], width);
    }
    for (size_t i = 0; i < end->notes_n; i++) {
        report_step(explain, &end->notes[i], width);
    }
    report_list_end(&explain->report);
}

/* --- the answer --- */

static bool is_handled(const struct answer *answer)
{
    return answer->decision.kind == DECISION_HANDLER;
}

static bool is_redirect(const struct answer *answer)
{
    return (answer->decision.kind == DECISION_PAGE || answer->decision.kind == DECISION_REDIRECT) &&
           (answer->decision.text.n || answer->decision.text_unknown);
}

static const char *kind_of_answer(const struct answer *answer)
{
    const struct walk *walk = answer->walk;
    switch (answer->decision.kind) {
    case DECISION_HANDLER: return explain_handler_name(walk->location);
    case DECISION_TEXT: return "text";
    case DECISION_STATUS:
    case DECISION_PAGE:
    case DECISION_REDIRECT: return is_redirect(answer) ? "redirect" : "page";
    case DECISION_CLOSE: return "close";
    case DECISION_UNKNOWN: break;
    }
    return "unknown";
}

/* What comes with the status, for people. */
static struct str describe(const struct answer *answer, struct arena *arena)
{
    const struct decision *decision = &answer->decision;
    struct str text = decision->text_unknown ? STR("what only a real request has") : decision->text;
    if (is_handled(answer)) {
        return explain_describe_handler(answer->walk->location, arena);
    }
    if (is_redirect(answer)) {
        return arena_printf(arena, "a redirect to %.*s", STR_ARG(text));
    }
    switch (decision->kind) {
    case DECISION_TEXT:
        return text.n ? arena_printf(arena, "the text \"%.*s\"", STR_ARG(text)) : STR("empty");
    case DECISION_CLOSE: return STR("the connection is closed without an answer");
    case DECISION_UNKNOWN: return STR("it depends on what only a real request has");
    default: return STR("the built-in page");
    }
}

static void report_status(struct explain *explain, const struct answer *answer)
{
    struct report *report = &explain->report;
    int status = answer_status(answer);
    if (report->as_json) {
        report_text(report, "kind", str_of(kind_of_answer(answer)));
        if (status) {
            report_int(report, "status", status);
        } else {
            json_null(&report->json, "status");
        }
        report_bool(report, "text_known", NULL, !answer->decision.text_unknown);
        report_text(report, "text", answer->decision.text);
        return;
    }
    if (status) {
        report_int(report, "status", status);
    }
    report_labelled(report, NULL, "answer", describe(answer, &explain->arena));
}

/* The file that is served now, if there is one. */
static void report_file(struct explain *explain, struct walk *walk)
{
    struct str name;
    size_t root_n;
    if (walk_knows(walk, FACT_PATH) && filename_root(walk).state != VALUE_UNKNOWN &&
        filename_of(walk, walk->path, &name, &root_n)) {
        report_text(&explain->report, "file", name);
    }
}

static void report_answer(struct explain *explain, const struct answer *answer, struct walk *walk)
{
    struct report *report = &explain->report;
    const struct location *location = walk->location->location;
    report_group(report, "answer", "Answer");
    report_status(explain, answer);
    if (location || report->as_json) {
        struct str place =
            location ? explain_place(explain, location->file, location->line) : STR("");
        report_text(report, "location", location ? location->name : STR(""));
        report_labelled(report, "place", "  at", place);
    }
    if (is_handled(answer)) {
        if (explain_is_proxied(walk->location)) {
            explain_report_backend(explain, walk);
        } else {
            report_file(explain, walk);
        }
    }
    report_group_end(report);
}

/* --- one way --- */

/* "if A, and B"; empty: nothing was supposed. */
static struct str supposed_text(const struct answer *answer, struct arena *arena)
{
    struct str *texts = arena_alloc(arena, (answer->trail_n + 1) * sizeof(*texts));
    size_t n = 0;
    for (size_t i = 0; i < answer->trail_n; i++) {
        if (answer->trail[i].supposed) {
            texts[n++] = answer->trail[i].text;
        }
    }
    return arena_join(arena, texts, n, STR(", and "));
}

static void tell_way(void *arg, const struct answer *answer)
{
    struct explain *explain = arg;
    struct report *report = &explain->report;
    struct explain_end end;
    explain_end_init(&end, answer, &explain->arena);
    if (is_handled(answer)) {
        explain_ask_backend(&end.walk);
    }
    struct str supposed = supposed_text(answer, &explain->arena);
    if (report->as_json) {
        report_group(report, NULL, "");
    } else if (supposed.n) {
        struct str heading = arena_printf(&explain->arena, "If %.*s", STR_ARG(supposed));
        report_group(report, NULL, arena_cstr(&explain->arena, heading));
    }
    if (report->as_json) {
        report_text(report, "supposed", supposed);
        report_bool(report, "cut", NULL, answer->cut);
    }
    report_trail(explain, answer, &end);
    explain_report_variables(explain, &end.walk);
    report_answer(explain, answer, &end.walk);
    if (report->as_json || supposed.n) {
        report_group_end(report);
    }
}

static void count_way(void *arg, const struct answer *answer)
{
    struct explain *explain = arg;
    int status = answer_status(answer);
    struct arena *arena = &explain->arena;
    struct str *line = vec_push(arena, &explain->summary, &explain->ways, sizeof(*line));
    struct str shown = status ? arena_decimal(arena, (uint64_t)status) : describe(answer, arena);
    *line =
        arena_printf(arena, "%.*s, if %.*s", STR_ARG(shown), STR_ARG(supposed_text(answer, arena)));
    if (answer->decision.kind == DECISION_UNKNOWN || answer->cut) {
        explain->unknown++;
    } else if (answer->decision.kind == DECISION_CLOSE || status >= 400) {
        explain->refused++;
    }
}

void explain_count(struct explain *explain)
{
    if (explain->entry.refusal || explain->client.too_large) {
        explain->complete = true;
        return;
    }
    explain->complete = site_walk(&explain->question, count_way, explain);
    assert(explain->ways > 0); /* the head was read, so that the target is a path */
}

void explain_report_ways(struct explain *explain)
{
    struct report *report = &explain->report;
    if (report->as_json) {
        report_list(report, "ways", "");
    }
    if (explain->ways > 1 && !report->as_json) {
        report_list(report, NULL, "Possible answers");
        for (size_t i = 0; i < explain->ways; i++) {
            report_item(report, explain->summary[i]);
        }
        report_list_end(report);
    }
    if (explain->ways > 0) {
        bool complete = site_walk(&explain->question, tell_way, explain);
        assert(complete == explain->complete);
    }
    if (report->as_json) {
        report_list_end(report);
        report_bool(report, "complete", NULL, explain->complete);
    } else if (!explain->complete) {
        fputc('\n', report->out);
        report_note(report, "There are more ways than these: say more about the request.");
    }
}

enum explain_outcome explain_outcome(const struct explain *explain)
{
    if (explain->ways == 0) {
        return EXPLAIN_REFUSED; /* the handshake fails */
    }
    if (!explain->complete || explain->unknown) {
        return EXPLAIN_DEPENDS;
    }
    return explain->refused == 0               ? EXPLAIN_ANSWERED
           : explain->refused == explain->ways ? EXPLAIN_REFUSED
                                               : EXPLAIN_DEPENDS;
}
