/* SPDX-License-Identifier: Apache-2.0 */
/* What the ways through a door have in common, and which forks make no difference. */
#include "check/passage.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* One way: the options that it took, of two each, as "01"; what it leads to, "": to nothing. */
struct way_row {
    const char *options;
    const char *to;
};

static struct arena arena;

static void add(struct leaves *leaves, const struct way_row *row)
{
    struct fork forks[FORKS_MAX];
    struct trail_step trail[FORKS_MAX];
    struct answer answer = {.forks = forks, .trail = trail};
    for (const char *p = row->options; *p; p++) {
        size_t i = answer.forks_n++;
        forks[i] = (struct fork){.taken = (size_t)(*p - '0'), .n = 2, .step = i};
        trail[i] = (struct trail_step){.file = "f", .line = (unsigned)i + 1, .supposed = true};
        trail[i].text = arena_printf(&arena, "%.*s", (int)(i + 1), row->options);
    }
    answer.trail_n = answer.forks_n;
    struct passage ended = {.is_known = strcmp(row->to, "?") != 0, .to = str_of(row->to)};
    leaves_add(leaves, &answer, row->to[0] ? &ended : NULL, &arena);
}

/* Passages as "TO: CONDITION CONDITION; …". */
static void expect(const struct way_row *rows, size_t n, const char *wanted, bool wanted_all)
{
    struct leaves leaves = {0};
    struct passages passages;
    char told[512] = "";
    bool all;
    size_t at = 0;
    arena_init(&arena, 0);
    for (size_t i = 0; i < n; i++) {
        add(&leaves, &rows[i]);
    }
    passages_of(&leaves, &arena, &passages, &all);
    for (size_t i = 0; i < passages.n; i++) {
        const struct passage *passage = &passages.items[i];
        at += (size_t)snprintf(told + at, sizeof(told) - at, "%s%.*s:", i ? "; " : "",
                               STR_ARG(passage->to));
        for (size_t k = 0; k < passage->conditions_n; k++) {
            at += (size_t)snprintf(told + at, sizeof(told) - at, " %.*s",
                                   STR_ARG(passage->conditions[k].text));
        }
        assert_true(passages_hold(&passages, passage));
    }
    assert_string_equal(told, wanted);
    assert_int_equal(all, wanted_all);
    arena_deinit(&arena);
}

#define EXPECT(wanted, all, ...)                                                                   \
    do {                                                                                           \
        const struct way_row rows[] = {__VA_ARGS__};                                               \
        expect(rows, sizeof(rows) / sizeof(rows[0]), wanted, all);                                 \
    } while (0)

static void a_way_without_forks(void **unused)
{
    EXPECT("a:", true, {"", "a"});
    EXPECT("", false, {"", ""});
    EXPECT("?:", false, {"", "?"});
}

static void a_fork_that_makes_no_difference_is_left_out(void **unused)
{
    EXPECT("a:", true, {"0", "a"}, {"1", "a"});
    EXPECT("a: 1", false, {"0", ""}, {"1", "a"});
    EXPECT("a: 0; b: 1", true, {"0", "a"}, {"1", "b"});
    EXPECT("", false, {"0", ""}, {"1", ""});
}

static void conditions_come_in_the_order_of_the_way(void **unused)
{
    EXPECT("a: 1 11", false, {"0", ""}, {"10", ""}, {"11", "a"});
    EXPECT("a: 1", false, {"0", ""}, {"10", "a"}, {"11", "a"});
}

static void a_fork_that_was_not_walked_to_its_end_stays(void **unused)
{
    EXPECT("a: 0", true, {"0", "a"});
}

static void another_passage_is_not_held(void **unused)
{
    struct passage items[] = {{.is_known = true, .to = STR("a"), .client = STR("c")}};
    const struct passages passages = {items, 1};
    struct passage other = items[0];
    assert_true(passages_hold(&passages, &other));
    other.client = STR("d");
    assert_false(passages_hold(&passages, &other));
    other = items[0];
    other.conditions_n = 1;
    assert_false(passages_hold(&passages, &other));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_way_without_forks),
        cmocka_unit_test(a_fork_that_makes_no_difference_is_left_out),
        cmocka_unit_test(conditions_come_in_the_order_of_the_way),
        cmocka_unit_test(a_fork_that_was_not_walked_to_its_end_stays),
        cmocka_unit_test(another_passage_is_not_held),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
