/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"

static void bytes_come_out_as_they_went_in(void **state)
{
    (void)state;
    struct buf buf = {0};
    size_t in = 0, out = 0;
    for (int round = 0; round < 500; round++) {
        char chunk[100];
        for (size_t i = 0; i < sizeof(chunk); i++) {
            chunk[i] = (char)in++;
        }
        buf_append(&buf, (struct str){chunk, sizeof(chunk)});
        size_t take = (size_t)round % 120;
        take = take < buf_size(&buf) ? take : buf_size(&buf);
        for (size_t i = 0; i < take; i++) {
            assert_int_equal(buf_view(&buf).p[i], (char)out++);
        }
        buf_consume(&buf, take);
    }
    assert_int_equal(buf_size(&buf), in - out);
    buf_deinit(&buf);
    assert_int_equal(buf_size(&buf), 0);
}

static void reserved_room_is_written_directly(void **state)
{
    (void)state;
    struct buf buf = {0};
    memcpy(buf_reserve(&buf, 1000), "hello", 5);
    buf_grew(&buf, 5);
    buf_byte(&buf, '!');
    buf_printf(&buf, " %d", 42);
    assert_true(str_eq(buf_view(&buf), STR("hello! 42")));
    buf_clear(&buf);
    assert_int_equal(buf_size(&buf), 0);
    buf_deinit(&buf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_come_out_as_they_went_in),
        cmocka_unit_test(reserved_room_is_written_directly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
