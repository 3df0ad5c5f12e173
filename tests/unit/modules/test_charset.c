/* SPDX-License-Identifier: Apache-2.0 */
/* The charset parameter; each case agrees with nginx 1.22. */
#include "modules/charset/charset.h"

#include "../gate/live.h"

static void check(const char *conf, int status, const char *type, const char *accel,
                  const char *want)
{
    static struct live live;
    struct error err;
    assert_true(live_load(&live, NULL, conf, &err));
    struct request *request = live_request(&live, "GET /x HTTP/1.0\r\n\r\n");
    request->walk.location = &live.server.root;
    request->response.status = status;
    request->response.content_type = str_of(type);
    request->response.charset = str_of(accel);
    live_value(&live, "$uri"); /* gives the scope its room */
    assert_str(hooks_content_type(request), want);
    live_deinit(&live);
}

static void listed_types_get_it(void **state)
{
    check("charset utf-8;", 200, "text/html", "", "text/html; charset=utf-8");
    check("charset utf-8;", 404, "TEXT/Plain", "", "TEXT/Plain; charset=utf-8");
    check("charset utf-8;", 303, "text/html", "", "text/html; charset=utf-8");
    check("charset utf-8; charset_types a/b;", 200, "a/b", "", "a/b; charset=utf-8");
    check("charset utf-8; charset_types a/b;", 200, "text/html", "", "text/html; charset=utf-8");
    check("charset utf-8; charset_types *;", 200, "x/y; v=1", "", "x/y; v=1; charset=utf-8");
    check("charset $request_method;", 200, "text/html", "", "text/html; charset=GET");
    check("charset a$uri-b;", 200, "text/html", "", "text/html; charset=a$uri-b");
}

static void others_stay_as_they_are(void **state)
{
    check("", 200, "text/html", "", "text/html");
    check("charset off;", 200, "text/html", "", "text/html");
    check("charset utf-8;", 200, "image/png", "", "image/png");
    check("charset utf-8; charset_types a/b;", 200, "text/plain", "", "text/plain");
    check("charset utf-8;", 200, "text/html; v=1", "", "text/html; v=1");
    check("charset utf-8;", 200, "text/html;", "", "text/html;");
    check("charset utf-8; charset_types *;", 200, "", "", "");
    check("charset utf-8; charset_types *;", 200, "a/b;x=y;  CHARSET=z", "", "a/b;x=y;  CHARSET=z");
    check("charset utf-8;", 301, "text/html", "", "text/html");
    check("charset utf-8;", 302, "text/html", "", "text/html");
    check("charset $arg_none;", 200, "text/html", "", "text/html");
}

static void a_backend_may_choose_a_known_one(void **state)
{
    check("charset koi8-r;", 200, "image/png", "KOI8-R", "image/png; charset=KOI8-R");
    check("charset koi8-r;", 200, "text/html", "utf-8", "text/html");
    check("charset koi8-r;", 200, "text/html; charset=a", "koi8-r", "text/html; charset=a");
    check("charset off;", 200, "text/html", "off", "text/html");
}

/* A decoded line break in a capture would begin a field. */
static void no_value_becomes_a_field(void **state)
{
    static struct live live;
    struct error err;
    assert_true(live_load(&live, NULL, "charset $uri;", &err));
    struct request *request = live_request(&live, "GET /a%0d%0aX:y HTTP/1.0\r\n\r\n");
    request->walk.location = &live.server.root;
    request->response.status = 200;
    request->response.content_type = STR("text/html");
    live_value(&live, "$uri");
    assert_str(request->walk.path, "/a\r\nX:y");
    assert_str(hooks_content_type(request), "text/html");
    live_deinit(&live);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(listed_types_get_it),
        cmocka_unit_test(others_stay_as_they_are),
        cmocka_unit_test(a_backend_may_choose_a_known_one),
        cmocka_unit_test(no_value_becomes_a_field),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
