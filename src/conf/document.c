/* SPDX-License-Identifier: Apache-2.0 */
#include "conf/document.h"

#include <assert.h>
#include <string.h>

#include "conf/context.h"

static const char *const support_names[] = {
    [SUPPORT_FULL] = "as nginx documents it",
    [SUPPORT_ACCEPTED] = "accepted, without effect",
    [SUPPORT_LATER] = "not yet supported: refused",
    [SUPPORT_REFUSED] = "refused",
};

const char *support_name(enum support support)
{
    assert((size_t)support < COUNT_OF(support_names));
    return support_names[support];
}

static const char intro[] =
    "# Directives\n"
    "\n"
    "<!-- Generated from the directive tables; edit those, not this file. -->\n"
    "\n"
    "Which directives yett knows, by module, and what it does with each. yett implements a "
    "directive "
    "as\n"
    "nginx documents it; or accepts it without effect, because it cannot change what a client sees "
    "or\n"
    "reaches; or refuses it, and says file, line and reason. It ignores no directive silently.\n";

/* "name ARGS;" or "name ARGS { ... }" as a code span. */
static void put_usage(const struct directive *row, const char *args, struct buf *out)
{
    bool have_args = args && args[0];
    buf_printf(out, "`%s%s%s%s`", row->name, have_args ? " " : "", have_args ? args : "",
               row->is_block ? " { ... }" : ";");
}

static void put_values(const struct directive *row, struct buf *out)
{
    assert(row->values);
    struct str rest = str_of(row->values);
    const char *between = "";
    while (rest.n > 0) {
        struct str value = str_trim(str_split(&rest, '|'));
        buf_printf(out, "%s`%s %.*s;`", between, row->name, STR_ARG(value));
        between = ", ";
    }
}

static void put_directive(const struct directive *row, struct buf *out)
{
    buf_printf(out, "\n### %s\n\n- Syntax: ", row->name);
    put_usage(row, row->syntax, out);
    buf_printf(out, "\n- Default: ");
    if (row->initial) {
        put_usage(row, row->initial, out);
    } else {
        buf_printf(out, "none");
    }
    buf_printf(out, "\n- Context: ");
    context_names(row->contexts, out);
    buf_printf(out, "\n- Support: %s\n", support_name(row->support));
    if (row->values) {
        buf_printf(out, "- Accepted, because it changes nothing: ");
        put_values(row, out);
        buf_printf(out, "\n");
    }
    if (row->repeats) {
        buf_printf(out, "- May be used several times in one context\n");
    }
    if (row->note) {
        buf_printf(out, "\n%s\n", row->note);
    }
}

/* Whether a table before `i` has its title, and so has printed it. */
static bool is_title_done(const struct conf_tables *tables, size_t i)
{
    for (size_t j = 0; j < i; j++) {
        if (strcmp(tables->tables[j].title, tables->tables[i].title) == 0) {
            return true;
        }
    }
    return false;
}

static void put_group(const struct conf_tables *tables, const char *title, struct buf *out)
{
    buf_printf(out, "\n## %s\n", title);
    for (size_t i = 0; i < tables->n; i++) {
        const struct directive_table *table = &tables->tables[i];
        for (size_t j = 0; strcmp(table->title, title) == 0 && j < table->n; j++) {
            put_directive(&table->rows[j], out);
        }
    }
}

void conf_document(const struct conf_tables *tables, struct buf *out)
{
    buf_append(out, str_of(intro));
    for (size_t i = 0; i < tables->n; i++) {
        if (!is_title_done(tables, i)) {
            put_group(tables, tables->tables[i].title, out);
        }
    }
}
