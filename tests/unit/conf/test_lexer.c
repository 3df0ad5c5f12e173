/* SPDX-License-Identifier: Apache-2.0 */
/* Words, quotes, escapes and what is unexpected; each case agrees with nginx 1.22 and later. */
#include "conf/lexer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/buf.h"

/* "[word][word];" for each run of words, up to the end or an error, which is written in its place.
 */
static void dump(const char *text, struct buf *out)
{
    struct arena arena;
    arena_init(&arena, 0);
    struct lexer lexer;
    lexer_init(&lexer, str_of(text), "f", &arena);
    for (;;) {
        enum token token;
        struct error err;
        if (!lexer_next(&lexer, &token, &err)) {
            buf_printf(out, "%s", err.text);
            break;
        }
        if (token == TOKEN_END) {
            break;
        }
        for (size_t i = 0; token != TOKEN_CLOSE && i < lexer.n; i++) {
            buf_printf(out, "[%.*s]", STR_ARG(lexer.words[i]));
        }
        buf_byte(out, token == TOKEN_SIMPLE ? ';' : token == TOKEN_BLOCK ? '{' : '}');
    }
    buf_byte(out, '\0');
    arena_deinit(&arena);
}

struct sample {
    const char *text;
    const char *expected;
};

static void check_samples(const struct sample *samples, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct buf out = {0};
        dump(samples[i].text, &out);
        assert_string_equal(out.data, samples[i].expected);
        buf_deinit(&out);
    }
}

static void words_are_split_and_unquoted(void **state)
{
    static const struct sample samples[] = {
        {"", ""},
        {"# only a comment", ""},
        {"a;", "[a];"},
        {"a b\tc\r\nd ;", "[a][b][c][d];"},
        {"a{b;}", "[a]{[b];}"},
        {"a{}b;", "[a]{}[b];"},
        {"a b#c;", "[a][b#c];"},
        {"a # x ; {\n b;", "[a][b];"},
        {"a \"b c\" 'd \"e';", "[a][b c][d \"e];"},
        {"a \"\";", "[a][];"},
        {"a \"b\"{", "[a][b]{"},
        {"a b\"c d\";", "[a][b\"c][d\"];"},
        {"a b};", "[a][b}];"},
        {"a };", "unexpected \"}\" in f:1"},
        {"if ($x = \"a b\") {", "[if][($x][=][a b][)]{"},
        {"if ($x = 'a'){", "[if][($x][=][a][)]{"},
    };
    check_samples(samples, COUNT_OF(samples));
}

static void backslashes_are_resolved_as_nginx_does(void **state)
{
    static const struct sample samples[] = {
        {"a b\\ c;", "[a][b\\ c];"},
        {"a b\\;c;", "[a][b\\;c];"},
        {"a \\{b;", "[a][\\{b];"},
        {"a \"b\\\"c\";", "[a][b\"c];"},
        {"a 'b\\'c';", "[a][b'c];"},
        {"a b\\\\c;", "[a][b\\c];"},
        {"a \\t\\r\\n;", "[a][\t\r\n];"},
        {"a \\.php$;", "[a][\\.php$];"},
        {"a \"b\\", "unexpected end of file, expecting \";\" or \"}\" in f:1"},
    };
    check_samples(samples, COUNT_OF(samples));
}

static void dollar_brace_does_not_open_a_block(void **state)
{
    static const struct sample samples[] = {
        {"a ${b};", "[a][${b}];"}, {"a x${b}y{", "[a][x${b}y]{"}, {"a $b{", "[a][$b]{"},
        {"a ${{b;", "[a][${{b];"}, {"a \\${b;", "[a][\\$]{[b];"},
    };
    check_samples(samples, COUNT_OF(samples));
}

static void what_is_unexpected_is_named_with_its_line(void **state)
{
    static const struct sample samples[] = {
        {";", "unexpected \";\" in f:1"},
        {"\n\n{", "unexpected \"{\" in f:3"},
        {"a;;", "[a];unexpected \";\" in f:1"},
        {"a \"b\"c;", "unexpected \"c\" in f:1"},
        {"a \"b\"#c;", "unexpected \"#\" in f:1"},
        {"a \"b\"};", "unexpected \"}\" in f:1"},
        {"a\n", "unexpected end of file, expecting \";\" or \"}\" in f:2"},
        {"a \"b;\n\n", "unexpected end of file, expecting \";\" or \"}\" in f:3"},
    };
    check_samples(samples, COUNT_OF(samples));
}

static void check_length(const char *quote, size_t n, const char *expected)
{
    struct buf text = {0};
    buf_printf(&text, "\na %s", quote);
    for (size_t i = 0; i < n; i++) {
        buf_byte(&text, 'x');
    }
    buf_printf(&text, "%s\n;", quote);
    buf_byte(&text, '\0');
    struct buf out = {0};
    dump(text.data, &out);
    if (expected) {
        assert_string_equal(out.data, expected);
    } else {
        assert_int_equal(str_of(out.data).n, n + 6); /* "[a][…];" */
    }
    buf_deinit(&out);
    buf_deinit(&text);
}

static void words_have_a_longest_length(void **state)
{
    check_length("", LEXER_WORD_MAX - 1, NULL);
    check_length("", LEXER_WORD_MAX, "too long parameter \"xxxxxxxxxx...\" started in f:2");
    check_length("\"", LEXER_WORD_MAX - 2, NULL);
    check_length("\"", LEXER_WORD_MAX,
                 "too long parameter, probably missing terminating \"\"\" character in f:2");
    check_length("'", LEXER_WORD_MAX,
                 "too long parameter, probably missing terminating \"'\" character in f:2");
}

static void nul_bytes_are_refused_in_words_only(void **state)
{
    struct arena arena;
    arena_init(&arena, 0);
    struct lexer lexer;
    enum token token;
    struct error err;
    lexer_init(&lexer, STR("a b\0c;"), "f", &arena);
    assert_false(lexer_next(&lexer, &token, &err));
    assert_string_equal(err.text, "unexpected NUL byte in f:1");
    lexer_init(&lexer, STR("\"a\"\0;"), "f", &arena);
    assert_false(lexer_next(&lexer, &token, &err));
    assert_string_equal(err.text, "unexpected NUL byte in f:1");
    lexer_init(&lexer, STR("# \0\na b;"), "f", &arena);
    assert_true(lexer_next(&lexer, &token, &err));
    assert_int_equal(lexer.n, 2);
    arena_deinit(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_are_split_and_unquoted),
        cmocka_unit_test(backslashes_are_resolved_as_nginx_does),
        cmocka_unit_test(dollar_brace_does_not_open_a_block),
        cmocka_unit_test(what_is_unexpected_is_named_with_its_line),
        cmocka_unit_test(words_have_a_longest_length),
        cmocka_unit_test(nul_bytes_are_refused_in_words_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
