/* SPDX-License-Identifier: Apache-2.0 */
/* The setters of plain fields, shared by all directive tables. */
#include "conf/directive.h"

#include <assert.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/file.h"
#include "conf/value.h"

static struct str first_arg(const struct conf_scope *scope)
{
    assert(scope->node->n > 0); /* rows with these setters have min_args */
    return scope->node->args[0];
}

/* nginx's sentence, and which value it was. */
static bool setters_fail_value(const struct directive *row, const char *what, struct str value,
                               const char *expected, struct error *err)
{
    return error_set(err, "\"%s\" directive %s \"%.*s\", expected %s", row->name, what,
                     STR_ARG(value), expected);
}

bool set_flag(struct conf_scope *scope, const struct directive *row, void *field, struct error *err)
{
    struct str value = first_arg(scope);
    bool on = str_ieq(value, STR("on"));
    if (!on && !str_ieq(value, STR("off"))) {
        return error_set(err,
                         "invalid value \"%.*s\" in \"%s\" directive, it must be \"on\" or \"off\"",
                         STR_ARG(value), row->name);
    }
    *(bool *)field = on;
    return true;
}

bool set_number(struct conf_scope *scope, const struct directive *row, void *field,
                struct error *err)
{
    return str_to_u64(first_arg(scope), INT64_MAX, field) ||
           setters_fail_value(row, "invalid number", first_arg(scope), "digits", err);
}

bool set_size(struct conf_scope *scope, const struct directive *row, void *field, struct error *err)
{
    return value_size(first_arg(scope), field) ||
           setters_fail_value(row, "invalid value", first_arg(scope),
                              "a size such as 512, 8k or 1m", err);
}

bool check_size(struct conf_scope *scope, const struct directive *row, void *field,
                struct error *err)
{
    uint64_t ignored;
    (void)field;
    return set_size(scope, row, &ignored, err);
}

bool set_msec(struct conf_scope *scope, const struct directive *row, void *field, struct error *err)
{
    return value_msec(first_arg(scope), field) ||
           setters_fail_value(row, "invalid value", first_arg(scope),
                              "a time such as 500ms, 60s or 1h30m", err);
}

bool set_sec(struct conf_scope *scope, const struct directive *row, void *field, struct error *err)
{
    return value_sec(first_arg(scope), field) ||
           setters_fail_value(row, "invalid value", first_arg(scope),
                              "a time in whole seconds such as 60s, 1h30m or 30d", err);
}

bool set_text(struct conf_scope *scope, const struct directive *row, void *field, struct error *err)
{
    *(struct str *)field = first_arg(scope);
    return true;
}

static const struct choice *find_choice(const struct choice *list, struct str name)
{
    assert(list && list->name);
    for (; list->name; list++) {
        if (str_ieq(name, str_of(list->name))) {
            return list;
        }
    }
    return NULL;
}

static bool fail_choice(const struct directive *row, struct str value, struct error *err)
{
    struct buf names = {0};
    for (const struct choice *choice = row->extra; choice->name; choice++) {
        bool is_last = !choice[1].name;
        const char *between = buf_size(&names) == 0 ? "" : is_last ? " or " : ", ";
        buf_printf(&names, "%s\"%s\"", between, choice->name);
    }
    struct str view = buf_view(&names);
    error_set(err, "invalid value \"%.*s\" in \"%s\" directive, it must be %.*s", STR_ARG(value),
              row->name, STR_ARG(view));
    buf_deinit(&names);
    return false;
}

bool set_choice(struct conf_scope *scope, const struct directive *row, void *field,
                struct error *err)
{
    const struct choice *choice = find_choice(row->extra, first_arg(scope));
    if (!choice) {
        return fail_choice(row, first_arg(scope), err);
    }
    *(unsigned *)field = choice->value;
    return true;
}

bool set_choices(struct conf_scope *scope, const struct directive *row, void *field,
                 struct error *err)
{
    unsigned set = 0;
    for (size_t i = 0; i < scope->node->n; i++) {
        const struct choice *choice = find_choice(row->extra, scope->node->args[i]);
        if (!choice) {
            return fail_choice(row, scope->node->args[i], err);
        }
        set |= choice->value;
    }
    *(unsigned *)field = set;
    return true;
}

bool set_path(struct conf_scope *scope, const struct directive *row, void *field, struct error *err)
{
    assert(scope->prefix);
    *(char **)field = path_resolve(scope->arena, str_of(scope->prefix), first_arg(scope));
    return true;
}

bool set_conf_path(struct conf_scope *scope, const struct directive *row, void *field,
                   struct error *err)
{
    assert(scope->conf_prefix);
    *(char **)field = path_resolve(scope->arena, str_of(scope->conf_prefix), first_arg(scope));
    return true;
}
