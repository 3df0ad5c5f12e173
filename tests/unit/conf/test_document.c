/* SPDX-License-Identifier: Apache-2.0 */
/* The generated document, byte for byte. */
#include "conf/document.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/compiler.h"

static const struct directive first_rows[] = {
    {"server", CONTEXT_HTTP, .is_block = true, .repeats = true},
    {"server_tokens", CONTEXT_HTTP | CONTEXT_LOCATION_IF, .initial = "on", .syntax = "on | off"},
};

static const struct directive other_rows[] = {
    {"perl", CONTEXT_MAIN, .support = SUPPORT_REFUSED, .syntax = "code", .note = "No code here."},
};

static const struct directive more_rows[] = {
    {"upstream", CONTEXT_HTTP, .is_block = true, .syntax = "name", .support = SUPPORT_LATER},
    {"rate", CONTEXT_HTTP, .syntax = "size", .support = SUPPORT_LATER, .values = "off | 0"},
};

static const struct directive_table table_list[] = {
    {"First", first_rows, COUNT_OF(first_rows), LEVEL_LOCATION, 0},
    {"Other", other_rows, COUNT_OF(other_rows), LEVEL_MAIN, 0},
    {"First", more_rows, COUNT_OF(more_rows), LEVEL_SERVER, 0},
};

static const char expected[] = "\n"
                               "## First\n"
                               "\n"
                               "### server\n"
                               "\n"
                               "- Syntax: `server { ... }`\n"
                               "- Default: none\n"
                               "- Context: http\n"
                               "- Support: as nginx documents it\n"
                               "- May be used several times in one context\n"
                               "\n"
                               "### server_tokens\n"
                               "\n"
                               "- Syntax: `server_tokens on | off;`\n"
                               "- Default: `server_tokens on;`\n"
                               "- Context: http, if in location\n"
                               "- Support: as nginx documents it\n"
                               "\n"
                               "### upstream\n"
                               "\n"
                               "- Syntax: `upstream name { ... }`\n"
                               "- Default: none\n"
                               "- Context: http\n"
                               "- Support: not yet supported: refused\n"
                               "\n"
                               "### rate\n"
                               "\n"
                               "- Syntax: `rate size;`\n"
                               "- Default: none\n"
                               "- Context: http\n"
                               "- Support: not yet supported: refused\n"
                               "- Accepted, because it changes nothing: `rate off;`, `rate 0;`\n"
                               "\n"
                               "## Other\n"
                               "\n"
                               "### perl\n"
                               "\n"
                               "- Syntax: `perl code;`\n"
                               "- Default: none\n"
                               "- Context: main\n"
                               "- Support: refused\n"
                               "\n"
                               "No code here.\n";

static void tables_of_one_title_stand_together(void **state)
{
    const struct conf_tables tables = {table_list, COUNT_OF(table_list)};
    struct buf out = {0};
    conf_document(&tables, &out);
    struct str text = buf_view(&out);
    assert_true(str_starts(text, STR("# Directives\n")));
    struct str body = str_skip(text, str_search(text, STR("\n## ")));
    assert_int_equal(body.n, sizeof(expected) - 1);
    assert_memory_equal(body.p, expected, body.n);
    buf_deinit(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tables_of_one_title_stand_together),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
