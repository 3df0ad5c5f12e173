/* SPDX-License-Identifier: Apache-2.0 */
/* Text with variables in it. */
#include "script/template.h"

#include <assert.h>

#include "base/vec.h"
#include "http/header.h"

static struct template_part *part_add(struct template *tmpl, struct arena *arena)
{
    assert(!tmpl->constant);
    struct template_part *part = vec_push(arena, &tmpl->parts, &tmpl->n, sizeof(*tmpl->parts));
    part->capture = -1;
    return part;
}

static bool is_name_char(char c)
{
    return char_is_alnum(c) || c == '_';
}

/* *name is set to the name that starts at *rest, after the '$'; *rest goes on after it. */
static bool template_name_take(struct str *rest, struct str *name, struct error *err)
{
    bool bracket = rest->n > 0 && rest->p[0] == '{';
    *rest = str_skip(*rest, bracket ? 1 : 0);
    size_t n = 0;
    while (n < rest->n && is_name_char(rest->p[n])) {
        n++;
    }
    *name = str_head(*rest, n);
    if (bracket && rest->n == 0) {
        return error_set(err, "invalid variable name");
    }
    if (bracket && (n == rest->n || rest->p[n] != '}')) {
        return error_set(err, "the closing bracket in \"%.*s\" variable is missing",
                         STR_ARG(*name));
    }
    if (n == 0) {
        return error_set(err, "invalid variable name");
    }
    *rest = str_skip(*rest, n + (bracket ? 1 : 0));
    return true;
}

bool template_compile(struct str source, struct variables *vars, struct arena *arena,
                      const char *file, unsigned line, struct template *out, struct error *err)
{
    source = arena_dup(arena, source);
    *out = (struct template){.source = source, .text = source};
    struct str rest = source;
    bool constant = true;
    while (rest.n > 0) {
        size_t n = str_find(rest, '$');
        if (n > 0) {
            part_add(out, arena)->literal = str_head(rest, n);
            rest = str_skip(rest, n);
            continue;
        }
        constant = false;
        rest = str_skip(rest, 1);
        if (rest.n > 0 && rest.p[0] >= '1' && rest.p[0] <= '9') {
            part_add(out, arena)->capture = rest.p[0] - '0';
            rest = str_skip(rest, 1);
            continue;
        }
        struct str name;
        if (!template_name_take(&rest, &name, err)) {
            return false;
        }
        part_add(out, arena)->variable = variables_use(vars, name, file, line);
    }
    out->constant = constant;
    if (!constant) {
        out->text = (struct str){NULL, 0};
    }
    return true;
}

struct value template_part_eval(const struct template_part *part, struct scope *scope)
{
    if (part->variable) {
        return scope_get(scope, part->variable);
    }
    if (part->capture < 0) {
        return value_of(part->literal);
    }
    if (scope->captures_unknown) {
        return VALUE_IS_UNKNOWN;
    }
    size_t group = (size_t)part->capture;
    return value_of(group < scope->captures.n ? scope->captures.group[group]
                                              : (struct str){NULL, 0});
}

bool template_fits_field(const struct template *tmpl)
{
    for (size_t i = 0; i < tmpl->n; i++) {
        if (!header_value_valid(tmpl->parts[i].literal)) {
            return false;
        }
    }
    return true;
}

const struct variable *template_lines(const struct template *tmpl)
{
    for (size_t i = 0; i < tmpl->n; i++) {
        const struct variable *variable = tmpl->parts[i].variable;
        if (variable && variable->lines) {
            return variable;
        }
    }
    return NULL;
}

struct str template_unfit_part(const struct template *tmpl, struct scope *scope)
{
    for (size_t i = 0; i < tmpl->n; i++) {
        const struct template_part *part = &tmpl->parts[i];
        if (header_value_valid(template_part_eval(part, scope).s)) {
            continue;
        }
        return part->variable ? arena_concat(scope->arena, STR("$"), part->variable->name)
                              : arena_printf(scope->arena, "$%d", part->capture);
    }
    return STR("");
}

struct value template_eval(const struct template *tmpl, struct scope *scope)
{
    if (tmpl->constant || tmpl->n == 0) {
        return value_of(tmpl->text);
    }
    if (tmpl->n == 1) {
        struct value value = template_part_eval(&tmpl->parts[0], scope);
        return value.state == VALUE_UNKNOWN ? value : value_of(value.s);
    }
    struct str *texts = arena_alloc(scope->arena, tmpl->n * sizeof(*texts));
    size_t total = 0;
    for (size_t i = 0; i < tmpl->n; i++) {
        struct value value = template_part_eval(&tmpl->parts[i], scope);
        if (value.state == VALUE_UNKNOWN) {
            return VALUE_IS_UNKNOWN;
        }
        texts[i] = value.s;
        total += value.s.n;
    }
    char *bytes = arena_bytes(scope->arena, total + 1);
    char *p = bytes;
    for (size_t i = 0; i < tmpl->n; i++) {
        if (texts[i].n) {
            memcpy(p, texts[i].p, texts[i].n);
            p += texts[i].n;
        }
    }
    assert(p == bytes + total);
    *p = '\0';
    return value_of((struct str){bytes, total});
}
