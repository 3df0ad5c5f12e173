/* SPDX-License-Identifier: Apache-2.0 */
/* Questions that leave something open: every way is walked, once. */
#include "site/question.h"

#include "asked.h"

static void what_is_known_is_one_way(void **state)
{
    struct asked asked;
    asked_load(&asked, "server { listen 127.0.0.1:8080;\n"
                       "location /a { if ($arg_k = 1) { return 403; } return 200 $uri; } }");
    assert_int_equal(asked_one(&asked, "/a/b?k=1")->status, 403);
    assert_string_equal(asked_one(&asked, "/a/b?k=2")->text, "/a/b");
    assert_string_equal(asked.answers[0].trail,
                        "4:server \"\" 5:location \"/a\" 5:if $arg_k = 1: no 5:return 200");
    asked_deinit(&asked);
}

static void a_field_that_is_open_forks_and_is_kept_to(void **state)
{
    struct asked asked;
    asked_load(&asked, "server { listen 127.0.0.1:8080;\n"
                       "if ($http_x = a) { set $v 1; }\n"
                       "if ($http_x = a) { set $w 1; }\n"
                       "return 200 \"$v$w\"; }");
    asked.question.all_fields_told = false;
    asked_walk(&asked);
    assert_true(asked.all);
    assert_int_equal(asked.n, 2); /* whatever was supposed first, it stays so */
    assert_string_equal(asked.answers[0].text, "");
    assert_string_equal(asked.answers[1].text, "11");
    asked_deinit(&asked);
}

/* How many ways two conditions have: of four, those that contradict each other are left out. */
static size_t ways_of(const char *first, const char *between, const char *second)
{
    char text[1024];
    struct asked asked;
    snprintf(text, sizeof(text),
             "server { listen 127.0.0.1:8080;\nset $f $http_x;\nif (%s) { set $v 1; }\n%s\n"
             "if (%s) { set $w 1; }\nreturn 200 \"$v$w\"; }",
             first, between, second);
    asked_load(&asked, text);
    asked.question.facts.unknown = FACT_ARGS;
    asked.question.all_fields_told = false;
    asked_walk(&asked);
    assert_true(asked.all);
    size_t n = asked.n;
    asked_deinit(&asked);
    return n;
}

static void conditions_that_contradict_each_other_are_no_way(void **state)
{
    assert_int_equal(ways_of("$http_x = a", "", "$http_x != a"), 2);
    assert_int_equal(ways_of("$http_x != a", "", "$http_x = a"), 2);
    assert_int_equal(ways_of("$http_x = a", "", "$http_x = b"), 3);
    assert_int_equal(ways_of("$http_x ~ ^a", "", "$http_x !~ ^a"), 2);
    assert_int_equal(ways_of("$http_x ~ ^a", "", "$http_x = b"), 3);
    assert_int_equal(ways_of("$http_x !~ ^a", "", "$http_x = ab"), 3);
    assert_int_equal(ways_of("$f ~ ^a", "set $v $http_y;", "$f !~ ^a"), 2);
}

/* Three: an equality that holds decides the second by itself. */
static void conditions_that_may_both_hold_are_ways(void **state)
{
    assert_int_equal(ways_of("$http_x != a", "", "$http_x != b"), 3);
    assert_int_equal(ways_of("$http_x = a", "", "$http_y = a"), 4);
    assert_int_equal(ways_of("$http_x ~ ^a", "", "$http_x ~* ^a"), 4);
    assert_int_equal(ways_of("$http_x ~ ^a", "", "$http_x ~ a$"), 4);
    assert_int_equal(ways_of("$http_x ~ ^a", "", "$http_x = ab"), 3);
    assert_int_equal(ways_of("$http_x != a", "", "$http_x = \"$http_y\""), 4);
    assert_int_equal(ways_of("$arg_x ~ ^a", "set $args $http_y;", "$arg_x !~ ^a"), 4);
    assert_int_equal(ways_of("$f ~ ^a", "set $f $http_y;", "$f !~ ^a"), 4);
    assert_int_equal(ways_of("$f != a", "if ($http_z ~ ^(?<f>a)) { set $z 1; }", "$f = a"), 6);
}

static void a_path_that_is_open_reaches_every_location_and_none(void **state)
{
    struct asked asked;
    asked_load(&asked, "server { listen 127.0.0.1:8080;\n"
                       "location = /a { return 401; }\n"
                       "location /b { return 402; location /b/c { return 403; } }\n"
                       "location ~ ^/(d) { return 404 $1; }\n"
                       "location @n { return 405; } }");
    asked.question.facts.unknown = FACT_PATH | FACT_ARGS;
    asked_walk(&asked);
    assert_true(asked.all);
    assert_int_equal(asked.n, 5);
    assert_int_equal(asked_count(&asked, DECISION_PAGE, 401), 1);
    assert_int_equal(asked_count(&asked, DECISION_PAGE, 402), 1);
    assert_int_equal(asked_count(&asked, DECISION_PAGE, 403), 1);
    assert_int_equal(asked_count(&asked, DECISION_TEXT, 404), 1);
    assert_int_equal(asked_count(&asked, DECISION_PAGE, 405), 0);
    assert_int_equal(asked_count(&asked, DECISION_HANDLER, 0), 1);
    for (size_t i = 0; i < asked.n; i++) {
        assert_true(asked.answers[i].status != 404 || strcmp(asked.answers[i].text, "?") == 0);
    }
    asked_deinit(&asked);
}

static void an_address_that_is_open_meets_every_rule(void **state)
{
    struct asked asked;
    asked_load(&asked,
               "server { listen 127.0.0.1:8080;\n"
               "location / { allow 10.0.0.0/8; deny 192.0.2.0/24; allow 192.0.2.1; deny all; } }");
    asked.question.facts.unknown = FACT_PEER;
    asked_walk(&asked);
    assert_true(asked.all);
    assert_int_equal(asked_count(&asked, DECISION_HANDLER, 0), 2);
    assert_int_equal(asked_count(&asked, DECISION_PAGE, 403), 2);
    asked_deinit(&asked);
}

static void an_open_key_gives_each_value_of_a_map_once(void **state)
{
    struct asked asked;
    asked_load(&asked,
               "map $http_x $m { default 0; a 1; b 1; ~c 2; }\n"
               "server { listen 127.0.0.1:8080;\n"
               "if ($m = 1) { return 401 $m; } if ($m = 2) { return 402; } return 200 $m; }");
    asked.question.all_fields_told = false;
    asked_walk(&asked);
    assert_true(asked.all);
    assert_int_equal(asked.n, 3);
    assert_non_null(strstr(asked.answers[0].trail,
                           "4:$http_x is \"a\", or fits the other line with this value"));
    assert_string_equal(asked.answers[0].text, "1");
    assert_non_null(strstr(asked.answers[1].trail, "4:$http_x matches \"c\""));
    assert_non_null(strstr(asked.answers[2].trail, "4:no line is for this $http_x"));
    assert_string_equal(asked.answers[2].text, "0");
    asked_deinit(&asked);
}

static void what_is_known_of_a_key_excludes_lines(void **state)
{
    struct asked asked;
    asked_load(&asked, "map NONE:$http_x:1 $m { NONE:a:1 1; FINE:b:1 2; NONE:c:2 3; NONE:1 4; }\n"
                       "server { listen 127.0.0.1:8080; return 200 $m; }");
    asked.question.all_fields_told = false;
    asked_walk(&asked);
    assert_int_equal(asked.n, 2);
    assert_string_equal(asked.answers[0].text, "1");
    assert_string_equal(asked.answers[1].text, "");
    asked_deinit(&asked);
}

static void an_open_address_gives_each_value_of_geo(void **state)
{
    struct asked asked;
    asked_load(&asked, "geo $near { 10.0.0.0/8 1; 192.0.2.7 2; 10.1.0.0/16 0; }\n"
                       "geo $r { ranges; default 3; 10.0.0.0-10.0.0.9 4; 10.0.1.0-10.0.1.255 5; }\n"
                       "server { listen 127.0.0.1:8080; return 200 $near$r; }");
    asked.question.facts.unknown = FACT_PEER;
    asked_walk(&asked);
    assert_int_equal(asked.n, 12); /* 4 of the first, 3 of the second */
    assert_string_equal(asked.answers[0].text, "14");
    assert_non_null(strstr(asked.answers[0].trail, "4:$remote_addr is of 10.0.0.0/8"));
    assert_non_null(strstr(asked.answers[0].trail, "5:$remote_addr is of 10.0.0.0-10.0.0.9"));
    assert_non_null(strstr(asked.answers[1].trail, "5:$remote_addr is of 10.0.1.0/24"));
    asked_deinit(&asked);
}

static void the_row_that_matched_is_noted(void **state)
{
    struct asked asked;
    asked_load(&asked, "map $arg_k $m { default d; a 1;\n~b 2; }\n"
                       "geo $near { default 0;\n192.0.2.0/24 1;\n192.0.2.7 2; }\n"
                       "server { listen 127.0.0.1:8080; set $v $m$near; return 200 $v; }");
    assert_string_equal(asked_one(&asked, "/?k=a")->trail,
                        "9:server \"\" 4:map: $arg_k is \"a\", which gives \"1\" "
                        "7:geo: the address is 192.0.2.1, which gives \"1\" "
                        "9:set $v: \"11\" 9:return 200");
    const char *trail = asked_one(&asked, "/?k=b")->trail;
    assert_non_null(strstr(trail, "5:map: $arg_k is \"b\", which gives \"2\""));
    assert_true(address_parse(STR("198.51.100.1"), 1, &asked.peer));
    trail = asked_one(&asked, "/")->trail;
    assert_non_null(strstr(trail, "4:map: $arg_k is \"\", which gives \"d\""));
    assert_non_null(strstr(trail, "6:geo: the address is 198.51.100.1, which gives \"0\""));
    asked_deinit(&asked);
}

static void more_values_than_can_be_tried_stay_unknown(void **state)
{
    struct asked asked;
    asked_load(&asked,
               "map $http_x $m { a 1; b 2; c 3; d 4; e 5; f 6; g 7; h 8; i 9; j 10; k 11;\n"
               "l 12; m 13; n 14; o 15; p 16; q 17; }\n"
               "server { listen 127.0.0.1:8080; if ($m = 3) { return 403; } return 200 $m; }");
    asked.question.all_fields_told = false;
    asked_walk(&asked);
    assert_int_equal(asked.n, 2);
    assert_string_equal(asked.answers[0].text, "?");
    assert_int_equal(asked.answers[1].status, 403);
    asked_deinit(&asked);
}

static void a_host_that_is_open_reaches_every_server(void **state)
{
    struct asked asked;
    asked_load(&asked, "server { listen 127.0.0.1:8080; server_name a b; return 401; }\n"
                       "server { listen 127.0.0.1:8080; server_name *.c; return 402; }\n"
                       "server { listen 127.0.0.1:8080; server_name ~d; return 403; }\n"
                       "server { listen 127.0.0.1:8081; server_name e; return 404; }");
    asked.question.facts.unknown = FACT_HOST;
    asked_walk(&asked);
    assert_true(asked.all);
    assert_int_equal(asked.n, 3);
    assert_int_equal(asked_count(&asked, DECISION_PAGE, 404), 0);
    asked_deinit(&asked);
}

static void files_are_open_always(void **state)
{
    struct asked asked;
    asked_load(&asked, "server { listen 127.0.0.1:8080; root /nowhere;\n"
                       "location / { try_files $uri @n; }\nlocation @n { return 410; } }");
    asked.question.target = STR("/x");
    asked_walk(&asked);
    assert_true(asked.all);
    assert_int_equal(asked.n, 2);
    assert_int_equal(asked_count(&asked, DECISION_HANDLER, 0), 1);
    assert_int_equal(asked_count(&asked, DECISION_PAGE, 410), 1);
    asked_deinit(&asked);
}

static void more_ways_than_the_budget_is_not_all(void **state)
{
    struct asked asked;
    asked_load(&asked, "server { listen 127.0.0.1:8080;\n"
                       "if ($http_a) { set $v 1; } if ($http_b) { set $v 1; }\n"
                       "if ($http_c) { set $v 1; } return 204; }");
    asked.question.all_fields_told = false;
    asked.question.budget = 8;
    asked_walk(&asked);
    assert_true(asked.all);
    assert_int_equal(asked.n, 8);
    asked.question.budget = 7;
    asked_walk(&asked);
    assert_false(asked.all);
    assert_int_equal(asked.n, 7);
    asked_deinit(&asked);
}

static void a_way_with_too_many_choices_is_cut(void **state)
{
    struct asked asked;
    static char http[8192] = "server { listen 127.0.0.1:8080;\n";
    for (unsigned i = 0; i < 70; i++) {
        size_t n = strlen(http);
        snprintf(http + n, sizeof(http) - n, "if ($http_x%u) { set $v 1; }\n", i);
    }
    size_t n = strlen(http);
    snprintf(http + n, sizeof(http) - n, "return 204; }");
    asked_load(&asked, http);
    asked.question.all_fields_told = false;
    asked.question.budget = 3;
    asked_walk(&asked);
    assert_false(asked.all);
    assert_int_equal(asked.n, 3);
    asked_deinit(&asked);
}

static void a_target_that_is_no_path_has_no_answer(void **state)
{
    struct asked asked;
    asked_load(&asked, "server { listen 127.0.0.1:8080; return 204; }");
    asked.question.target = STR("/../etc");
    asked_walk(&asked);
    assert_false(asked.all);
    assert_int_equal(asked.n, 0);
    asked_deinit(&asked);
}

static void told_values_answer_for_any_variable(void **state)
{
    struct asked asked;
    asked_load(&asked,
               "map $http_x $m { default d; a A; ~b(.) $1; }\n"
               "server { listen 127.0.0.1:8080; return 200 \"$m $ssl_client_s_dn $host\"; }");
    const struct told told[] = {{STR("http_x"), STR("bq")}, {STR("ssl_client_s_dn"), STR("CN=x")}};
    asked.question.told = told;
    asked.question.told_n = 2;
    asked.question.host = STR("h.test");
    assert_string_equal(asked_one(&asked, "/")->text, "q CN=x h.test");
    asked.question.told_n = 1;
    assert_string_equal(asked_one(&asked, "/")->text, "?");
    /* Without TLS no certificate counts. */
    const struct told certificate[] = {{STR("ssl_client_s_dn"), STR("CN=x"), .of_client = true}};
    asked.question.told = certificate;
    assert_string_equal(asked_one(&asked, "/")->text, "d  h.test");
    asked_deinit(&asked);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_known_is_one_way),
        cmocka_unit_test(a_field_that_is_open_forks_and_is_kept_to),
        cmocka_unit_test(conditions_that_contradict_each_other_are_no_way),
        cmocka_unit_test(conditions_that_may_both_hold_are_ways),
        cmocka_unit_test(a_path_that_is_open_reaches_every_location_and_none),
        cmocka_unit_test(an_address_that_is_open_meets_every_rule),
        cmocka_unit_test(an_open_key_gives_each_value_of_a_map_once),
        cmocka_unit_test(what_is_known_of_a_key_excludes_lines),
        cmocka_unit_test(an_open_address_gives_each_value_of_geo),
        cmocka_unit_test(the_row_that_matched_is_noted),
        cmocka_unit_test(more_values_than_can_be_tried_stay_unknown),
        cmocka_unit_test(a_host_that_is_open_reaches_every_server),
        cmocka_unit_test(files_are_open_always),
        cmocka_unit_test(more_ways_than_the_budget_is_not_all),
        cmocka_unit_test(a_way_with_too_many_choices_is_cut),
        cmocka_unit_test(a_target_that_is_no_path_has_no_answer),
        cmocka_unit_test(told_values_answer_for_any_variable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
