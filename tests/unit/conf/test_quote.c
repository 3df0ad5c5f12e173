/* SPDX-License-Identifier: Apache-2.0 */
/* What conf_quote writes is what the lexer reads. */
#include "conf/quote.h"

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include "base/compiler.h"
#include "conf/lexer.h"

static void comes_back(struct str text)
{
    struct arena arena;
    struct lexer lexer;
    enum token token;
    struct error err;
    struct str quoted;
    arena_init(&arena, 0);
    assert_true(conf_quote(text, &arena, &quoted));
    struct str line = arena_printf(&arena, "a %.*s b;", STR_ARG(quoted));
    lexer_init(&lexer, line, "test", &arena);
    if (!lexer_next(&lexer, &token, &err)) {
        fail_msg("%.*s: %s", STR_ARG(line), err.text);
    }
    assert_int_equal(token, TOKEN_SIMPLE);
    assert_int_equal(lexer.n, 3);
    if (!str_eq(lexer.words[1], text)) {
        fail_msg("\"%.*s\" came back as \"%.*s\"", STR_ARG(text), STR_ARG(lexer.words[1]));
    }
    arena_deinit(&arena);
}

static void round_trips(void **unused)
{
    static const char *const TEXTS[] = {
        "",       "plain",  "a b",   "a;b",  "{",     "}",     "#no comment", "$name", "${name}",
        "\"",     "'",      "\\",    "\\\\", "\\n",   "\\t\\", "a\"b\\\"c",   "$",     "${",
        "~regex", "line\n", "\ttab", "\\\"", "\xff'", "${\"",  "default",
    };
    for (size_t i = 0; i < COUNT_OF(TEXTS); i++) {
        comes_back(str_of(TEXTS[i]));
    }
}

static void every_byte(void **unused)
{
    for (int c = 1; c < 256; c++) {
        char text[] = {'\\', (char)c, (char)c, 'x', (char)c};
        comes_back((struct str){text, sizeof(text)});
    }
}

static void what_no_word_can_carry(void **unused)
{
    static char longest[LEXER_WORD_MAX];
    struct arena arena;
    struct str out;
    arena_init(&arena, 0);
    memset(longest, 'x', sizeof(longest));
    assert_false(conf_quote(STR("a\0b"), &arena, &out));
    assert_false(conf_quote((struct str){longest, LEXER_WORD_MAX - 2}, &arena, &out));
    comes_back((struct str){longest, LEXER_WORD_MAX - 3});
    memset(longest, '"', sizeof(longest));
    assert_false(conf_quote((struct str){longest, LEXER_WORD_MAX / 2}, &arena, &out));
    arena_deinit(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(round_trips),
        cmocka_unit_test(every_byte),
        cmocka_unit_test(what_no_word_can_carry),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
