/* SPDX-License-Identifier: Apache-2.0 */
/* Which comments accept which findings, and what is found wrong with the comments. */
#include "check/accept.h"

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include <string.h>

#define FILE_NAME "/etc/yett/site.conf"

static struct arena arena;
static const struct checked checked = {.arena = &arena};

static void at(struct findings *findings, enum rule rule, const char *file, unsigned line)
{
    finding_add(&checked, findings, rule, (struct line_place){file, line}, "a finding");
}

static void accept_text(struct findings *findings, const char *text)
{
    findings_accept(&checked, FILE_NAME, str_of(text), findings);
}

/* The reason why the one finding, conditional-door in line 3, is accepted; "" if it is not. *more:
 * how many findings the text added. */
static const char *reason_of(const char *text, size_t *more)
{
    struct findings findings = {0};
    at(&findings, RULE_CONDITIONAL_DOOR, FILE_NAME, 3);
    accept_text(&findings, text);
    *more = findings.n - 1;
    return arena_cstr(&arena, findings.items[0].accepted);
}

#define ACCEPT "# yett: accept conditional-door "

static const struct {
    const char *text;
    const char *reason; /* "": not accepted */
    size_t more;
} ROWS[] = {
    /* at the end of the line, and alone before it */
    {"\n\nif ($a) { " ACCEPT "the office\n", "the office", 0},
    {"\n" ACCEPT "the office\nif ($a) {", "the office", 0},
    {"\n  \t" ACCEPT "the office\nif ($a) {", "the office", 0},
    {"\r\n" ACCEPT "the office \t\r\nif ($a) {\r\n", "the office", 0},
    {ACCEPT "the office\n# another comment\nif ($a) {", "the office", 0},
    {"\n\na;#yett:\taccept\tconditional-door\tthe  office", "the  office", 0},
    {"\n\nallow all;" ACCEPT "x", "x", 0},
    {"a 'x\ny'\n;" ACCEPT "x", "x", 0},
    {"\n\na 'it\\'s' \"#\" ${b}c; " ACCEPT "x", "x", 0},
    {"\n" ACCEPT "first\na; " ACCEPT "second", "first", 0},

    /* other lines, other rules */
    {"\n\n\n" ACCEPT "the office\n", "", 1},
    {ACCEPT "the office\n\nif ($a) {", "", 1},
    {"\n\n" ACCEPT "the office\nif ($a) {", "", 1},
    {"\nallow all; " ACCEPT "the office\nif ($a) {", "", 1},
    {"\na 'x\ny'; " ACCEPT "after the end of a word", "after the end of a word", 0},
    {"a 'x\ny' " ACCEPT "not alone\nif ($a) {", "", 1},
    {"\n\n"
     "a; # yett: accept undecided-door the office",
     "", 1},

    /* no reason, no rule, no such rule */
    {"\n\na; # yett: accept conditional-door", "", 1},
    {"\n\na; # yett: accept conditional-door \t\r\n", "", 1},
    {"\n\na; # yett: accept", "", 1},
    {"\n\na; # yett: accept conditional-doors the office", "", 1},

    /* no comment that accepts */
    {"\n\na; # yett accept conditional-door the office", "", 0},
    {"\n\na; # yett: accepts conditional-door the office", "", 0},
    {"\n\na; # we could say yett: accept conditional-door the office", "", 0},
    {"\n\na b" ACCEPT "inside a word;", "", 0},
    {"\n\na \"" ACCEPT "in quotes\";", "", 0},
    {"\n\na '" ACCEPT "in quotes';", "", 0},
    {"\n\na \"\\\"" ACCEPT "in quotes\";", "", 0},
    {"\n\na 'open " ACCEPT "in quotes", "", 0},
    {"\n\na ${" ACCEPT "in a word", "", 0},
    {"\n\na \\", "", 0},
    {"", "", 0},
};

static void comments(void **unused)
{
    for (size_t i = 0; i < COUNT_OF(ROWS); i++) {
        size_t more;
        assert_string_equal(reason_of(ROWS[i].text, &more), ROWS[i].reason);
        assert_int_equal(more, ROWS[i].more);
    }
}

static void only_in_its_file(void **unused)
{
    struct findings findings = {0};
    at(&findings, RULE_CONDITIONAL_DOOR, "/etc/yett/other.conf", 1);
    at(&findings, RULE_CONDITIONAL_DOOR, NULL, 1);
    accept_text(&findings, ACCEPT "x");
    assert_int_equal(findings.items[0].accepted.n, 0);
    assert_int_equal(findings.items[1].accepted.n, 0);
    assert_int_equal(findings.n, 3);
    assert_int_equal(findings.items[2].rule, RULE_ACCEPT_UNUSED);
}

static void several_at_one_line(void **unused)
{
    struct findings findings = {0};
    at(&findings, RULE_OPTIONAL_UNCHECKED, FILE_NAME, 3);
    at(&findings, RULE_UNDECIDED_DOOR, FILE_NAME, 3);
    finding_add(&checked, &findings, RULE_UNDECIDED_DOOR, (struct line_place){FILE_NAME, 3},
                "one more");
    accept_text(&findings, "# yett: accept optional-unchecked a page\n"
                           "# yett: accept undecided-door another\nlocation / {");
    assert_int_equal(findings.n, 3);
    assert_true(str_eq(findings.items[0].accepted, STR("a page")));
    assert_true(str_eq(findings.items[1].accepted, STR("another")));
    assert_true(str_eq(findings.items[2].accepted, STR("another")));
}

static void what_is_wrong_with_a_comment(void **unused)
{
    static const struct {
        const char *text;
        enum rule rule;
        const char *says;
    } WRONG[] = {
        {"\n# yett: accept conditional-door", RULE_ACCEPT_WITHOUT_REASON,
         "the comment gives no reason to accept conditional-door"},
        {"\n# yett: accept door x", RULE_ACCEPT_UNKNOWN, "there is no rule \"door\""},
        {"\n# yett: accept", RULE_ACCEPT_UNKNOWN, "the comment names no rule"},
        {"\n# yett: accept conditional-door x", RULE_ACCEPT_UNUSED,
         "line 3 has no finding of conditional-door"},
        {"\na; # yett: accept conditional-door x", RULE_ACCEPT_UNUSED,
         "line 2 has no finding of conditional-door"},
        /* nobody accepts what is wrong with an acceptance */
        {"\n# yett: accept accept-unused x", RULE_ACCEPT_UNUSED,
         "line 3 has no finding of accept-unused"},
    };
    for (size_t i = 0; i < COUNT_OF(WRONG); i++) {
        struct findings findings = {0};
        accept_text(&findings, WRONG[i].text);
        assert_int_equal(findings.n, 1);
        assert_int_equal(findings.items[0].rule, WRONG[i].rule);
        assert_string_equal(findings.items[0].place.file, FILE_NAME);
        assert_int_equal(findings.items[0].place.line, 2);
        assert_string_equal(findings.items[0].text.p, WRONG[i].says);
        assert_int_equal(findings.items[0].accepted.n, 0);
    }
}

static int setup(void **unused)
{
    arena_init(&arena, 0);
    return 0;
}

static int teardown(void **unused)
{
    arena_deinit(&arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(comments),
        cmocka_unit_test(only_in_its_file),
        cmocka_unit_test(several_at_one_line),
        cmocka_unit_test(what_is_wrong_with_a_comment),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
