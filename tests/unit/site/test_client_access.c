/* SPDX-License-Identifier: Apache-2.0 */
/* The policy of a location: where it is asked, and what it asks of open facts. */
#include "site/client_access.h"

#include "asked.h"

#define NEAR                                                                                       \
    "client_policy near { allow network=10.0.0.0/8; deny network=192.0.2.0/24; allow "             \
    "network=192.0.2.1; }\n"

static void an_open_address_meets_every_rule(void **state)
{
    struct asked asked;
    asked_load(&asked, NEAR "server { listen 127.0.0.1:8080; location / { client_access near; } }");
    asked.question.facts.unknown = FACT_PEER;
    asked_walk(&asked);
    assert_true(asked.all);
    assert_int_equal(asked_count(&asked, DECISION_HANDLER, 0), 2);
    assert_int_equal(asked_count(&asked, DECISION_PAGE, 403), 2);
    asked_deinit(&asked);
}

static void a_known_client_takes_one_way(void **state)
{
    struct asked asked;
    asked_load(&asked, "client_policy none { allow verified; } client_policy any { allow all; } "
                       "client_policy no { }\n"
                       "server { listen 127.0.0.1:8080; client_access none;\n"
                       "location /a { return 200 a; }\n"
                       "location /b { client_access any; return 200 b; }\n"
                       "location /c { client_access off; return 200 c; }\n"
                       "location /d { client_access_mode report; return 200 d; }\n"
                       "location /e { client_access no; return 200 e; }\n"
                       "location /f { client_access off; location /f/g { return 200 g; } } }");
    assert_int_equal(asked_one(&asked, "/a")->status, 403);
    assert_string_equal(asked_one(&asked, "/b")->text, "b");
    assert_string_equal(asked_one(&asked, "/c")->text, "c");
    assert_string_equal(asked_one(&asked, "/d")->text, "d");
    assert_int_equal(asked_one(&asked, "/e")->status, 403);
    assert_string_equal(asked_one(&asked, "/f/g")->text, "g");
    assert_int_equal(asked_one(&asked, "/none")->status, 403);
    asked_deinit(&asked);
}

static void a_text_of_the_server_is_guarded(void **state)
{
    struct asked asked;
    asked_load(&asked,
               "client_policy none { } server { listen 127.0.0.1:8080; client_access none;\n"
               "if ($arg_k = 1) { return 301 /there; } if ($arg_k = 2) { return 444; } return 200 "
               "text; }");
    assert_int_equal(asked_one(&asked, "/")->status, 403);
    assert_int_equal(asked_one(&asked, "/?k=1")->status, 301);
    assert_int_equal(asked_one(&asked, "/?k=2")->status, 444);
    asked_deinit(&asked);
}

static void every_internal_redirect_comes_to_the_policy_of_its_target(void **state)
{
    struct asked asked;
    asked_load(&asked,
               "client_policy none { } server { listen 127.0.0.1:8080;\n"
               "location /page { error_page 404 /in; return 404; }\n"
               "location /named { error_page 404 @in; return 404; }\n"
               "location /moved { rewrite ^ /in last; }\n"
               "location /broken { client_access none; rewrite ^ /x break; return 200 x; }\n"
               "location /in { client_access none; return 200 in; }\n"
               "location @in { client_access none; return 200 in; }\n"
               "location /out { client_access none; error_page 403 = /sorry; return 200 out; }\n"
               "location /sorry { return 200 sorry; } }");
    assert_int_not_equal(asked_one(&asked, "/page")->status, 200);
    assert_int_not_equal(asked_one(&asked, "/named")->status, 200);
    assert_int_equal(asked_one(&asked, "/moved")->status, 403);
    assert_int_equal(asked_one(&asked, "/broken")->status, 403);
    assert_string_equal(asked_one(&asked, "/out")->text, "sorry");
    asked_deinit(&asked);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_open_address_meets_every_rule),
        cmocka_unit_test(a_known_client_takes_one_way),
        cmocka_unit_test(a_text_of_the_server_is_guarded),
        cmocka_unit_test(every_internal_redirect_comes_to_the_policy_of_its_target),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
