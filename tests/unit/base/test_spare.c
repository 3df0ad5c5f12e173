/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "base/arena.h"
#include "base/spare.h"

enum { SIZE = 100, MANY = 1000 };

static void blocks_are_used_again_and_not_kept_without_end(void **state)
{
    (void)state;
    struct spare spare = {0};
    void *blocks[MANY];
    spare_give(&spare, NULL);
    for (size_t i = 0; i < MANY; i++) {
        blocks[i] = memset(spare_take(&spare, SIZE), 0xff, SIZE);
    }
    for (size_t i = 0; i < MANY; i++) {
        spare_give(&spare, blocks[i]);
    }
    assert_true(spare.n < MANY);
    unsigned kept = spare.n;
    void *one = spare_take(&spare, SIZE);
    assert_true(spare.n == (kept ? kept - 1 : 0));
    free(one); /* it may go to the heap as well */
    spare_deinit(&spare);
    assert_null(spare.first);
}

static void an_arena_takes_its_usual_blocks_from_there(void **state)
{
    (void)state;
    struct spare spare = {0};
    struct arena arena, heir;
    arena_init_spare(&arena, 0, &spare);
    arena_init_spare(&heir, 0, &spare);
    for (int round = 0; round < 3; round++) {
        memset(arena_alloc(&arena, SIZE), 1, SIZE);
        memset(arena_alloc(&arena, 1 << 20), 2, 1 << 20); /* no usual block: to the heap */
        arena_adopt(&heir, &arena);
        memset(arena_alloc(&heir, SIZE), 3, SIZE);
        arena_deinit(&heir);
        assert_true(spare.n <= 2);
    }
    spare_deinit(&spare);
}

static void buffers_come_back_empty(void **state)
{
    (void)state;
    struct spare_bufs spare = {0};
    struct buf bufs[2 * COUNT_OF(spare.items)] = {0};
    for (int round = 0; round < 2; round++) {
        for (size_t i = 0; i < COUNT_OF(bufs); i++) {
            spare_bufs_take(&spare, &bufs[i]);
            assert_int_equal(buf_size(&bufs[i]), 0);
            buf_append(&bufs[i], STR("secret"));
            spare_bufs_take(&spare, &bufs[i]); /* it has memory: nothing happens */
            assert_true(str_eq(buf_view(&bufs[i]), STR("secret")));
        }
        for (size_t i = 0; i < COUNT_OF(bufs); i++) {
            buf_clear(&bufs[i]);
            spare_bufs_give(&spare, &bufs[i]);
            assert_null(bufs[i].data);
        }
        assert_true(spare.n <= COUNT_OF(spare.items));
    }
    buf_reserve(&bufs[0], 1 << 20);
    spare_bufs_deinit(&spare);
    spare_bufs_give(&spare, &bufs[0]);
    assert_int_equal(spare.n, 0); /* too large to be kept */
    spare_bufs_deinit(&spare);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_are_used_again_and_not_kept_without_end),
        cmocka_unit_test(an_arena_takes_its_usual_blocks_from_there),
        cmocka_unit_test(buffers_come_back_empty),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
