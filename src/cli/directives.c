/* SPDX-License-Identifier: Apache-2.0 */
/* `yett directives`: the reference of all directives, from the tables that the loader reads. */
#include <stdio.h>

#include "cli/command.h"
#include "cli/command_table.h"
#include "cli/json.h"
#include "conf/context.h"
#include "conf/document.h"
#include "load/tables.h"
#include "modules/modules.h"

static void json_text(struct json *json, const char *key, const char *text)
{
    if (text) {
        json_str(json, key, str_of(text));
    } else {
        json_null(json, key);
    }
}

static void json_contexts(struct json *json, const struct directive *row)
{
    struct buf names = {0};
    context_names(row->contexts, &names);
    struct str rest = buf_view(&names);
    json_array(json, "contexts");
    while (rest.n > 0) {
        json_str(json, NULL, str_trim(str_split(&rest, ',')));
    }
    json_array_end(json);
    buf_deinit(&names);
}

static void json_values(struct json *json, const struct directive *row)
{
    struct str rest = str_of(row->values ? row->values : "");
    json_array(json, "values_that_change_nothing");
    while (rest.n > 0) {
        json_str(json, NULL, str_trim(str_split(&rest, '|')));
    }
    json_array_end(json);
}

static void json_directive(struct json *json, const char *module, const struct directive *row)
{
    json_object(json, NULL);
    json_str(json, "name", str_of(row->name));
    json_str(json, "module", str_of(module));
    json_text(json, "syntax", row->syntax ? row->syntax : "");
    json_bool(json, "block", row->is_block);
    json_text(json, "default", row->initial);
    json_contexts(json, row);
    json_bool(json, "repeats", row->repeats);
    json_str(json, "support", str_of(support_name(row->support)));
    json_values(json, row);
    json_text(json, "note", row->note);
    json_object_end(json);
}

static void directives_print_json(const struct conf_tables *tables)
{
    struct json json = {.out = stdout};
    json_array(&json, NULL);
    for (size_t i = 0; i < tables->n; i++) {
        for (size_t j = 0; j < tables->tables[i].n; j++) {
            json_directive(&json, tables->tables[i].title, &tables->tables[i].rows[j]);
        }
    }
    json_array_end(&json);
    putchar('\n');
}

static void print_document(const struct conf_tables *tables)
{
    struct buf out = {0};
    conf_document(tables, &out);
    fwrite(out.data, 1, out.len, stdout);
    buf_deinit(&out);
}

int directives_main(int argc, char *const *argv)
{
    struct arena arena;
    struct words words = {NULL, 0};
    struct error err;
    bool json = false;
    int status = COMMAND_OK;
    const struct option_row rows[] = {{"json", NULL, "print JSON", .flag = &json}};
    const struct usage usage = {
        "yett directives [--json]",
        "Prints every directive with its contexts, its default, and whether it is "
        "implemented,\naccepted without effect, or refused. The output is Markdown.",
        rows, COUNT_OF(rows)};
    arena_init(&arena, 0);
    if (command_start(&usage, argc, argv, &arena, &words, &status)) {
        if (words.n > 0) {
            error_set(&err, "\"directives\" takes no names");
            status = command_misused(&usage, &err);
        } else {
            (json ? directives_print_json : print_document)(tables_new(&arena, &all_modules));
            if (fflush(stdout) != 0 || ferror(stdout)) {
                error_set(&err, "cannot write to standard output");
                status = command_failed(&err);
            }
        }
    }
    arena_deinit(&arena);
    return status;
}
