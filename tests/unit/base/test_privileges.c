/* SPDX-License-Identifier: Apache-2.0 */
/* The account that serves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/privileges.h"

static void names_are_found(void **state)
{
    struct arena arena = {0};
    struct privileges out;
    struct error err;
    assert_true(privileges_lookup(STR("daemon"), STR("root"), &arena, &out, &err));
    assert_int_equal(out.change, geteuid() == 0);
    assert_int_equal(out.uid, geteuid() == 0 ? 1 : geteuid());
    assert_int_equal(out.gid, geteuid() == 0 ? 0 : getegid());
    assert_int_equal(strcmp(out.account, "daemon") == 0, out.uid == 1);
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

/* --- trying --- */

static bool say_who(void *arg, struct error *err)
{
    int *calls = arg;
    ++*calls;
    return error_set(err, "uid %u", geteuid());
}

static bool is_who(void *arg, struct error *err)
{
    return geteuid() == *(uid_t *)arg;
}

static bool end_early(void *arg, struct error *err)
{
    _exit(0);
}

static bool leaves_others_open(void *arg, struct error *err)
{
    return fcntl(*(int *)arg, F_GETFD) < 0;
}

static struct privileges daemon_of(struct arena *arena)
{
    struct privileges out;
    struct error err;
    assert_true(privileges_lookup(STR("daemon"), STR(""), arena, &out, &err));
    return out;
}

static void an_act_is_tried_as_the_account(void **state)
{
    struct arena arena = {0};
    struct error err;
    struct privileges daemon = daemon_of(&arena);
    int calls = 0;
    char expected[32];
    snprintf(expected, sizeof(expected), "uid %u", daemon.uid);
    assert_true(privileges_try(&daemon, is_who, &daemon.uid, &err));
    assert_false(privileges_try(&daemon, say_who, &calls, &err));
    assert_string_equal(err.text, expected);
    assert_int_equal(calls, daemon.change ? 0 : 1); /* another process's memory */
    arena_deinit(&arena);
}

static void without_a_change_it_is_tried_here(void **state)
{
    const struct privileges same = {.uid = geteuid(), .gid = getegid()};
    struct error err;
    int calls = 0;
    assert_false(privileges_try(&same, say_who, &calls, &err));
    assert_int_equal(calls, 1);
}

static void no_answer_is_no(void **state)
{
    if (geteuid() != 0) {
        skip();
    }
    struct arena arena = {0};
    struct error err;
    struct privileges daemon = daemon_of(&arena);
    assert_false(privileges_try(&daemon, end_early, NULL, &err));
    assert_string_equal(err.text, "the process of account \"daemon\" ended early");
    arena_deinit(&arena);
}

static void an_account_that_it_cannot_become_is_no(void **state)
{
    if (geteuid() != 0) {
        skip();
    }
    const struct privileges none = {
        .change = true, .uid = (uid_t)-2, .gid = (gid_t)-1, .name = "daemon", .account = "daemon"};
    struct error err;
    int calls = 0;
    assert_false(privileges_try(&none, say_who, &calls, &err));
    assert_null(strstr(err.text, "uid 4294967294"));
}

/* Where SIGCHLD is ignored, waitpid has nothing to tell. */
static void a_caller_without_children_hears_it_too(void **state)
{
    struct arena arena = {0};
    struct error err;
    struct privileges daemon = daemon_of(&arena);
    signal(SIGCHLD, SIG_IGN);
    bool ok = privileges_try(&daemon, is_who, &daemon.uid, &err);
    signal(SIGCHLD, SIG_DFL);
    assert_true(ok);
    arena_deinit(&arena);
}

static void a_trial_holds_nothing_open(void **state)
{
    if (geteuid() != 0) {
        skip();
    }
    struct arena arena = {0};
    struct error err;
    struct privileges daemon = daemon_of(&arena);
    int fds[2];
    assert_int_equal(pipe(fds), 0); /* one below the pipe of the trial, one above its gap */
    int low = dup(fds[0]);
    int high = dup2(fds[0], 200);
    close(fds[1]);
    assert_true(privileges_try(&daemon, leaves_others_open, &low, &err));
    assert_true(privileges_try(&daemon, leaves_others_open, &high, &err));
    assert_false(leaves_others_open(&low, &err));
    close(fds[0]);
    close(low);
    close(high);
    arena_deinit(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_found),
        cmocka_unit_test(names_that_do_not_exist_are_refused),
        cmocka_unit_test(dropped_privileges_do_not_come_back),
        cmocka_unit_test(an_act_is_tried_as_the_account),
        cmocka_unit_test(without_a_change_it_is_tried_here),
        cmocka_unit_test(no_answer_is_no),
        cmocka_unit_test(an_account_that_it_cannot_become_is_no),
        cmocka_unit_test(a_caller_without_children_hears_it_too),
        cmocka_unit_test(a_trial_holds_nothing_open),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
