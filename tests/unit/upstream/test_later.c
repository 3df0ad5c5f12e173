/* SPDX-License-Identifier: Apache-2.0 */
/* Calls from the loop: each once, in order, and none that keeps the loop from everything else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/container.h"
#include "upstream/later.h"

enum { ENDLESS = 1000 };

struct call {
    struct later later;
    char name;
    unsigned times;   /* it was run */
    unsigned adds;    /* itself so often */
    struct call *add; /* and this one, each time */
    struct call *cancel;
};

static struct loop loop;
static struct later_queue queue;
static char order[16];

static void on_run(struct later *later)
{
    struct call *call = CONTAINER_OF(later, struct call, later);
    size_t n = strlen(order);
    if (n + 1 < sizeof(order)) {
        order[n] = call->name;
    }
    if (call->times++ < call->adds) {
        later_add(&queue, &call->later);
    }
    if (call->add) {
        later_add(&queue, &call->add->later);
    }
    if (call->cancel) {
        later_cancel(&queue, &call->cancel->later);
    }
}

static struct call call_named(char name)
{
    return (struct call){.later = {.run = on_run}, .name = name};
}

static void on_closed(struct later_queue *closed)
{
    assert_ptr_equal(closed, &queue);
}

static int open_loop(void **state)
{
    struct error err;
    memset(order, 0, sizeof(order));
    assert_true(loop_init(&loop, &err));
    later_queue_init(&queue, &loop);
    return 0;
}

static int close_loop(void **state)
{
    later_queue_close(&queue, on_closed);
    loop_deinit(&loop);
    return 0;
}

static void turn(void)
{
    uv_run(&loop.uv, UV_RUN_NOWAIT);
}

static void once_and_in_order(void **state)
{
    struct call a = call_named('a'), b = call_named('b'), c = call_named('c');
    later_add(&queue, &a.later);
    later_add(&queue, &b.later);
    later_add(&queue, &c.later);
    later_add(&queue, &a.later);
    later_cancel(&queue, &c.later);
    turn();
    turn();
    assert_string_equal(order, "ab");
    assert_false(uv_loop_alive(&loop.uv)); /* nothing keeps an idle loop awake */
}

static void a_call_that_comes_again_waits_for_its_turn(void **state)
{
    struct call greedy = call_named('g');
    greedy.adds = ENDLESS;
    later_add(&queue, &greedy.later);
    for (unsigned i = 1; i <= 5; i++) {
        turn();
        assert_int_equal(greedy.times, i);
    }
    later_cancel(&queue, &greedy.later);
}

static void on_timer(uv_timer_t *timer)
{
    (*(unsigned *)timer->data)++;
}

static void the_loop_goes_on_beside_it(void **state)
{
    struct call greedy = call_named('g');
    unsigned ticks = 0;
    uv_timer_t timer = {.data = &ticks};
    greedy.adds = ENDLESS;
    later_add(&queue, &greedy.later);
    uv_timer_init(&loop.uv, &timer);
    uv_timer_start(&timer, on_timer, 0, 0);
    turn();
    assert_int_equal(ticks, 1);
    assert_in_range(greedy.times, 1, 2);
    later_cancel(&queue, &greedy.later);
    uv_close((uv_handle_t *)&timer, NULL);
    turn();
}

static void calls_may_add_and_cancel_others(void **state)
{
    struct call a = call_named('a'), b = call_named('b'), c = call_named('c');
    a.add = &c;
    a.cancel = &b;
    later_add(&queue, &a.later);
    later_add(&queue, &b.later);
    turn();
    assert_string_equal(order, "a");
    turn();
    assert_string_equal(order, "ac");
    later_add(&queue, &b.later);
    turn();
    assert_string_equal(order, "acb");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(once_and_in_order, open_loop, close_loop),
        cmocka_unit_test_setup_teardown(a_call_that_comes_again_waits_for_its_turn, open_loop,
                                        close_loop),
        cmocka_unit_test_setup_teardown(the_loop_goes_on_beside_it, open_loop, close_loop),
        cmocka_unit_test_setup_teardown(calls_may_add_and_cancel_others, open_loop, close_loop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
