/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "base/arena.h"
#include "base/vec.h"

static void allocations_are_aligned_and_apart(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, 0);
    char *text = arena_bytes(&arena, 3);
    memset(text, 'x', 3);
    for (size_t i = 1; i < 300; i++) {
        char *p = arena_alloc(&arena, i);
        assert_int_equal((uintptr_t)p % _Alignof(max_align_t), 0);
        memset(p, (int)i, i);
    }
    assert_memory_equal(text, "xxx", 3);
    arena_deinit(&arena);
}

static void the_limit_is_soft_and_sticky(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, 10000);
    memset(arena_alloc(&arena, 4000), 1, 4000);
    assert_false(arena.overflowed);
    memset(arena_alloc(&arena, 20000), 1, 20000);
    assert_true(arena.overflowed);
    (void)arena_alloc(&arena, 1);
    assert_true(arena.overflowed);
    arena_deinit(&arena);
}

static void text_is_copied_with_a_nul_behind(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, 0);
    assert_string_equal(arena_dup(&arena, STR("abc")).p, "abc");
    assert_string_equal(arena_cstr(&arena, (struct str){NULL, 0}), "");
    assert_string_equal(arena_concat(&arena, STR("ab"), STR("cd")).p, "abcd");
    struct str s = arena_printf(&arena, "%d-%s", 7, "x");
    assert_true(str_eq(s, STR("7-x")));
    arena_deinit(&arena);
}

static void pieces_are_joined(void **state)
{
    (void)state;
    const struct str items[] = {STR("a"), STR(""), {NULL, 0}, STR("bcd")};
    struct arena arena;
    arena_init(&arena, 0);
    assert_string_equal(arena_join(&arena, items, 4, STR(", ")).p, "a, , , bcd");
    assert_string_equal(arena_join(&arena, items, 4, STR("")).p, "abcd");
    assert_string_equal(arena_join(&arena, items, 1, STR(", ")).p, "a");
    struct str none = arena_join(&arena, items, 0, STR(", "));
    assert_int_equal(none.n, 0);
    assert_string_equal(none.p, "");
    arena_deinit(&arena);
}

static void joining_costs_what_the_pieces_are_long(void **state)
{
    (void)state;
    static struct str items[10000];
    struct arena arena;
    for (size_t i = 0; i < COUNT_OF(items); i++) {
        items[i] = STR("12345678");
    }
    arena_init(&arena, 0);
    assert_int_equal(arena_join(&arena, items, COUNT_OF(items), STR(", ")).n, 99998);
    assert_in_range(arena.used, 99999, 99999 + 4096);
    arena_deinit(&arena);
}

static void a_limit_can_be_raised_and_not_lowered(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, 10000);
    memset(arena_alloc(&arena, 20000), 1, 20000);
    arena_raise_limit(&arena, 15000);
    assert_true(arena.overflowed);
    arena_raise_limit(&arena, 40000);
    assert_false(arena.overflowed);
    arena_raise_limit(&arena, 20000);
    assert_int_equal(arena.limit, 40000);
    memset(arena_alloc(&arena, 30000), 1, 30000);
    assert_true(arena.overflowed);
    arena_deinit(&arena);
    arena_init(&arena, 0);
    arena_raise_limit(&arena, 1);
    memset(arena_alloc(&arena, 20000), 1, 20000);
    assert_false(arena.overflowed); /* none stays none */
    arena_deinit(&arena);
}

static void blocks_move_to_another_arena_and_count_there(void **state)
{
    (void)state;
    for (size_t limit = 5000; limit <= 50000; limit *= 10) {
        struct arena from, to;
        arena_init(&from, 0);
        arena_init(&to, limit);
        struct str word = arena_dup(&from, STR("moved"));
        memset(arena_alloc(&from, 20000), 1, 20000);
        arena_adopt(&to, &from);
        assert_int_equal(to.overflowed, limit == 5000);
        assert_int_equal(to.limit, limit);
        memset(arena_alloc(&from, 100), 2, 100); /* is as new */
        arena_deinit(&from);
        memset(arena_alloc(&to, 100), 3, 100);
        assert_true(str_eq(word, STR("moved")));
        arena_deinit(&to);
    }
}

static void a_vector_grows_and_a_copy_does_not(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, 0);
    int *items = NULL;
    size_t n = 0;
    for (int i = 0; i < 100; i++) {
        int *slot = vec_push(&arena, &items, &n, sizeof(*slot));
        assert_int_equal(*slot, 0);
        *slot = i;
    }
    assert_int_equal(n, 100);
    for (int i = 0; i < 100; i++) {
        assert_int_equal(items[i], i);
    }
    arena_deinit(&arena);
}

static void numbers_are_written_in_decimal(void **state)
{
    struct arena arena;
    arena_init(&arena, 0);
    assert_true(str_eq(arena_decimal(&arena, 0), STR("0")));
    assert_true(str_eq(arena_decimal(&arena, 10), STR("10")));
    struct str most = arena_decimal(&arena, UINT64_MAX);
    assert_true(str_eq(most, STR("18446744073709551615")));
    assert_int_equal(most.p[most.n], 0);
    arena_deinit(&arena);
}

/* Whatever room is left of the block: one byte less than it takes, just enough, none. */
static void texts_are_whole_wherever_a_block_ends(void **state)
{
    static const char TEXT[] = "0123456789";
    for (size_t n = 1; n < 6000; n++) {
        struct arena arena;
        arena_init(&arena, 0);
        (void)arena_bytes(&arena, n);
        struct str first = arena_printf(&arena, "%s-%zu", TEXT, n);
        struct str second = arena_printf(&arena, "%s", TEXT);
        char want[64];
        snprintf(want, sizeof(want), "%s-%zu", TEXT, n);
        assert_string_equal(first.p, want);
        assert_int_equal(first.n, strlen(want));
        assert_string_equal(second.p, TEXT);
        arena_deinit(&arena);
    }
}

static void copies_can_be_in_lower_case(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, 0);
    struct str lower = arena_lower(&arena, STR("A-z@[\xc4`{9"));
    assert_true(str_eq(lower, STR("a-z@[\xc4`{9"))); /* ASCII letters only */
    assert_int_equal(lower.p[lower.n], 0);
    arena_deinit(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(allocations_are_aligned_and_apart),
        cmocka_unit_test(the_limit_is_soft_and_sticky),
        cmocka_unit_test(text_is_copied_with_a_nul_behind),
        cmocka_unit_test(pieces_are_joined),
        cmocka_unit_test(joining_costs_what_the_pieces_are_long),
        cmocka_unit_test(a_limit_can_be_raised_and_not_lowered),
        cmocka_unit_test(blocks_move_to_another_arena_and_count_there),
        cmocka_unit_test(numbers_are_written_in_decimal),
        cmocka_unit_test(copies_can_be_in_lower_case),
        cmocka_unit_test(texts_are_whole_wherever_a_block_ends),
        cmocka_unit_test(a_vector_grows_and_a_copy_does_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
