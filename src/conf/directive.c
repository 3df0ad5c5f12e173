/* SPDX-License-Identifier: Apache-2.0 */
#include "conf/directive.h"

#include <assert.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/compiler.h"
#include "conf/context.h"
#include "conf/value.h"

size_t conf_tables_rows(const struct conf_tables *tables)
{
    size_t n = 0;
    for (size_t i = 0; i < tables->n; i++) {
        n += tables->tables[i].n;
    }
    return n;
}

/* A row and where it stands. */
struct found {
    const struct directive_table *table;
    const struct directive *row;
    size_t index;            /* over all tables, into conf_level.seen */
    unsigned other_contexts; /* of the rows of that name, when none is for the context looked for */
};

/* False when no row has that name; with `row` NULL when none of them is for `context`. */
static bool find_row(const struct conf_tables *tables, struct str name, unsigned context,
                     struct found *out)
{
    assert(context);
    *out = (struct found){0};
    size_t index = 0;
    for (size_t i = 0; i < tables->n; i++) {
        const struct directive_table *table = &tables->tables[i];
        for (size_t j = 0; j < table->n; j++, index++) {
            const struct directive *row = &table->rows[j];
            if (!str_eq(name, str_of(row->name))) {
                continue;
            }
            if (row->contexts & context) {
                *out = (struct found){table, row, index, 0};
                return true;
            }
            out->other_contexts |= row->contexts;
        }
    }
    return out->other_contexts != 0;
}

/* One edit for each three letters, at most three: "listne" is "listen", but "if" is not "in". */
static bool directive_is_near(struct str name, unsigned distance)
{
    return distance <= 3 && distance * 3 <= name.n;
}

/* The known name nearest to an unknown one, of equally near ones one that is allowed here; or NULL.
 */
static const char *nearest_name(const struct conf_tables *tables, struct str name, unsigned context)
{
    const struct directive *best = NULL;
    unsigned best_distance = UINT32_MAX;
    for (size_t i = 0; i < tables->n; i++) {
        for (size_t j = 0; j < tables->tables[i].n; j++) {
            const struct directive *row = &tables->tables[i].rows[j];
            unsigned distance = value_distance(name, str_of(row->name));
            bool allowed_tie = best && distance == best_distance && (row->contexts & context) &&
                               !(best->contexts & context);
            if (directive_is_near(name, distance) && (distance < best_distance || allowed_tie)) {
                best = row;
                best_distance = distance;
            }
        }
    }
    return best ? best->name : NULL;
}

static bool fail_unknown(const struct conf_tables *tables, const struct conf_node *node,
                         unsigned context, struct error *err)
{
    const char *near = nearest_name(tables, node->name, context);
    if (near) {
        return error_set(err, "unknown directive \"%.*s\", did you mean \"%s\"?",
                         STR_ARG(node->name), near);
    }
    return error_set(err, "unknown directive \"%.*s\"", STR_ARG(node->name));
}

static bool fail_elsewhere(const struct conf_node *node, unsigned contexts, struct error *err)
{
    struct buf names = {0};
    context_names(contexts, &names);
    struct str view = buf_view(&names);
    error_set(err, "\"%.*s\" directive is not allowed here, it belongs in %.*s",
              STR_ARG(node->name), STR_ARG(view));
    buf_deinit(&names);
    return false;
}

/* Whether the arguments are that one of `values`, in either case; "0" is any size of nothing. */
static bool is_value(const struct conf_node *node, struct str value)
{
    uint64_t size;
    if (node->is_block) {
        return node->n == 0 && !node->children && str_eq(value, STR("{ }"));
    }
    if (str_eq(value, STR("\"\""))) {
        return node->n == 1 && node->args[0].n == 0;
    }
    if (str_eq(value, STR("0"))) {
        return node->n == 1 && value_size(node->args[0], &size) && size == 0;
    }
    for (size_t i = 0; i < node->n; i++) {
        if (value.n == 0 || !str_ieq(node->args[i], str_split(&value, ' '))) {
            return false;
        }
    }
    return node->n > 0 && value.n == 0;
}

static bool changes_nothing(const struct directive *row, const struct conf_node *node)
{
    struct str rest = str_of(row->values ? row->values : "");
    while (rest.n > 0) {
        if (is_value(node, str_trim(str_split(&rest, '|')))) {
            return true;
        }
    }
    return false;
}

static void put_arguments(const struct conf_node *node, struct buf *out)
{
    for (size_t i = 0; i < node->n; i++) {
        const char *quote = node->args[i].n ? "" : "'";
        buf_printf(out, " %s%.*s%s", quote, STR_ARG(node->args[i]), quote);
    }
}

/* "NAME" is refused; where some values are taken, the value that is not. */
static bool fail_support(const struct directive *row, const struct conf_node *node,
                         const char *verdict, struct error *err)
{
    struct buf text = {0};
    buf_printf(&text, "\"%s", row->name);
    if (row->values) {
        put_arguments(node, &text);
    }
    buf_printf(&text, "\" is %s", verdict);
    if (row->values) {
        buf_printf(&text, ", only \"%s %s\" is accepted", row->name, row->values);
    }
    if (row->note) {
        buf_printf(&text, ": %s", row->note);
    }
    struct str view = buf_view(&text);
    error_set(err, "%.*s", STR_ARG(view));
    buf_deinit(&text);
    return false;
}

static bool check_support(const struct directive *row, const struct conf_node *node,
                          struct error *err)
{
    switch (row->support) {
    case SUPPORT_LATER: return fail_support(row, node, "not supported yet", err);
    case SUPPORT_REFUSED: return fail_support(row, node, "refused", err);
    case SUPPORT_FULL:
    case SUPPORT_ACCEPTED: return true;
    }
    return true;
}

/* Whether the directive is written as the row has it: block or not, number of arguments. */
static bool check_form(const struct directive *row, const struct conf_node *node, struct error *err)
{
    if (node->is_block && !row->is_block) {
        return error_set(err, "directive \"%s\" is not terminated by \";\"", row->name);
    }
    if (!node->is_block && row->is_block) {
        return error_set(err, "directive \"%s\" has no opening \"{\"", row->name);
    }
    if (node->n >= row->min_args && (row->max_args == ARGS_ANY || node->n <= row->max_args)) {
        return true;
    }
    if (row->syntax && row->syntax[0]) {
        return error_set(err, "invalid number of arguments in \"%s\" directive: expected %s",
                         row->name, row->syntax);
    }
    return error_set(err, "invalid number of arguments in \"%s\" directive", row->name);
}

/* The struct of the level that a table's fields are in; NULL: this context has none. */
static char *struct_of(const struct conf_level *level, unsigned which)
{
    if (which < LEVEL_SLOTS) {
        return level->structs[which];
    }
    return level->slots ? level->slots[which - LEVEL_SLOTS] : NULL;
}

/* Calls the row's setter on its field in the level; `scope` is the caller's, for this node. */
static bool set_field(const struct found *found, const struct conf_scope *scope,
                      const struct conf_level *level, const struct conf_node *node, bool first,
                      struct error *err)
{
    if (!found->row->set) {
        return true;
    }
    /* A copy: a block's setter applies the directives inside it, and its caller goes on here. */
    struct conf_scope here = *scope;
    here.node = node;
    here.context = level->context;
    here.first = first;
    char *base = struct_of(level, found->table->level);
    void *field = base ? base + found->table->base + found->row->offset : NULL;
    return found->row->set(&here, found->row, field, err);
}

static void note_without_effect(const struct conf_scope *scope, const struct directive *row,
                                const struct conf_node *node)
{
    assert(row->support == SUPPORT_ACCEPTED && scope->notice);
    struct error text;
    const char *note = row->note;
    error_set(&text, "\"%s\" has no effect%s%s%s", row->name, note ? " (" : "", note ? note : "",
              note ? ")" : "");
    conf_error_at(node, &text);
    scope->notice(scope->owner, text.text);
}

static bool directive_apply(const struct conf_tables *tables, const struct conf_scope *scope,
                            struct conf_level *level, const struct conf_node *node,
                            struct error *err)
{
    assert(level->seen);
    struct found found;
    if (!find_row(tables, node->name, level->context, &found)) {
        return fail_unknown(tables, node, level->context, err);
    }
    if (!found.row) {
        return fail_elsewhere(node, found.other_contexts, err);
    }
    bool idle = changes_nothing(found.row, node);
    if ((!idle && !check_support(found.row, node, err)) || !check_form(found.row, node, err)) {
        return false;
    }
    bool first = !level->seen[found.index];
    if (!first && !found.row->repeats) {
        return error_set(err, "\"%s\" directive is duplicate", found.row->name);
    }
    level->seen[found.index] = 1;
    if (idle) {
        return true;
    }
    if (found.row->support == SUPPORT_ACCEPTED && first && scope->notice) {
        note_without_effect(scope, found.row, node);
    }
    return set_field(&found, scope, level, node, first, err);
}

bool conf_apply(const struct conf_tables *tables, struct conf_scope *scope,
                struct conf_level *level, const struct conf_node *node, struct error *err)
{
    return directive_apply(tables, scope, level, node, err) || conf_error_at(node, err);
}

bool conf_apply_all(const struct conf_tables *tables, struct conf_scope *scope,
                    struct conf_level *level, const struct conf_node *first, struct error *err)
{
    bool ok = true;
    for (int blocks = 0; blocks <= 1; blocks++) {
        for (const struct conf_node *node = first; node; node = node->next) {
            struct error why;
            if (node->is_block != blocks || conf_apply(tables, scope, level, node, &why)) {
                continue;
            }
            *err = ok ? why : *err;
            ok = false;
            if (!scope->failed) {
                return false;
            }
            scope->failed(scope->owner, node, &why);
        }
    }
    return ok;
}

/* The row's initial arguments as a user's directive would be read. */
static bool parse_initial(const struct directive *row, struct arena *arena,
                          const struct conf_node **out, struct error *err)
{
    struct str text = arena_printf(arena, "%s %s;", row->name, row->initial);
    struct conf_tree tree;
    if (!conf_tree_parse(text, "(default)", arena, &tree, err)) {
        return false;
    }
    assert(tree.first && !tree.first->next); /* rows are ours */
    *out = tree.first;
    return check_form(row, tree.first, err) || conf_error_at(tree.first, err);
}

static bool set_initial(const struct found *found, const struct conf_scope *scope,
                        const struct conf_level *level, struct error *err)
{
    assert(found->row->initial);
    const struct conf_node *node;
    if (!parse_initial(found->row, scope->arena, &node, err)) {
        return false;
    }
    return set_field(found, scope, level, node, true, err) || conf_error_at(node, err);
}

bool conf_set_initial(const struct conf_tables *tables, struct conf_scope *scope,
                      struct conf_level *level, unsigned which, struct error *err)
{
    for (size_t i = 0; i < tables->n; i++) {
        const struct directive_table *table = &tables->tables[i];
        for (size_t j = 0; table->level == which && j < table->n; j++) {
            const struct found found = {.table = table, .row = &table->rows[j]};
            if (found.row->initial && !set_initial(&found, scope, level, err)) {
                return false;
            }
        }
    }
    return true;
}
