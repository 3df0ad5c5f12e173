/* SPDX-License-Identifier: Apache-2.0 */
/* Byte sequences of structured fields. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "http/structured_field.h"

enum { MAX = 3 };

static void what_is_written_is_read(void **state)
{
    struct arena arena;
    arena_init(&arena, 0);
    char bytes[300];
    for (size_t i = 0; i < sizeof(bytes); i++) {
        bytes[i] = (char)(i * 7);
    }
    for (size_t n = 1; n < sizeof(bytes); n++) {
        struct str items[] = {{bytes, n}, {bytes + 1, 1}, {bytes + 2, 2}}, got[MAX];
        struct str text = byte_sequences_write(items, MAX, &arena);
        assert_int_equal(byte_sequences_read(text, &arena, got, MAX), MAX);
        for (size_t i = 0; i < MAX; i++) {
            assert_true(str_eq(got[i], items[i]));
        }
        text = byte_sequence_write(items[0], &arena);
        assert_int_equal(byte_sequences_read(text, &arena, got, MAX), 1);
        assert_true(str_eq(got[0], items[0]));
    }
    arena_deinit(&arena);
}

static void anything_else_is_not_read(void **state)
{
    static const struct {
        const char *text;
        size_t n; /* items; 0: refused */
    } rows[] = {
        {":aGk=:", 1},
        {"  :aGk=: ", 1},
        {":aGk=:,:aGkh:", 2},
        {":aGk=: ,\t:aGkh:", 2},
        {":YQ==:,:YQ==:,:YQ==:", 3},
        {":YQ==:,:YQ==:,:YQ==:,:YQ==:", 0}, /* too many */
        {"", 0},
        {"::", 0},
        {":", 0},
        {"aGk=", 0},
        {":aGk=", 0},
        {"aGk=:", 0},
        {":aGk:", 0},  /* no padding */
        {":aGl=:", 0}, /* a bit below the padding */
        {":YR==:", 0},
        {":aG==k:", 0},
        {":====:", 0},
        {":a===:", 0},
        {":aGk=aGk=:", 0},
        {":aG k:", 0},
        {":aGk=\n:", 0},
        {":aGk_:", 0},
        {":aGk-:", 0},
        {":aGk=:;a=1", 0}, /* parameters */
        {":aGk=:, ", 0},
        {":aGk=:,", 0},
        {",:aGk=:", 0},
        {":aGk=:,,:aGk=:", 0},
        {":aGk=:;", 0},
        {"\"aGk=\"", 0},
        {"x:aGk=:", 0},
    };
    struct arena arena;
    struct str items[MAX];
    arena_init(&arena, 0);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        size_t n = byte_sequences_read(str_of(rows[i].text), &arena, items, MAX);
        if (n != rows[i].n) {
            fail_msg("\"%s\": %zu", rows[i].text, n);
        }
    }
    assert_int_equal(byte_sequences_read(STR(":YQ=\0=:"), &arena, items, MAX), 0);
    arena_deinit(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(anything_else_is_not_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
