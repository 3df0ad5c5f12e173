/* SPDX-License-Identifier: Apache-2.0 */
/* The little program of a server or a location. */
#include "script/program.h"

#include <assert.h>
#include <stdarg.h>

#include "base/compiler.h"
#include "http/uri.h"
#include "script/supposed.h"

struct statement *program_append(struct program *program, struct arena *arena,
                                 enum statement_kind kind, const char *file, unsigned line)
{
    assert(!program->first == !program->last);
    struct statement *statement = arena_zalloc(arena, sizeof(*statement));
    statement->kind = kind;
    statement->file = file;
    statement->line = line;
    if (program->last) {
        program->last->next = statement;
    } else {
        program->first = statement;
    }
    program->last = statement;
    return statement;
}

void program_move_last(struct program *program, const struct statement *next)
{
    struct statement *moved = program->last;
    assert(next && next != moved);
    struct statement **link = &program->first;
    while (*link != next) {
        link = &(*link)->next;
    }
    struct statement *last = *link; /* of those that stay behind it, in the end */
    while (last->next != moved) {
        last = last->next;
    }
    moved->next = *link;
    *link = moved;
    last->next = NULL;
    program->last = last;
}

static enum truth truth_of(bool yes, bool negated)
{
    return yes != negated ? TRUTH_YES : TRUTH_NO;
}

static enum truth eval_match(const struct condition *condition, struct scope *scope,
                             struct str subject)
{
    assert(condition->regex);
    enum match match = scope_match(scope, condition->regex, subject);
    if (match == MATCH_ERROR) {
        return TRUTH_ERROR;
    }
    if (match == MATCH_NO) {
        scope_forget_captures(scope); /* as in nginx */
    }
    return truth_of(match == MATCH_YES, condition->test == TEST_NOT_MATCH);
}

static enum truth eval_file(const struct condition *condition, struct scope *scope, struct str path)
{
    assert(condition->test == TEST_FILE && scope->host->file_test);
    bool result = false;
    enum value_state state =
        scope->host->file_test(scope->facts, condition->file_test, path, &result);
    return state == VALUE_UNKNOWN ? TRUTH_UNKNOWN : truth_of(result, condition->negated);
}

enum truth condition_eval(const struct condition *condition, struct scope *scope)
{
    struct value subject = template_eval(&condition->subject, scope);
    if (subject.state == VALUE_UNKNOWN) {
        /* It may be a map, whose patterns set $1: read as a request that knows all reads it. */
        (void)template_eval(&condition->operand, scope);
        return TRUTH_UNKNOWN;
    }
    switch (condition->test) {
    case TEST_NONEMPTY:
        return truth_of(subject.s.n > 0 && !str_eq(subject.s, STR("0")), condition->negated);
    case TEST_MATCH:
    case TEST_NOT_MATCH: return eval_match(condition, scope, subject.s);
    case TEST_FILE: return eval_file(condition, scope, subject.s);
    case TEST_EQUAL:
    case TEST_NOT_EQUAL: break;
    }
    struct value operand = template_eval(&condition->operand, scope);
    if (operand.state == VALUE_UNKNOWN) {
        return TRUTH_UNKNOWN;
    }
    return truth_of(str_eq(subject.s, operand.s), condition->test == TEST_NOT_EQUAL);
}

/* A program on its way; `stop` ends all levels of it. */
struct run {
    struct scope *scope;
    bool search; /* the URI changed and no break followed */
    bool stop;
    struct outcome outcome;
};

static void run_end(struct run *run, enum outcome_kind kind)
{
    run->outcome.kind = kind;
    run->stop = true;
}

/* The replacement: one text for a redirect, else path and arguments. */
struct rewritten {
    struct str path;
    struct str args;
    bool has_args;
};

/* What the replacement is made of, in order: the first `path_n` pieces are its path. */
struct pieces {
    struct str *items;
    size_t n;
    size_t path_n;
    bool has_args;
};

/* Adds one part of the replacement; a first '?' that is written there starts the arguments. */
static void pieces_add(struct pieces *pieces, struct str text, bool split)
{
    if (pieces->has_args || !split) {
        pieces->items[pieces->n++] = text;
        return;
    }
    size_t mark = str_find(text, '?');
    pieces->items[pieces->n++] = str_head(text, mark);
    if (mark < text.n) {
        pieces->has_args = true;
        pieces->path_n = pieces->n;
        pieces->items[pieces->n++] = str_skip(text, mark + 1);
    }
}

static struct rewritten pieces_join(const struct pieces *pieces, struct arena *arena)
{
    size_t path_n = pieces->has_args ? pieces->path_n : pieces->n;
    assert(path_n <= pieces->n);
    return (struct rewritten){
        .path = arena_join(arena, pieces->items, path_n, STR("")),
        .args = arena_join(arena, pieces->items + path_n, pieces->n - path_n, STR("")),
        .has_args = pieces->has_args,
    };
}

/* False when a variable is unknown. */
static bool replacement_eval(const struct template *tmpl, struct scope *scope, bool redirect,
                             struct rewritten *out)
{
    struct pieces pieces = {0};
    pieces.items = arena_alloc(scope->arena, (tmpl->n + 1) * sizeof(*pieces.items));
    for (size_t i = 0; i < tmpl->n; i++) {
        const struct template_part *part = &tmpl->parts[i];
        struct value value = template_part_eval(part, scope);
        if (value.state == VALUE_UNKNOWN) {
            return false;
        }
        /* nginx does not if the client wrote neither '%' nor '+' in its path. */
        if (part->capture >= 0 && (redirect || pieces.has_args)) {
            value.s = uri_escape(ESCAPE_ARGS, value.s, scope->arena);
        }
        bool literal = !part->variable && part->capture < 0;
        pieces_add(&pieces, value.s, literal && !redirect);
    }
    assert(pieces.n <= tmpl->n + 1); /* one of them is split in two at most */
    *out = pieces_join(&pieces, scope->arena);
    return true;
}

/*
 * Takes back the escaping of what a Location may hold as it is, up to a '?' (nginx:
 * NGX_UNESCAPE_REDIRECT): %XX of characters above '%' and below 0x7f; broken sequences lose what
 * made them so.
 */
static struct str redirect_unescape(struct str s, struct arena *arena)
{
    char *start = arena_bytes(arena, s.n + 1);
    char *p = start;
    size_t i = 0;
    while (i < s.n) {
        char c = s.p[i++];
        if (c == '?') {
            *p++ = c;
            break;
        }
        if (c != '%') {
            *p++ = c;
            continue;
        }
        int high = i < s.n ? char_hex(s.p[i]) : -1;
        if (high < 0) { /* the '%' alone is dropped */
            if (i < s.n) {
                *p++ = s.p[i++];
            }
            continue;
        }
        int low = i + 1 < s.n ? char_hex(s.p[i + 1]) : -1;
        if (low < 0) {
            i = i + 2 < s.n ? i + 2 : s.n;
            continue;
        }
        int code = high * 16 + low;
        if (code > '%' && code < 0x7f) {
            *p++ = (char)code;
        } else {
            *p++ = '%';
            *p++ = s.p[i];
            *p++ = s.p[i + 1];
        }
        i += 2;
        if (code == '?') {
            break;
        }
    }
    if (i < s.n) {
        memcpy(p, s.p + i, s.n - i);
        p += s.n - i;
    }
    assert((size_t)(p - start) <= s.n);
    *p = '\0';
    return str_range(start, p);
}

static void run_redirect(struct run *run, const struct statement *statement, struct str url)
{
    struct arena *arena = run->scope->arena;
    struct value args = run->scope->host->args(run->scope->facts);
    url = redirect_unescape(url, arena);
    if (!statement->u.rewrite.drop_args && args.s.n) {
        const struct str parts[] = {url, args.s};
        url = arena_join(arena, parts, 2, statement->u.rewrite.has_args ? STR("&") : STR("?"));
    }
    run->outcome.text_unknown = !statement->u.rewrite.drop_args && args.state == VALUE_UNKNOWN;
    run_end(run, OUTCOME_REDIRECT);
    run->outcome.status = statement->u.rewrite.flag == REWRITE_PERMANENT ? 301 : 302;
    run->outcome.has_text = true;
    run->outcome.text = url;
}

/* The URI changed: what the flag says of the way on. */
static void run_on(struct run *run, const struct statement *statement)
{
    assert(statement->kind == STATEMENT_REWRITE);
    run->outcome.uri_changed = true;
    run->search = statement->u.rewrite.flag != REWRITE_BREAK;
    run->stop = statement->u.rewrite.flag != REWRITE_NONE;
}

static void run_set_uri(struct run *run, const struct statement *statement,
                        const struct rewritten *to)
{
    struct scope *scope = run->scope;
    if (to->path.n == 0) {
        run_end(run, OUTCOME_ERROR); /* nginx: the rewritten URI has a zero length */
        return;
    }
    struct value old = scope->host->args(scope->facts);
    bool keep = !statement->u.rewrite.drop_args && old.s.n > 0;
    struct str args = to->args;
    if (!to->has_args) {
        args = keep ? old.s : (struct str){NULL, 0};
    } else if (keep) {
        const struct str parts[] = {args, old.s};
        args = arena_join(scope->arena, parts, 2, STR("&"));
    }
    bool is_known = statement->u.rewrite.drop_args || old.state != VALUE_UNKNOWN;
    scope->host->set_uri(scope->facts, value_of(to->path),
                         is_known ? value_of(args) : VALUE_IS_UNKNOWN);
    run_on(run, statement);
}

/* The path if the replacement has a '?' of its own, and all before it is known. */
static bool replacement_path(const struct template *tmpl, struct scope *scope, struct str *out)
{
    *out = STR("");
    for (size_t i = 0; i < tmpl->n; i++) {
        const struct template_part *part = &tmpl->parts[i];
        bool literal = !part->variable && part->capture < 0;
        struct value value = template_part_eval(part, scope);
        if (value.state == VALUE_UNKNOWN) {
            return false;
        }
        size_t mark = literal ? str_find(value.s, '?') : value.s.n;
        *out = arena_concat(scope->arena, *out, str_head(value.s, mark));
        if (mark < value.s.n) {
            return true;
        }
    }
    return false;
}

/* Whether the path has a character that is written there. */
static bool path_has_literal(const struct template *tmpl)
{
    for (size_t i = 0; i < tmpl->n; i++) {
        struct str literal = tmpl->parts[i].literal;
        bool is_literal = !tmpl->parts[i].variable && tmpl->parts[i].capture < 0 && literal.n;
        if (is_literal) {
            return literal.p[0] != '?';
        }
    }
    return false;
}

static void run_set_unknown_path(struct run *run, const struct statement *statement)
{
    struct scope *scope = run->scope;
    const struct template *replacement = &statement->u.rewrite.replacement;
    struct str path;
    bool is_known = replacement_path(replacement, scope, &path);
    bool is_empty = is_known && path.n == 0;
    if (!is_known && !path_has_literal(replacement)) {
        is_empty = scope_choose(scope, 2) == 1;
        scope_suppose(scope, (struct line_place){statement->file, statement->line},
                      "the rewrite makes %s path", is_empty ? "an empty" : "no empty");
    }
    if (is_empty) {
        run_end(run, OUTCOME_ERROR); /* as in run_set_uri */
        return;
    }
    scope->host->set_uri(scope->facts, is_known ? value_of(path) : VALUE_IS_UNKNOWN,
                         VALUE_IS_UNKNOWN);
    run_on(run, statement);
}

/* Where the replacement leads is not known. */
static void run_set_unknown(struct run *run, const struct statement *statement, bool redirect)
{
    struct scope *scope = run->scope;
    if (!scope_may_choose(scope)) {
        run_end(run, OUTCOME_UNKNOWN);
        return;
    }
    if (redirect) {
        run_end(run, OUTCOME_REDIRECT);
        run->outcome.status = statement->u.rewrite.flag == REWRITE_PERMANENT ? 301 : 302;
        run->outcome.text_unknown = true;
        return;
    }
    run_set_unknown_path(run, statement);
}

static struct line_place place_of(const struct statement *statement)
{
    return (struct line_place){statement->file, statement->line};
}

/* ".*$" is none of these: '.' is no line feed, which a path may hold. */
static bool matches_everything(const struct regex *regex)
{
    static const char *const PATTERNS[] = {"", "^", ".*", "^.*", "(.*)", "^(.*)"};
    for (size_t i = 0; i < COUNT_OF(PATTERNS); i++) {
        if (str_eq(str_of(regex_pattern(regex)), str_of(PATTERNS[i]))) {
            return true;
        }
    }
    return false;
}

/* Does it match a path that is not known? */
static enum match match_unknown(struct scope *scope, const struct statement *statement)
{
    const struct regex *regex = statement->u.rewrite.regex;
    if (matches_everything(regex)) {
        scope_match_unknown(scope, regex);
        return MATCH_YES;
    }
    bool yes = scope_choose(scope, 2) == 1;
    scope_suppose(scope, place_of(statement), "the path %s \"%s\"",
                  yes ? "matches" : "does not match", regex_pattern(regex));
    if (!yes) {
        return MATCH_NO;
    }
    scope_match_unknown(scope, regex);
    return MATCH_YES;
}

static void run_rewrite(struct run *run, const struct statement *statement)
{
    struct scope *scope = run->scope;
    const struct regex *regex = statement->u.rewrite.regex;
    struct value uri = scope->host->uri(scope->facts);
    bool is_unknown = uri.state == VALUE_UNKNOWN && scope_may_choose(scope);
    switch (is_unknown ? match_unknown(scope, statement) : scope_match(scope, regex, uri.s)) {
    case MATCH_NO: scope_forget_captures(scope); return;
    case MATCH_ERROR: run_end(run, OUTCOME_ERROR); return;
    case MATCH_YES: break;
    }
    scope_note(scope, place_of(statement), "rewrite: the path matches \"%s\"",
               regex_pattern(regex));
    bool redirect = statement->u.rewrite.flag == REWRITE_REDIRECT ||
                    statement->u.rewrite.flag == REWRITE_PERMANENT;
    struct rewritten to;
    if (!replacement_eval(&statement->u.rewrite.replacement, scope, redirect, &to)) {
        run_set_unknown(run, statement, redirect);
    } else if (redirect) {
        run_redirect(run, statement, to.path);
    } else {
        run_set_uri(run, statement, &to);
    }
}

static void run_set(struct run *run, const struct statement *statement)
{
    const struct variable *variable = statement->u.set.variable;
    struct value value = template_eval(&statement->u.set.value, run->scope);
    bool is_builtin = variable->kind == VARIABLE_BUILTIN && variable->source.builtin->changeable;
    if (value.state == VALUE_UNKNOWN && is_builtin && !scope_may_choose(run->scope)) {
        run_end(run, OUTCOME_UNKNOWN); /* the request itself would change in an unknown way */
    } else {
        scope_put(run->scope, variable, value);
    }
    if (value.state == VALUE_UNKNOWN) {
        scope_note(run->scope, place_of(statement), "set $%.*s: not known",
                   STR_ARG(variable->name));
    } else {
        scope_note(run->scope, place_of(statement), "set $%.*s: \"%.*s\"", STR_ARG(variable->name),
                   STR_ARG(value.s));
    }
}

static void run_return(struct run *run, const struct statement *statement)
{
    assert(statement->u.ret.status >= 100 && statement->u.ret.status <= 999);
    run_end(run, OUTCOME_RETURN);
    run->outcome.status = statement->u.ret.status;
    run->outcome.has_text = statement->u.ret.has_text;
    if (statement->u.ret.has_text) {
        struct value text = template_eval(&statement->u.ret.text, run->scope);
        run->outcome.text = text.s;
        run->outcome.text_unknown = text.state == VALUE_UNKNOWN;
    }
    scope_note(run->scope, place_of(statement), "return %d", statement->u.ret.status);
}

static void run_statements(struct run *run, const struct program *program);

/* A question goes both ways, and keeps to what it took for granted. */
static enum truth choose_truth(struct scope *scope, const struct statement *statement)
{
    const struct condition *condition = &statement->u.branch.condition;
    bool turned = condition->test == TEST_NOT_EQUAL || condition->test == TEST_NOT_MATCH ||
                  condition->negated;
    enum truth known = supposed_truth(scope, condition);
    bool yes =
        known == TRUTH_UNKNOWN ? scope_choose(scope, 2) == 1 : turned != (known == TRUTH_YES);
    bool matches = yes != turned;
    struct str text = condition_text(condition, yes, scope->arena);
    if (known == TRUTH_UNKNOWN) {
        scope_suppose(scope, place_of(statement), "%.*s", STR_ARG(text));
        supposed_add(scope, condition, matches);
    } else {
        scope_note(scope, place_of(statement), "%.*s", STR_ARG(text));
    }
    if (condition->regex && matches) {
        scope_match_unknown(scope, condition->regex);
    } else if (condition->regex) {
        scope_forget_captures(scope);
    }
    if (matches && (condition->test == TEST_EQUAL || condition->test == TEST_NOT_EQUAL)) {
        struct value operand = template_eval(&condition->operand, scope);
        const struct variable *variable =
            condition->subject.n == 1 ? condition->subject.parts[0].variable : NULL;
        if (variable && !variable->volatile_ && operand.state != VALUE_UNKNOWN) {
            scope->values[variable->index] = operand;
        }
    }
    return yes ? TRUTH_YES : TRUTH_NO;
}

static void note_if(struct scope *scope, const struct statement *statement, bool yes)
{
    if (scope->host->note) { /* a live request needs no text */
        struct str text = condition_text(&statement->u.branch.condition, true, scope->arena);
        scope_note(scope, place_of(statement), "if %.*s: %s", STR_ARG(text), yes ? "yes" : "no");
    }
}

static void run_if(struct run *run, const struct statement *statement)
{
    const struct condition *condition = &statement->u.branch.condition;
    enum truth truth = condition_eval(condition, run->scope);
    if (truth == TRUTH_UNKNOWN && scope_may_choose(run->scope)) {
        truth = choose_truth(run->scope, statement);
    } else if (truth == TRUTH_YES || truth == TRUTH_NO) {
        note_if(run->scope, statement, truth == TRUTH_YES);
    }
    switch (truth) {
    case TRUTH_NO: return;
    case TRUTH_UNKNOWN: run_end(run, OUTCOME_UNKNOWN); return;
    case TRUTH_ERROR: run_end(run, OUTCOME_ERROR); return;
    case TRUTH_YES: break;
    }
    if (statement->u.branch.location) {
        run->outcome.location = statement->u.branch.location;
    }
    if (statement->u.branch.body) {
        run_statements(run, statement->u.branch.body);
    }
}

static void run_statements(struct run *run, const struct program *program)
{
    for (const struct statement *s = program->first; s && !run->stop; s = s->next) {
        switch (s->kind) {
        case STATEMENT_SET: run_set(run, s); break;
        case STATEMENT_IF: run_if(run, s); break;
        case STATEMENT_REWRITE: run_rewrite(run, s); break;
        case STATEMENT_RETURN: run_return(run, s); break;
        case STATEMENT_BREAK:
            run->search = false;
            run->stop = true;
            break;
        }
    }
}

struct outcome program_run(const struct program *program, struct scope *scope, bool in_server)
{
    struct run run = {.scope = scope};
    run_statements(&run, program);
    if (run.outcome.kind == OUTCOME_NEXT && run.search && !in_server) {
        run.outcome.kind = OUTCOME_SEARCH;
    }
    return run.outcome;
}
