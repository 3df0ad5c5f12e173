/* SPDX-License-Identifier: Apache-2.0 */
/* Caching is taken with a notice, its absence in silence, and purging not at all. */
#include "modules/proxy/proxy_cache_conf.h"

#include "../gate/rows.h"

#include "base/compiler.h"

static enum taken taken(unsigned context, const char *text, struct heard *heard)
{
    return rows_try(proxy_cache_table.rows, proxy_cache_table.n, context, text, heard);
}

static void caching_is_taken_with_a_notice(void **state)
{
    static const char *const rows[] = {
        "proxy_cache zone;",
        "proxy_cache_bypass $http_pragma $arg_x;",
        "proxy_cache_key $uri;",
        "proxy_cache_use_stale error timeout;",
        "proxy_no_cache $cookie_x;",
        "proxy_cache_valid 200 301 1h;",
        "proxy_cache_lock on;",
        "proxy_cache_convert_head off;",
        "proxy_cache_methods GET POST;",
        "proxy_cache_path /x keys_zone=z:1m levels=1:2;",
    };
    struct heard heard;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (taken(CONTEXT_HTTP, rows[i], &heard) != TAKEN_WITH_NOTICE) {
            fail_msg("%s %s", rows[i], heard.err.text);
        }
    }
    assert_int_equal(taken(CONTEXT_LOCATION, "proxy_cache zone;", &heard), TAKEN_WITH_NOTICE);
    assert_string_equal(heard.notice,
                        "\"proxy_cache\" has no effect (yett does not cache responses) in "
                        "f:1");
}

static void what_is_off_needs_none(void **state)
{
    struct heard heard;
    assert_int_equal(taken(CONTEXT_LOCATION, "proxy_cache off;", &heard), TAKEN_SILENTLY);
    assert_int_equal(taken(CONTEXT_LOCATION, "proxy_cache_lock off;", &heard), TAKEN_SILENTLY);
    assert_int_equal(taken(CONTEXT_LOCATION, "proxy_cache_use_stale off;", &heard), TAKEN_SILENTLY);
    assert_int_equal(taken(CONTEXT_LOCATION, "proxy_cache_purge 0;", &heard), TAKEN_SILENTLY);
}

static void mistakes_are_refused(void **state)
{
    struct heard heard;
    assert_int_equal(taken(CONTEXT_LOCATION, "proxy_cache_purge $purge;", &heard), NOT_YET);
    assert_int_equal(taken(CONTEXT_LOCATION, "proxy_cache_path /x keys_zone=z:1m;", &heard), WRONG);
    assert_int_equal(taken(CONTEXT_HTTP, "proxy_cache_path /x;", &heard), WRONG);
    assert_int_equal(taken(CONTEXT_HTTP, "proxy_cache a b;", &heard), WRONG);
    assert_int_equal(taken(CONTEXT_HTTP, "proxy_cache off; proxy_cache off;", &heard), WRONG);
    assert_int_equal(taken(CONTEXT_LOCATION_IF, "proxy_cache zone;", &heard), WRONG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(caching_is_taken_with_a_notice),
        cmocka_unit_test(what_is_off_needs_none),
        cmocka_unit_test(mistakes_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
