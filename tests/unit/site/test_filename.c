/* SPDX-License-Identifier: Apache-2.0 */
/* root and alias: which file a path names. */
#include "site/filename.h"

#include "../gate/live.h"

static void paths_become_names(void **state)
{
    static const struct {
        const char *location;
        const char *conf;
        const char *path;
        const char *want;
    } rows[] = {
        {NULL, "root /srv;", "/a", "/srv/a"},
        {NULL, "root /srv/;", "/a", "/srv/a"},
        {NULL, "root html;", "/a/", "/prefix/html/a/"},
        {NULL, "", "/a", "/prefix/html/a"},
        {NULL, "root /srv/$host;", "/a", "/srv/x.org/a"},
        {"/i/", "alias /pics/;", "/i/a", "/pics/a"},
        {"/i/", "alias /pics;", "/i/a", "/picsa"},
        {"/i", "alias /pics/;", "/i/a", "/pics//a"},
        {"/i/", "root /srv;", "/i/a", "/srv/i/a"},
        {NULL, "root $arg_r;", "/a", "/prefix/rel/a"},
        {NULL, "root $arg_s;", "/a", "/abs/a"},
        {NULL, "root $arg_none;", "/a", "/a"},
        {"~x", "alias /pics/$arg_f;", "/anything", "/pics/7"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        static struct live live;
        struct error err;
        struct str name;
        size_t root_n;
        assert_true(live_load(&live, rows[i].location, rows[i].conf, &err));
        live_request(&live, "GET /?f=7&r=rel&s=/abs HTTP/1.1\r\nHost: x.org\r\n\r\n");
        assert_true(filename_of(&live.request->walk, str_of(rows[i].path), &name, &root_n));
        assert_str(name, rows[i].want);
        assert_int_equal(strlen(name.p), name.n);
        live_deinit(&live);
    }
}

static void no_name_for_a_rewritten_path_or_a_nul(void **state)
{
    static struct live live;
    struct error err;
    struct str name;
    size_t root_n;
    assert_true(live_load(&live, "/i/", "alias /pics/; error_log /dev/null;", &err));
    live_request(&live, "GET /i/a HTTP/1.1\r\nHost: x\r\n\r\n");
    assert_true(filename_of(&live.request->walk, STR("/i/a"), &name, &root_n));
    assert_false(filename_of(&live.request->walk, STR("/i/a\0b"), &name, &root_n));
    live.request->walk.rewritten = true;
    assert_false(filename_of(&live.request->walk, STR("/i/a"), &name, &root_n));
    live_deinit(&live);
}

static void no_name_leads_out_of_root_or_alias(void **state)
{
    static const struct {
        const char *location, *conf, *path;
        bool ok;
    } rows[] = {
        {"/i", "alias /pics/;", "/i../a", false},
        {"/i", "alias /pics/;", "/i..", false},
        {"/i", "alias /pics/;", "/i..a/b", true},
        {"/i", "alias /pics;", "/i../a", true}, /* "/pics../a" */
        {"/i", "alias /pics/.;", "/i./a", false},
        {NULL, "root /srv;", "/x/../a", false}, /* a rewrite's */
        {NULL, "root /srv;", "/x/..;/a", true},
        {"~x", "alias /pics/$arg_up;", "/anything", false},
        {"~x", "alias /pics/$arg_ok;", "/anything", true},
        {NULL, "root /srv/$arg_up;", "/a", false},
        {NULL, "root /srv/../$arg_ok;", "/a", true}, /* as it is written */
        {NULL, "root /srv/../$arg_up;", "/a", false},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        static struct live live;
        struct error err;
        struct str name;
        size_t root_n;
        assert_true(live_load(&live, rows[i].location, rows[i].conf, &err));
        live_request(&live, "GET /?up=a/../../b&ok=a..b HTTP/1.1\r\nHost: x\r\n\r\n");
        assert_int_equal(filename_of(&live.request->walk, str_of(rows[i].path), &name, &root_n),
                         rows[i].ok);
        live_deinit(&live);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths_become_names),
        cmocka_unit_test(no_name_for_a_rewritten_path_or_a_nul),
        cmocka_unit_test(no_name_leads_out_of_root_or_alias),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
