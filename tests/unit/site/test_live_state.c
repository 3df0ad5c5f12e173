/* SPDX-License-Identifier: Apache-2.0 */
/* What lives as long as a configuration is served: a path has one log file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "site/live_state.h"

static void a_path_has_one_log_file(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, 0);
    struct live_state live = {.arena = &arena};
    char again[] = "/var/log/a.log"; /* the same path, at another place */
    struct log_file *a = live_state_log_file(&live, "/var/log/a.log");
    assert_ptr_equal(live_state_log_file(&live, again), a);
    assert_ptr_not_equal(live_state_log_file(&live, "/var/log/b.log"), a);
    assert_int_equal(live.log_files_n, 2);
    assert_int_equal(a->fd, -1); /* it is opened later */
    arena_deinit(&arena);
}

static void standard_error_is_one_too(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, 0);
    struct live_state live = {.arena = &arena};
    struct log_file *a = live_state_log_file(&live, NULL);
    assert_null(a->path);
    assert_ptr_equal(live_state_log_file(&live, NULL), a);
    assert_ptr_not_equal(live_state_log_file(&live, ""), a);
    arena_deinit(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_path_has_one_log_file),
        cmocka_unit_test(standard_error_is_one_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
