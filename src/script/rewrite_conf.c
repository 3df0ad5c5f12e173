/* SPDX-License-Identifier: Apache-2.0 */
/* The directives of the rewrite program. */
#include "script/rewrite_conf.h"

#include <assert.h>

#include "http/status.h"
#include "script/template.h"
#include "script/variables.h"

enum {
    CONTEXTS = CONTEXT_SERVER | CONTEXT_LOCATION | CONTEXT_SERVER_IF | CONTEXT_LOCATION_IF,
    STATUS_MIN = 100, /* nginx takes smaller ones, and then sends what is no HTTP */
    STATUS_MAX = 999,
};

static struct statement *append(struct conf_scope *scope, struct program *program,
                                enum statement_kind kind)
{
    struct statement *statement =
        program_append(program, scope->arena, kind, scope->node->file, scope->node->line);
    statement->origin = scope->node;
    return statement;
}

static bool rewrite_conf_compile(struct conf_scope *scope, struct str text, struct template *out,
                                 struct error *err)
{
    return template_compile(text, scope->vars, scope->arena, scope->node->file, scope->node->line,
                            out, err);
}

/* Begins with what nginx takes for a scheme, in rewrite and in return without a status. */
static bool is_absolute(struct str text)
{
    return str_starts(text, STR("http://")) || str_starts(text, STR("https://")) ||
           str_starts(text, STR("$scheme"));
}

static bool set_set(struct conf_scope *scope, const struct directive *row, void *field,
                    struct error *err)
{
    struct str name = scope->node->args[0];
    struct variable *variable;
    struct template value;
    if (name.n == 0 || name.p[0] != '$') {
        return error_set(err, "invalid variable name \"%.*s\"", STR_ARG(name));
    }
    if (!variables_define_set(scope->vars, str_skip(name, 1), &variable, err) ||
        !rewrite_conf_compile(scope, scope->node->args[1], &value, err)) {
        return false;
    }
    variable->lines = variable->lines || template_lines(&value);
    struct statement *statement = append(scope, field, STATEMENT_SET);
    statement->u.set.variable = variable;
    statement->u.set.value = value;
    return true;
}

static const struct choice rewrite_flags[] = {
    {"last", REWRITE_LAST},
    {"break", REWRITE_BREAK},
    {"redirect", REWRITE_REDIRECT},
    {"permanent", REWRITE_PERMANENT},
    {NULL, 0},
};

static bool read_flag(struct str word, enum rewrite_flag *out, struct error *err)
{
    for (const struct choice *choice = rewrite_flags; choice->name; choice++) {
        if (str_eq(word, str_of(choice->name))) {
            *out = (enum rewrite_flag)choice->value;
            return true;
        }
    }
    return error_set(err, "invalid parameter \"%.*s\"", STR_ARG(word));
}

/* Is there a '?' outside of variables? */
static bool has_mark(const struct template *tmpl)
{
    for (size_t i = 0; i < tmpl->n; i++) {
        if (str_find(tmpl->parts[i].literal, '?') < tmpl->parts[i].literal.n) {
            return true;
        }
    }
    return false;
}

static bool set_rewrite(struct conf_scope *scope, const struct directive *row, void *field,
                        struct error *err)
{
    const struct conf_node *node = scope->node;
    assert(node->n == 2 || node->n == 3);
    struct str text = node->args[1];
    const struct regex *regex;
    struct template replacement;
    enum rewrite_flag flag = REWRITE_NONE;
    if (text.n == 0) {
        return error_set(err, "empty replacement");
    }
    if (!variables_regex(scope->vars, node->args[0], false, &regex, err) ||
        (node->n == 3 && !read_flag(node->args[2], &flag, err))) {
        return false;
    }
    if (is_absolute(text) && flag != REWRITE_PERMANENT) {
        flag = REWRITE_REDIRECT;
    }
    bool drop_args = text.p[text.n - 1] == '?';
    if (!rewrite_conf_compile(scope, str_head(text, text.n - drop_args), &replacement, err)) {
        return false;
    }
    bool redirects = flag == REWRITE_REDIRECT || flag == REWRITE_PERMANENT;
    if (redirects && !template_fits_field(&replacement)) {
        return error_set(err, "the URL of \"rewrite\" contains a line break or a NUL");
    }
    struct statement *statement = append(scope, field, STATEMENT_REWRITE);
    statement->u.rewrite.regex = regex;
    statement->u.rewrite.replacement = replacement;
    statement->u.rewrite.drop_args = drop_args;
    statement->u.rewrite.has_args = has_mark(&replacement);
    statement->u.rewrite.flag = flag;
    return true;
}

static bool set_return(struct conf_scope *scope, const struct directive *row, void *field,
                       struct error *err)
{
    const struct conf_node *node = scope->node;
    assert(node->n == 1 || node->n == 2);
    struct str code = node->args[0];
    struct str text = node->n == 2 ? node->args[1] : (struct str){NULL, 0};
    uint64_t status = 302;
    if (node->n == 1 && is_absolute(code)) {
        text = code;
    } else if (!str_to_u64(code, STATUS_MAX, &status) || status < STATUS_MIN) {
        return error_set(err, "invalid return code \"%.*s\"", STR_ARG(code));
    }
    struct template compiled;
    if (!rewrite_conf_compile(scope, text, &compiled, err)) {
        return false;
    }
    if (status_is_redirect((int)status) && !template_fits_field(&compiled)) {
        return error_set(err, "the URL of \"return\" contains a line break or a NUL");
    }
    struct statement *statement = append(scope, field, STATEMENT_RETURN);
    statement->u.ret.status = (int)status;
    statement->u.ret.has_text = text.n > 0; /* `return 403 "";` is `return 403;`, as in nginx */
    statement->u.ret.text = compiled;
    return true;
}

static bool set_break(struct conf_scope *scope, const struct directive *row, void *field,
                      struct error *err)
{
    append(scope, field, STATEMENT_BREAK);
    return true;
}

/* Without effect, but no other word than on and off. */
static bool check_flag(struct conf_scope *scope, const struct directive *row, void *field,
                       struct error *err)
{
    bool ignored;
    return set_flag(scope, row, &ignored, err);
}

const struct directive rewrite_directives[] = {
    {
        .name = "set",
        .contexts = CONTEXTS,
        .min_args = 2,
        .max_args = 2,
        .repeats = true,
        .set = set_set,
        .syntax = "$variable value",
    },
    {
        .name = "rewrite",
        .contexts = CONTEXTS,
        .min_args = 2,
        .max_args = 3,
        .repeats = true,
        .set = set_rewrite,
        .syntax = "regex replacement [last | break | redirect | permanent]",
    },
    {
        .name = "return",
        .contexts = CONTEXTS,
        .min_args = 1,
        .max_args = 2,
        .repeats = true,
        .set = set_return,
        .syntax = "code [text] | code URL | URL",
        .note = "A code below 100 is refused: it is not an HTTP status.",
    },
    {
        .name = "break",
        .contexts = CONTEXTS,
        .repeats = true,
        .set = set_break,
        .syntax = "",
    },
    {
        .name = "rewrite_log",
        .contexts = CONTEXT_HTTP | CONTEXTS,
        .min_args = 1,
        .max_args = 1,
        .support = SUPPORT_ACCEPTED,
        .set = check_flag,
        .syntax = "on | off",
        .note = "it would only add lines to the error log",
    },
};

const size_t rewrite_directives_n = COUNT_OF(rewrite_directives);

/* The words of the node without the parentheses around them; *n is 0 when nothing else is there. */
static bool cut_parentheses(const struct conf_scope *scope, struct str **out, size_t *n,
                            struct error *err)
{
    const struct conf_node *node = scope->node;
    assert(node->n > 0);
    struct str *words = arena_alloc(scope->arena, node->n * sizeof(*words));
    memcpy(words, node->args, node->n * sizeof(*words));
    struct str *first = &words[0];
    struct str *last = &words[node->n - 1];
    if (first->n == 0 || first->p[0] != '(') {
        return error_set(err, "invalid condition \"%.*s\"", STR_ARG(*first));
    }
    *first = str_skip(*first, 1);
    if (last->n == 0 || last->p[last->n - 1] != ')') {
        return error_set(err, "invalid condition \"%.*s\"", STR_ARG(*last));
    }
    *last = str_head(*last, last->n - 1);
    *n = node->n;
    if (words[*n - 1].n == 0) { /* it was ")" alone */
        (*n)--;
    }
    if (*n > 0 && words[0].n == 0) {
        words++;
        (*n)--;
    }
    *out = words;
    return true;
}

/* The first statement of the program that stands after the node in the file, or NULL. */
static const struct statement *following(const struct program *program,
                                         const struct conf_node *node)
{
    for (const struct conf_node *next = node->next; next; next = next->next) {
        for (const struct statement *s = program->first; s; s = s->next) {
            if (s->origin == next) {
                return s;
            }
        }
    }
    return NULL;
}

bool rewrite_conf_if(struct conf_scope *scope, struct program *program, struct program **body,
                     const void *location, struct error *err)
{
    const struct conf_node *node = scope->node;
    struct str *words = NULL;
    size_t n = 0;
    struct condition condition;
    if (node->n == 0) {
        return error_set(err, "invalid number of arguments in \"if\" directive");
    }
    if (!cut_parentheses(scope, &words, &n, err)) {
        return false;
    }
    if (n == 0) {
        return error_set(err, "invalid condition \")\"");
    }
    if (!condition_parse(words, n, scope->vars, scope->arena, node->file, node->line, &condition,
                         err)) {
        return false;
    }
    const struct statement *next = following(program, node);
    struct statement *statement = append(scope, program, STATEMENT_IF);
    *body = arena_zalloc(scope->arena, sizeof(**body));
    statement->u.branch.condition = condition;
    statement->u.branch.body = *body;
    statement->u.branch.location = location;
    if (next) {
        program_move_last(program, next);
    }
    return true;
}
