/* SPDX-License-Identifier: Apache-2.0 */
/* The variables of a configuration. */
#include "script/variables.h"

#include <assert.h>
#include <stdlib.h>

#include "base/vec.h"
#include "script/regex.h"

void variables_init(struct variables *vars, struct arena *arena, const struct builtin *builtins,
                    size_t n)
{
    *vars = (struct variables){
        .arena = arena,
        .builtins = builtins,
        .builtins_n = n,
        .by_name.ignore_case = true,
    };
}

void variables_deinit(struct variables *vars)
{
    for (size_t i = 0; i < vars->regexes_n; i++) {
        regex_free(vars->regexes[i]);
    }
    vars->regexes = NULL;
    vars->regexes_n = 0;
}

/* The row with exactly this name, else the family with the longest prefix of it, else NULL. */
static const struct builtin *find_builtin(const struct variables *vars, struct str name)
{
    const struct builtin *best = NULL;
    size_t best_n = 0;
    for (size_t i = 0; i < vars->builtins_n; i++) {
        const struct builtin *row = &vars->builtins[i];
        struct str row_name = str_of(row->name);
        if (!row->prefix && str_ieq(row_name, name)) {
            return row;
        }
        if (row->prefix && str_istarts(name, row_name) && row_name.n > best_n) {
            best = row;
            best_n = row_name.n;
        }
    }
    return best;
}

static struct str lower_dup(struct arena *arena, struct str s)
{
    char *p = arena_bytes(arena, s.n + 1);
    for (size_t i = 0; i < s.n; i++) {
        p[i] = char_lower(s.p[i]);
    }
    p[s.n] = '\0';
    return (struct str){p, s.n};
}

static struct variable *variable_add(struct variables *vars, struct str name)
{
    assert(name.n > 0);
    struct variable *variable = arena_zalloc(vars->arena, sizeof(*variable));
    variable->name = lower_dup(vars->arena, name);
    variable->index = (unsigned)vars->n;
    const struct builtin *row = find_builtin(vars, name);
    if (row) {
        variable->kind = VARIABLE_BUILTIN;
        variable->source.builtin = row;
        variable->volatile_ = row->volatile_;
        variable->lines = row->lines;
        variable->suffix =
            row->prefix ? str_skip(variable->name, strlen(row->name)) : (struct str){NULL, 0};
    }
    struct variable **slot = vec_push(vars->arena, &vars->items, &vars->n, sizeof(*vars->items));
    *slot = variable;
    strmap_put(&vars->by_name, vars->arena, variable->name, variable);
    return variable;
}

struct variable *variables_use(struct variables *vars, struct str name, const char *file,
                               unsigned line)
{
    struct variable *variable = strmap_get(&vars->by_name, name);
    if (!variable) {
        variable = variable_add(vars, name);
    }
    if (!variable->file && file) {
        variable->file = file;
        variable->line = line;
    }
    return variable;
}

static bool duplicate(const struct variable *variable, struct error *err)
{
    return error_set(err, "the duplicate \"%.*s\" variable", STR_ARG(variable->name));
}

bool variables_define_set(struct variables *vars, struct str name, struct variable **out,
                          struct error *err)
{
    if (name.n == 0) {
        return error_set(err, "invalid variable name \"$\"");
    }
    struct variable *variable = variables_use(vars, name, NULL, 0);
    switch (variable->kind) {
    case VARIABLE_UNDEFINED: variable->kind = VARIABLE_SET; break;
    case VARIABLE_SET: break;
    case VARIABLE_BUILTIN:
        /* `set $http_x` covers that header for the rest of the request, as in nginx. */
        if (variable->source.builtin->set_later) {
            return error_set(err, "setting \"$%.*s\" is not supported yet",
                             STR_ARG(variable->name));
        }
        if (!variable->source.builtin->changeable && !variable->source.builtin->prefix) {
            return duplicate(variable, err);
        }
        break;
    case VARIABLE_MAP:
    case VARIABLE_GEO:
    case VARIABLE_SPLIT: return duplicate(variable, err);
    }
    *out = variable;
    return true;
}

bool variables_define(struct variables *vars, struct str name, enum variable_kind kind,
                      const void *source, bool is_volatile, struct error *err)
{
    assert(source);
    if (name.n == 0) {
        return error_set(err, "invalid variable name \"$\"");
    }
    struct variable *variable = variables_use(vars, name, NULL, 0);
    bool family = variable->kind == VARIABLE_BUILTIN && variable->source.builtin->prefix;
    if (variable->kind != VARIABLE_UNDEFINED && !family) {
        return duplicate(variable, err);
    }
    variable->kind = kind;
    variable->volatile_ = is_volatile;
    switch (kind) {
    case VARIABLE_MAP: variable->source.map = source; break;
    case VARIABLE_GEO: variable->source.geo = source; break;
    case VARIABLE_SPLIT: variable->source.split = source; break;
    case VARIABLE_UNDEFINED:
    case VARIABLE_BUILTIN:
    case VARIABLE_SET: abort(); /* these have functions of their own */
    }
    return true;
}

bool variables_regex(struct variables *vars, struct str pattern, bool ignore_case,
                     const struct regex **out, struct error *err)
{
    struct regex *regex;
    if (!regex_compile(pattern, ignore_case, &regex, err)) {
        return false;
    }
    struct regex **slot =
        vec_push(vars->arena, &vars->regexes, &vars->regexes_n, sizeof(struct regex *));
    *slot = regex;

    size_t n;
    const struct regex_name *names = regex_names(regex, &n);
    for (size_t i = 0; i < n; i++) {
        struct variable *variable;
        if (!variables_define_set(vars, names[i].name, &variable, err)) {
            return false;
        }
        variable->captured = variable->kind == VARIABLE_SET;
    }
    *out = regex;
    return true;
}

static bool script_variables_check(const struct variable *variable, struct error *err)
{
    if (variable->kind != VARIABLE_UNDEFINED) {
        return true;
    }
    if (!variable->file) {
        return error_set(err, "unknown \"%.*s\" variable", STR_ARG(variable->name));
    }
    return error_set(err, "unknown \"%.*s\" variable in %s:%u", STR_ARG(variable->name),
                     variable->file, variable->line);
}

bool variables_check(const struct variables *vars, struct errors *all, struct error *err)
{
    bool ok = true;
    for (size_t i = 0; (ok || all) && i < vars->n; i++) {
        struct error why;
        if (script_variables_check(vars->items[i], &why)) {
            continue;
        }
        *err = ok ? why : *err;
        ok = false;
        if (all) {
            errors_add(all, &why);
        }
    }
    return ok;
}
