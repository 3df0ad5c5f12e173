/* SPDX-License-Identifier: Apache-2.0 */
/* The account that serves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "app/privileges.h"

static void names_are_found(void **state)
{
    struct arena arena = {0};
    struct privileges out;
    struct error err;
    assert_true(privileges_lookup(STR("daemon"), STR("root"), &arena, &out, &err));
    assert_int_equal(out.change, geteuid() == 0);
    assert_int_equal(out.uid, geteuid() == 0 ? 1 : geteuid());
    assert_int_equal(out.gid, geteuid() == 0 ? 0 : getegid());
    assert_true(privileges_lookup(STR(""), STR(""), &arena, &out, &err));
    assert_true(geteuid() != 0 || out.uid != 0);
    arena_deinit(&arena);
}

static void names_that_do_not_exist_are_refused(void **state)
{
    struct arena arena = {0};
    struct privileges out;
    struct error err;
    assert_false(privileges_lookup(STR("no-such-user"), STR(""), &arena, &out, &err));
    assert_non_null(strstr(err.text, "getpwnam(\"no-such-user\") failed"));
    assert_false(privileges_lookup(STR("daemon"), STR("no-such-group"), &arena, &out, &err));
    assert_non_null(strstr(err.text, "getgrnam(\"no-such-group\") failed"));
    arena_deinit(&arena);
}

/* In a child: there is no way back, which is what is tested. */
static int drop(void)
{
    struct arena arena = {0};
    struct privileges out;
    struct error err;
    if (!privileges_lookup(STR("daemon"), STR(""), &arena, &out, &err) ||
        !privileges_drop(&out, &err)) {
        return 1;
    }
    return getuid() == 1 && geteuid() == 1 && getgid() == out.gid && setuid(0) != 0 &&
                   setgid(0) != 0
               ? 0
               : 2;
}

static void dropped_privileges_do_not_come_back(void **state)
{
    if (geteuid() != 0) {
        skip();
    }
    int status;
    pid_t pid = fork();
    if (pid == 0) {
        _exit(drop());
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_found),
        cmocka_unit_test(names_that_do_not_exist_are_refused),
        cmocka_unit_test(dropped_privileges_do_not_come_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
