/* SPDX-License-Identifier: Apache-2.0 */
/* The directives of HTTP/2: their bounds, and those that nginx has no longer. */
#include "load/http2_conf.h"

#include "../gate/rows.h"

#include "base/compiler.h"

#include "site/settings.h"

/* One directive, as it stands in a server; *settings is what it fills in. */
static enum taken taken(const char *text, struct server_settings *settings, struct heard *heard)
{
    const struct directive_table table = {"", http2_directives, http2_directives_n, LEVEL_SERVER,
                                          0};
    const struct conf_tables tables = {&table, 1};
    struct arena arena;
    struct conf_tree tree;
    *heard = (struct heard){0};
    *settings = (struct server_settings){0};
    arena_init(&arena, 0);
    struct conf_scope scope = {.arena = &arena, .owner = heard, .notice = rows_hear};
    struct conf_level level = {.context = CONTEXT_SERVER,
                               .structs = {[LEVEL_SERVER] = settings},
                               .seen = arena_zalloc(&arena, http2_directives_n)};
    assert_true(conf_tree_parse(str_of(text), "f", &arena, &tree, &heard->err));
    bool ok = conf_apply_all(&tables, &scope, &level, tree.first, &heard->err);
    arena_deinit(&arena);
    return !ok ? WRONG : heard->notice[0] ? TAKEN_WITH_NOTICE : TAKEN_SILENTLY;
}

static void settings_have_bounds(void **state)
{
    (void)state;
    static const char *const good[] = {
        "http2 on;",
        "http2_max_concurrent_streams 1;",
        "http2_max_concurrent_streams 10000;",
        "http2_body_preread_size 0;",
        "http2_body_preread_size 2147483647;",
    };
    static const char *const bad[] = {
        "http2 yes;",
        "http2_max_concurrent_streams 0;",
        "http2_max_concurrent_streams 10001;",
        "http2_max_concurrent_streams -1;",
        "http2_body_preread_size 2147483648;",
        "http2_body_preread_size x;",
    };
    struct server_settings settings;
    struct heard heard;
    for (size_t i = 0; i < COUNT_OF(good); i++) {
        if (taken(good[i], &settings, &heard) != TAKEN_SILENTLY) {
            fail_msg("%s %s%s", good[i], heard.err.text, heard.notice);
        }
    }
    assert_int_equal(settings.http2_window, INT32_MAX);
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        if (taken(bad[i], &settings, &heard) != WRONG) {
            fail_msg("%s was taken", bad[i]);
        }
    }
}

static enum taken obsolete(unsigned context, const char *text, struct heard *heard)
{
    return rows_try(http2_directives, http2_directives_n, context, text, heard);
}

static void what_nginx_has_no_longer_is_taken_with_a_notice(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "http2_idle_timeout 3m;",  "http2_recv_timeout 30s;",        "http2_max_field_size 4k;",
        "http2_max_requests 100;", "http2_max_concurrent_pushes 1;", "http2_max_header_size 16k;",
        "http2_push /a.css;",      "http2_push_preload on;",
    };
    struct heard heard;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (obsolete(CONTEXT_SERVER, rows[i], &heard) != TAKEN_WITH_NOTICE) {
            fail_msg("%s %s", rows[i], heard.err.text);
        }
    }
}

static void contexts_are_those_of_nginx(void **state)
{
    (void)state;
    struct heard heard;
    assert_int_equal(obsolete(CONTEXT_LOCATION, "http2_push_preload on;", &heard),
                     TAKEN_WITH_NOTICE);
    assert_int_equal(obsolete(CONTEXT_LOCATION, "http2_max_requests 1;", &heard), WRONG);
    assert_int_equal(obsolete(CONTEXT_LOCATION, "http2_max_field_size 4k;", &heard), WRONG);
    assert_int_equal(obsolete(CONTEXT_HTTP, "http2_recv_buffer_size 256k;", &heard),
                     TAKEN_WITH_NOTICE);
    assert_int_equal(obsolete(CONTEXT_SERVER, "http2_recv_buffer_size 256k;", &heard), WRONG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(settings_have_bounds),
        cmocka_unit_test(what_nginx_has_no_longer_is_taken_with_a_notice),
        cmocka_unit_test(contexts_are_those_of_nginx),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
