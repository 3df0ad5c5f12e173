/* SPDX-License-Identifier: Apache-2.0 */
/* What a generation tells the master of its configuration. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "app/master_settings.h"

struct told {
    struct channel channel;
    struct arena arena;
    struct master_settings settings;
};

static void hear_part(void *owner, struct channel_message *message)
{
    struct told *told = owner;
    master_settings_take(&told->settings, message->kind, message->text, &told->arena);
}

static void hear_all(struct told *told)
{
    static const struct channel_handlers PARTS = {.take = {[CHANNEL_PID_FILE] = hear_part,
                                                           [CHANNEL_ERROR_LOG] = hear_part,
                                                           [CHANNEL_MAIN] = hear_part,
                                                           [CHANNEL_ACCOUNT] = hear_part}};
    struct error err;
    while (channel_receive(told->channel.parent, &PARTS, told, &err) == IO_DONE) {
    }
}

static int begin(void **state)
{
    static struct told told;
    struct error err;
    told = (struct told){0};
    arena_init(&told.arena, 0);
    *state = &told;
    return channel_open(&told.channel, &err) ? 0 : -1;
}

static int end(void **state)
{
    struct told *told = *state;
    channel_close_end(&told->channel.parent);
    channel_close_end(&told->channel.child);
    arena_deinit(&told->arena);
    return 0;
}

static const struct privileges ACCOUNT = {.change = true, .uid = 33, .gid = 33, .name = "www-data"};

static void test_all_arrives(void **state)
{
    struct told *told = *state;
    struct error err;
    char pid_path[] = "/run/other.pid";
    struct log_file file = {"/var/log/a.log", 7}, terminal = {NULL, 2};
    const struct log_target targets[] = {{&file, LEVEL_WARN}, {&terminal, LEVEL_ALERT}};
    const struct log log = {targets, 2};
    const struct main_settings main = {
        .daemon = true, .load_timeout_ms = 1500, .pid_path = pid_path, .log = &log};
    assert_true(master_settings_send(&main, told->channel.child, &err));
    hear_all(told);
    assert_false(told->settings.complete); /* the account may take long */
    assert_true(told->settings.load_timeout_ms == 1500);
    assert_true(master_settings_send_account(&ACCOUNT, told->channel.child, &err));
    hear_all(told);
    assert_true(told->settings.complete);
    assert_true(told->settings.daemon);
    assert_string_equal(told->settings.pid_path, "/run/other.pid");
    assert_int_equal(told->settings.log->n, 2);
    const struct log_target *first = &told->settings.log->targets[0], *second = first + 1;
    assert_string_equal(first->file->path, "/var/log/a.log");
    assert_int_equal(first->level, LEVEL_WARN);
    assert_null(second->file->path);
    assert_int_equal(second->level, LEVEL_ALERT);
    assert_true(first->file->fd == -1 && second->file->fd == -1); /* another process's */
    assert_true(told->settings.privileges.change);
    assert_int_equal(told->settings.privileges.uid, 33);
}

static void test_what_is_missing_is_noticed(void **state)
{
    struct told *told = *state;
    struct error err;
    assert_true(master_settings_send_account(&ACCOUNT, told->channel.child, &err));
    hear_all(told);
    assert_false(told->settings.complete);
}

static void test_a_path_that_is_too_long_stays_too_long(void **state)
{
    struct told *told = *state;
    struct error err;
    char path[2 * CHANNEL_TEXT_MAX];
    memset(path, 'x', sizeof(path) - 1);
    path[0] = '/';
    path[sizeof(path) - 1] = '\0';
    struct log_file file = {path, -1};
    const struct log_target target = {&file, LEVEL_WARN};
    const struct log log = {&target, 1};
    const struct main_settings main = {.pid_path = path, .log = &log};
    assert_true(master_settings_send(&main, told->channel.child, &err));
    hear_all(told);
    assert_true(strlen(told->settings.pid_path) >= 4095);
    assert_true(strlen(told->settings.log->targets[0].file->path) >= 4095 - 1);
    assert_false(log_file_open(told->settings.log->targets[0].file, &err));
}

static void test_a_message_of_another_size_is_ignored(void **state)
{
    struct told *told = *state;
    master_settings_take(&told->settings, CHANNEL_MAIN, STR("x"), &told->arena);
    master_settings_take(&told->settings, CHANNEL_ACCOUNT, STR("x"), &told->arena);
    master_settings_take(&told->settings, CHANNEL_ERROR_LOG, STR(""), &told->arena);
    master_settings_take(&told->settings, CHANNEL_PID_FILE, STR(""), &told->arena);
    assert_true(!told->settings.complete && !told->settings.log && !told->settings.pid_path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_all_arrives, begin, end),
        cmocka_unit_test_setup_teardown(test_what_is_missing_is_noticed, begin, end),
        cmocka_unit_test_setup_teardown(test_a_path_that_is_too_long_stays_too_long, begin, end),
        cmocka_unit_test_setup_teardown(test_a_message_of_another_size_is_ignored, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
