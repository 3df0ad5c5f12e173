/* SPDX-License-Identifier: Apache-2.0 */
/* The directives of locations and servers: what they set, and what they refuse. */
#include "load/location_conf.h"

#include "../gate/live.h"
#include "http/conditional.h"
#include "modules/access/access_settings.h"
#include "modules/headers/headers_settings.h"
#include "modules/log/log_settings.h"
#include "modules/static/static_settings.h"

static void defaults_are_nginx_s(void **state)
{
    static struct live live;
    struct error err;
    assert_true(live_load(&live, NULL, "", &err));
    const struct location_settings *root = &live.server.root;
    const struct static_settings *files = static_settings_of(root);
    assert_int_equal(root->body.max_size, 1024 * 1024);
    assert_int_equal(root->keepalive.timeout_ms, 75000);
    assert_int_equal(files->max_ranges, UINT64_MAX);
    assert_int_equal(files->if_modified_since, SINCE_EXACT);
    assert_true(files->etag && root->redirects.absolute && files->log_not_found);
    assert_false(root->internal || root->recursive_error_pages);
    assert_str(root->files.default_type, "text/plain");
    assert_str(*(struct str *)strmap_get(root->files.types, STR("HTML")), "text/html");
    assert_int_equal(log_settings_of(root)->n, 1);
    assert_string_equal(log_settings_of(root)->items[0].file->path, "/var/log/yett/access.log");
    assert_int_equal(live.server.settings.large_headers.n, 4);
    assert_int_equal(live.server.settings.large_headers.size, 8192);
    assert_true(live.server.settings.merge_slashes);
    live_deinit(&live);
}

static void lists_are_read_in_order(void **state)
{
    static struct live live;
    struct error err;
    assert_true(live_load(&live, "/x/",
                          "error_page 403 404 =200 /e.html; error_page 495 496 @named;"
                          "error_page 500 = /dyn;"
                          "add_header A 1; add_header B $uri always;"
                          "deny 10.0.0.0/8; allow 192.168.0.1; allow unix:; deny all;"
                          "index a.html $host.html; expires modified -24h;"
                          "try_files $uri $uri/ =404; access_log off; keepalive_timeout 5s 7s;"
                          "types { a/b one two; c/d TWO; }",
                          &err));
    const struct location_settings *root = &live.server.root;
    assert_int_equal(root->error_pages.n, 5);
    assert_int_equal(root->error_pages.items[1].status, 404);
    assert_int_equal(root->error_pages.items[1].overwrite, 200);
    assert_int_equal(root->error_pages.items[2].overwrite, -1);
    assert_int_equal(root->error_pages.items[4].overwrite, 0);
    assert_int_equal(headers_settings_of(root)->add_headers.n, 2);
    assert_true(headers_settings_of(root)->add_headers.items[1].always &&
                !headers_settings_of(root)->add_headers.items[0].always);
    assert_int_equal(access_settings_of(root)->n, 4);
    assert_true(access_settings_of(root)->items[1].allow &&
                access_settings_of(root)->items[2].unix_only);
    assert_true(access_settings_of(root)->items[3].all &&
                !access_settings_of(root)->items[3].allow);
    assert_int_equal(static_settings_of(root)->index.n, 2);
    assert_int_equal(headers_settings_of(root)->expires.kind, EXPIRES_MODIFIED);
    assert_int_equal(headers_settings_of(root)->expires.seconds, -86400);
    assert_int_equal(root->try_files.n, 2);
    assert_int_equal(root->try_files.status, 404);
    assert_int_equal(log_settings_of(root)->n, 0);
    assert_int_equal(root->keepalive.header_s, 7);
    assert_str(*(struct str *)strmap_get(root->files.types, STR("two")), "c/d");
    assert_null(strmap_get(root->files.types, STR("html")));
    live_deinit(&live);
}

static void mistakes_are_named(void **state)
{
    static const struct {
        const char *location;
        const char *conf;
        const char *want;
    } rows[] = {
        {NULL, "error_page 200 /x;", "value \"200\" must be between 300 and 599"},
        {NULL, "error_page 499 /x;", "invalid value \"499\""},
        {NULL, "error_page = /x;", "invalid value \"=\""},
        {NULL, "error_page 404 =x /x;", "invalid value \"=x\""},
        {NULL, "add_header A b often;", "invalid parameter \"often\""},
        {NULL, "add_header 'A b' c;", "\"A b\" in \"add_header\" is not a header name"},
        {NULL, "add_header A \"b\nc\";",
         "the value of \"A\" in \"add_header\" contains a line break or a NUL"},
        {NULL, "deny 10.0.0.0/33;", "invalid parameter \"10.0.0.0/33\""},
        {NULL, "allow example.org;", "invalid parameter \"example.org\""},
        {NULL, "access_log a.log nope;", "unknown log format \"nope\""},
        {NULL, "access_log a.log combined gzip;",
         "\"gzip\" of \"access_log\" is not supported yet"},
        {NULL, "access_log off combined;", "invalid parameter \"combined\""},
        {"http", "log_format combined x;", "duplicate \"log_format\" name \"combined\""},
        {"http", "log_format x escape=y z;", "unknown log format escaping \"y\""},
        {"http", "log_format x $nope;", "unknown \"nope\" variable"},
        {NULL, "error_log x loud;", "invalid log level \"loud\""},
        {NULL, "root /a; root /b;", "\"root\" directive is duplicate"},
        {"/x/", "root /a; alias /b;",
         "\"alias\" directive is duplicate, \"root\" directive was specified earlier"},
        {"@x", "alias /b;", "the \"alias\" directive cannot be used inside the named location"},
        {NULL, "root $document_root/x;",
         "the $document_root variable cannot be used in the \"root\" directive"},
        {"/x/", "try_files $uri =4x4;", "invalid code \"=4x4\""},
        {NULL, "expires 5parsecs;", "\"expires\" directive invalid value \"5parsecs\""},
        {NULL, "expires @25h;",
         "\"expires\" directive daily time value must be less than 24 hours"},
        {NULL, "expires max 1h;", "\"expires\" directive invalid value \"max\""},
        {NULL, "satisfy some;", "invalid value \"some\" in \"satisfy\" directive"},
        {NULL, "client_body_in_file_only on;",
         "\"client_body_in_file_only on\" is not supported yet"},
        {NULL, "types { a/b; }",
         "invalid line \"a/b\" in \"types\": expected a type and extensions"},
        {NULL, "large_client_header_buffers 0 8k;",
         "\"large_client_header_buffers\" directive invalid value \"0\""},
        {NULL, "index '';", "index \"\" in \"index\" directive is invalid"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        static struct live live;
        struct error err = {{0}};
        if (live_load(&live, rows[i].location, rows[i].conf, &err)) {
            fail_msg("accepted: %s", rows[i].conf);
        }
        if (!str_starts(str_of(err.text), str_of(rows[i].want))) {
            fail_msg("%s: \"%s\"", rows[i].conf, err.text);
        }
        live_deinit(&live);
    }
}

static void notices_are_given(void **state)
{
    static struct live live;
    struct error err;
    assert_true(live_load(&live, NULL, "allow 10.0.0.1/8;", &err));
    assert_string_equal(live.notice, "low address bits of 10.0.0.1/8 are meaningless");
    live_deinit(&live);
    assert_true(live_load(&live, NULL, "sendfile on;", &err));
    assert_true(live.notice[0]);
    live_deinit(&live);
    assert_true(live_load(&live, NULL, "allow 10.0.0.0/8;", &err));
    assert_string_equal(live.notice, "");
    live_deinit(&live);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_are_nginx_s),
        cmocka_unit_test(lists_are_read_in_order),
        cmocka_unit_test(mistakes_are_named),
        cmocka_unit_test(notices_are_given),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
