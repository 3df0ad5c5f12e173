/* SPDX-License-Identifier: Apache-2.0 */
/* Which line of a configuration an error is about. */
#include "load/place.h"

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include <stdio.h>

#include "base/arena.h"
#include "base/compiler.h"

static const char CONF[] = "error_log /logs/main.log;\n"                      /* 1 */
                           "http {\n"                                         /* 2 */
                           "    ssl_certificate own.pem;\n"                   /* 3 */
                           "    ssl_certificate_key own.pem;\n"               /* 4 */
                           "    ssl_client_certificate ca.pem;\n"             /* 5 */
                           "    server {\n"                                   /* 6 */
                           "        ssl_client_certificate /abs/other.pem;\n" /* 7 */
                           "        ssl_crl lists;\n"                         /* 8 */
                           "        location / {\n"                           /* 9 */
                           "            proxy_ssl_crl /abs/back.crl;\n"       /* 10 */
                           "        }\n"                                      /* 11 */
                           "    }\n"                                          /* 12 */
                           "    server {\n"                                   /* 13 */
                           "        ssl_verify_client on;\n"                  /* 14 */
                           "        ssl_crl ca.pem;\n"                        /* 15 */
                           "    }\n"                                          /* 16 */
                           "}\n";

struct row {
    const char *text;
    unsigned block; /* its line; 0: everywhere */
    const char *value;
    unsigned line; /* 0: nowhere */
};

static void check(const struct row *row, const char *names)
{
    struct arena arena;
    struct conf_tree tree;
    struct error err;
    char expected[256];
    arena_init(&arena, 0);
    assert_true(conf_tree_parse(str_of(CONF), "x.conf", &arena, &tree, &err));
    struct place place = {.first = tree.first,
                          .conf_prefix = "/etc/x",
                          .prefix = "/etc/x/",
                          .file = row->block ? "x.conf" : NULL,
                          .line = row->block,
                          .names = names,
                          .value = row->value};
    (void)error_set(&err, "%s", row->text);
    place_error(&place, &err);
    if (row->line) {
        snprintf(expected, sizeof(expected), "%s in x.conf:%u", row->text, row->line);
    } else {
        snprintf(expected, sizeof(expected), "%s", row->text);
    }
    assert_string_equal(err.text, expected);
    arena_deinit(&arena);
}

static void in_a_block(void **state)
{
    static const struct row ROWS[] = {
        /* inherited; of one file for two directives, the words decide */
        {"cannot load certificate \"/etc/x/own.pem\": no", 6, NULL, 3},
        {"cannot load certificate key \"/etc/x/own.pem\": no", 6, NULL, 4},
        {"cannot load certificate \"own.pem\": no", 13, NULL, 3},
        /* its own in place of the inherited one */
        {"cannot load certificate \"/abs/other.pem\": no", 6, NULL, 7},
        {"cannot load certificate \"/etc/x/ca.pem\": no", 6, NULL, 6},
        {"cannot load certificate \"/etc/x/ca.pem\": no", 13, NULL, 5},
        {"cannot load CRL \"/etc/x/ca.pem\": no", 13, NULL, 15},
        /* below a directory; a name that only begins so is another */
        {"cannot load CRL \"/etc/x/lists/a.crl\": no", 6, NULL, 8},
        {"cannot load CRL \"/etc/x/lists2/a.crl\": no", 6, NULL, 6},
        /* by the directive's name; by nothing: the block */
        {"no ssl_client_certificate for ssl_verify_client", 13, NULL, 14},
        {"ssl_verify_client is odd", 13, NULL, 14},
        {"something is wrong", 13, NULL, 13},
        {"\"\" is wrong", 6, NULL, 6},
        {"cannot load certificate \"/etc/x/own.pem\": no", 99, NULL, 0},
    };
    for (size_t i = 0; i < COUNT_OF(ROWS); i++) {
        check(&ROWS[i], "ssl_");
    }
}

static void anywhere(void **state)
{
    static const struct row ROWS[] = {
        {"cannot load CRL \"/abs/back.crl\": no", 0, NULL, 10},
        {"there is no list in the directory", 0, "/etc/x/lists", 8},
        {"open() \"/logs/main.log\" failed", 0, "/logs/main.log", 1},
        {"there is no list in the directory", 0, "/etc/x/none", 0},
        {"something is wrong", 0, NULL, 0},
    };
    for (size_t i = 0; i < COUNT_OF(ROWS); i++) {
        check(&ROWS[i], "");
    }
    const struct row other = {"cannot load CRL \"/abs/back.crl\": no", 0, NULL, 0};
    check(&other, "ssl_");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(in_a_block),
        cmocka_unit_test(anywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
