/* SPDX-License-Identifier: Apache-2.0 */
/* What sends requests by another protocol is refused; what says how is taken. */
#include "load/backend_protocols_conf.h"

#include "../gate/rows.h"

#include "base/compiler.h"

static enum taken taken(unsigned context, const char *text)
{
    struct heard heard;
    return rows_try(protocol_directives, protocol_directives_n, context, text, &heard);
}

static void what_sends_is_refused(void **state)
{
    assert_int_equal(taken(CONTEXT_LOCATION, "fastcgi_pass unix:/x;"), NEVER);
    assert_int_equal(taken(CONTEXT_LOCATION, "uwsgi_pass 127.0.0.1:1;"), NEVER);
    assert_int_equal(taken(CONTEXT_LOCATION, "scgi_pass 127.0.0.1:1;"), NEVER);
    assert_int_equal(taken(CONTEXT_LOCATION, "memcached_pass 127.0.0.1:1;"), NEVER);
    assert_int_equal(taken(CONTEXT_LOCATION_IF, "fastcgi_pass 127.0.0.1:1;"), NEVER);
}

static void what_says_how_is_taken(void **state)
{
    static const char *const rows[] = {
        "fastcgi_temp_path /x 1 2;", "uwsgi_temp_path /x;",
        "scgi_temp_path /x;",        "fastcgi_param A $request;",
        "fastcgi_buffers 16 16k;",   "uwsgi_read_timeout 5s;",
        "fastcgi_hide_header X;",    "fastcgi_cache_valid 200 1h;",
        "memcached_gzip_flag 2;",    "uwsgi_ssl_verify on;",
        "scgi_param A b;",           "fastcgi_index index.php;",
        "tunnel_bind off;",          "fastcgi_cache_path /x keys_zone=z:1m;",
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (taken(CONTEXT_HTTP, rows[i]) != TAKEN_WITH_NOTICE) {
            fail_msg("%s", rows[i]);
        }
    }
    assert_int_equal(taken(CONTEXT_LOCATION, "fastcgi_split_path_info ^(.+)$;"), TAKEN_WITH_NOTICE);
}

static void places_are_nginx_s(void **state)
{
    assert_int_equal(taken(CONTEXT_LOCATION_IF, "fastcgi_param A b;"), WRONG);
    assert_int_equal(taken(CONTEXT_SERVER, "fastcgi_cache_path /x keys_zone=z:1m;"), WRONG);
    assert_int_equal(taken(CONTEXT_MAIN, "uwsgi_temp_path /x;"), WRONG);
    assert_int_equal(taken(CONTEXT_HTTP, "fastcgi_temp_path;"), WRONG);
    assert_int_equal(taken(CONTEXT_HTTP, "scgi_modifier1 1;"), WRONG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_sends_is_refused),
        cmocka_unit_test(what_says_how_is_taken),
        cmocka_unit_test(places_are_nginx_s),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
