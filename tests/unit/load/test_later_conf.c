/* SPDX-License-Identifier: Apache-2.0 */
/* Nothing known is ignored in silence, but for the values that change nothing. */
#include "load/later_conf.h"

#include <stdio.h>

#include "../gate/rows.h"

#include "base/compiler.h"

static enum taken taken(unsigned context, const char *text, struct heard *heard)
{
    return rows_try(later_directives, later_directives_n, context, text, heard);
}

static void what_is_not_there_is_refused(void **state)
{
    struct heard heard;
    for (size_t i = 0; i < later_directives_n; i++) {
        const struct directive *row = &later_directives[i];
        char text[128];
        snprintf(text, sizeof(text), "%s 7k;", row->name);
        enum taken got = taken(row->contexts, text, &heard);
        if (row->support == SUPPORT_ACCEPTED) {
            assert_int_equal(got, TAKEN_WITH_NOTICE);
            assert_non_null(row->note);
        } else {
            assert_int_equal(got, row->support == SUPPORT_LATER ? NOT_YET : NEVER);
        }
    }
}

static void values_that_change_nothing_are_taken(void **state)
{
    static const char *const rows[] = {
        "limit_rate 0;",
        "limit_rate 0k;",
        "disable_symlinks off;",
        "autoindex OFF;",
        "auth_basic OFF;",
        "auth_basic off;",
        "auth_request off;",
        "autoindex off;",
        "ssi off;",
        "userid off;",
        "mirror off;",
        "slice 0;",
        "dav_methods off;",
        "add_before_body '';",
        "add_after_body \"\";",
        "gunzip off;",
        "add_header_inherit on;",
        "gzip off;",
        "auth_jwt off;",
    };
    struct heard heard;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (taken(CONTEXT_SERVER, rows[i], &heard) != TAKEN_SILENTLY) {
            fail_msg("%s %s%s", rows[i], heard.err.text, heard.notice);
        }
    }
    assert_int_equal(taken(CONTEXT_LOCATION, "random_index off;", &heard), TAKEN_SILENTLY);
}

static void their_twins_are_refused(void **state)
{
    static const char *const rows[] = {
        "limit_rate 1;",
        "limit_rate 0 0;",
        "limit_rate $x;",
        "limit_rate;",
        "limit_rate '';",
        "disable_symlinks on;",
        "disable_symlinks off from=/;",
        "auth_basic realm;",
        "auth_basic 'off ';",
        "auth_request /off;",
        "autoindex on;",
        "userid log;",
        "mirror /off;",
        "slice 1m;",
        "dav_methods PUT off;",
        "add_before_body off;",
        "add_header_inherit merge;",
        "set_real_ip_from 10.0.0.0/8;",
        "limit_req zone=z;",
        "limit_conn z 1;",
        "auth_request_set $x y;",
        "valid_referers none;",
    };
    struct heard heard;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (taken(CONTEXT_SERVER, rows[i], &heard) != NOT_YET) {
            fail_msg("%s %s%s", rows[i], heard.err.text, heard.notice);
        }
    }
    assert_int_equal(taken(CONTEXT_LOCATION, "limit_rate 1k;", &heard), NOT_YET);
    assert_string_equal(heard.err.text, "\"limit_rate 1k\" is not supported yet, only "
                                        "\"limit_rate 0\" is accepted in f:1");
}

/* Alone they do nothing with nginx either; what they are settings of is refused. */
static void settings_of_what_is_refused_are_taken_with_a_notice(void **state)
{
    static const char *const rows[] = {
        "real_ip_recursive on;",
        "real_ip_recursive off;",
        "real_ip_header X-Forwarded-For;",
        "limit_rate_after 1m;",
        "limit_req_status 429;",
        "limit_conn_log_level warn;",
        "auth_basic_user_file x;",
        "autoindex_exact_size off;",
        "sub_filter_once off;",
        "mirror_request_body off;",
        "status_zone z;",
    };
    struct heard heard;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (taken(CONTEXT_LOCATION, rows[i], &heard) != TAKEN_WITH_NOTICE) {
            fail_msg("%s %s", rows[i], heard.err.text);
        }
    }
    assert_int_equal(taken(CONTEXT_HTTP, "limit_req_zone $x zone=z:1m rate=1r/s;", &heard),
                     TAKEN_WITH_NOTICE);
    assert_string_equal(heard.notice, "\"limit_req_zone\" has no effect (it only matters with "
                                      "`limit_req`) in f:1");
    assert_int_equal(taken(CONTEXT_MAIN, "quic_bpf on;", &heard), TAKEN_WITH_NOTICE);
    assert_int_equal(taken(CONTEXT_SERVER, "limit_req_zone $x zone=z:1m rate=1r/s;", &heard),
                     WRONG);
    assert_int_equal(taken(CONTEXT_LOCATION, "quic_retry on;", &heard), WRONG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_not_there_is_refused),
        cmocka_unit_test(values_that_change_nothing_are_taken),
        cmocka_unit_test(their_twins_are_refused),
        cmocka_unit_test(settings_of_what_is_refused_are_taken_with_a_notice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
