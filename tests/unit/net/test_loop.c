/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/container.h"
#include "net/loop.h"

struct fixture {
    struct loop loop;
    struct watch watch;
    struct deadline early, late;
    int reads;
    int closed;
    int expired;
    uint64_t started;
    uint64_t expired_at;
};

static void on_closed_watch(struct watch *watch)
{
    CONTAINER_OF(watch, struct fixture, watch)->closed++;
}

static void on_ready(struct watch *watch, int events)
{
    struct fixture *f = CONTAINER_OF(watch, struct fixture, watch);
    char byte;
    assert_int_equal(events & WATCH_READ, WATCH_READ);
    assert_int_equal(read(watch->fd, &byte, 1), 1);
    if (++f->reads == 3) {
        watch_close(watch, on_closed_watch);
    }
}

static void a_watch_calls_while_there_is_something(void **state)
{
    (void)state;
    struct fixture f = {0};
    struct error err;
    int fds[2];
    assert_int_equal(pipe2(fds, O_NONBLOCK), 0);
    assert_true(loop_init(&f.loop, &err));
    assert_true(watch_init(&f.watch, &f.loop, fds[0], on_ready, &err));
    watch_arm(&f.watch, WATCH_READ);
    watch_arm(&f.watch, WATCH_READ);
    assert_int_equal(write(fds[1], "abc", 3), 3);
    loop_run(&f.loop);
    assert_int_equal(f.reads, 3);
    assert_int_equal(f.closed, 1);
    close(fds[1]);
    loop_deinit(&f.loop);
}

static void on_late(struct deadline *deadline)
{
    struct fixture *f = CONTAINER_OF(deadline, struct fixture, late);
    f->expired++;
    f->expired_at = clock_now().mono_ms;
    deadline_close(&f->late, NULL);
    deadline_close(&f->early, NULL);
}

static void on_early(struct deadline *deadline)
{
    (void)deadline;
    fail_msg("a cleared deadline expired");
}

static void a_deadline_moves_later_and_can_be_cleared(void **state)
{
    (void)state;
    struct fixture f = {0};
    struct error err;
    assert_true(loop_init(&f.loop, &err));
    deadline_init(&f.late, &f.loop, on_late);
    deadline_init(&f.early, &f.loop, on_early);
    clock_update();
    f.started = clock_now().mono_ms;
    deadline_set(&f.early, 5);
    deadline_clear(&f.early);
    deadline_set(&f.late, 1);
    deadline_set(&f.late, 40);
    loop_run(&f.loop);
    assert_int_equal(f.expired, 1);
    /* Not before its time; how much later is the machine's affair. */
    assert_true(f.expired_at + 2 >= f.started + 40);
    loop_deinit(&f.loop);
}

static void a_deadline_moves_earlier(void **state)
{
    (void)state;
    struct fixture f = {0};
    struct error err;
    assert_true(loop_init(&f.loop, &err));
    deadline_init(&f.late, &f.loop, on_late);
    deadline_init(&f.early, &f.loop, on_early);
    deadline_set(&f.late, 3600 * 1000);
    deadline_set(&f.late, 1);
    loop_run(&f.loop);
    assert_int_equal(f.expired, 1);
    loop_deinit(&f.loop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_watch_calls_while_there_is_something),
        cmocka_unit_test(a_deadline_moves_later_and_can_be_cleared),
        cmocka_unit_test(a_deadline_moves_earlier),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
