/* SPDX-License-Identifier: Apache-2.0 */
/* The way of a request whose facts are all known: server, location, programs, access, error pages.
 */
#include "site/walk.h"

#include "asked.h"

struct row {
    const char *host;
    const char *target;
    const char *method;
    int status;
    const char *text;
};

static void walk_rows(const char *http, const struct row *rows, size_t n)
{
    struct asked asked;
    asked_load(&asked, http);
    for (size_t i = 0; i < n; i++) {
        asked.question.host = str_of(rows[i].host ? rows[i].host : "");
        asked.question.facts.has_host = rows[i].host != NULL;
        asked.question.method_name = str_of(rows[i].method ? rows[i].method : "GET");
        const struct told_answer *answer = asked_one(&asked, rows[i].target);
        if (answer->status != rows[i].status || strcmp(answer->text, rows[i].text) != 0) {
            fail_msg("row %zu: %d \"%s\"", i, answer->status, answer->text);
        }
    }
    asked_deinit(&asked);
}

static void host_chooses_the_server(void **state)
{
    static const struct row ROWS[] = {
        {"a.test", "/", NULL, 200, "a"},    {"x.a.test", "/", NULL, 200, "star"},
        {"www.b", "/", NULL, 200, "www"},   {"r7.test", "/", NULL, 200, "7"},
        {"other", "/", NULL, 200, "first"}, {NULL, "/", NULL, 200, "empty"},
    };
    walk_rows("server { listen 127.0.0.1:8080; server_name first; return 200 first; }\n"
              "server { listen 127.0.0.1:8080; server_name a.test; return 200 a; }\n"
              "server { listen 127.0.0.1:8080; server_name *.a.test; return 200 star; }\n"
              "server { listen 127.0.0.1:8080; server_name www.*; return 200 www; }\n"
              "server { listen 127.0.0.1:8080; server_name ~^r(?<n>.)[.]test; return 200 $n; }\n"
              "server { listen 127.0.0.1:8080; server_name \"\"; return 200 empty; }",
              ROWS, COUNT_OF(ROWS));
}

static void the_path_chooses_the_location(void **state)
{
    static const struct row ROWS[] = {
        {NULL, "/a", NULL, 200, "exact"},       {NULL, "/a/x", NULL, 200, "prefix"},
        {NULL, "/a/b/c", NULL, 200, "nested"},  {NULL, "/a/1.php", NULL, 200, "regex"},
        {NULL, "/s/1.php", NULL, 200, "final"}, {NULL, "/z", NULL, 404, ""},
        {NULL, "/p", NULL, 301, "/p/"},         {NULL, "/p?q=1", NULL, 301, "/p/?q=1"},
        {NULL, "/in", NULL, 404, ""},           {NULL, "/to-in", NULL, 200, "internal"},
    };
    walk_rows("server { listen 127.0.0.1:8080;\n"
              "location = /a { return 200 exact; }\n"
              "location /a { return 200 prefix; location /a/b { return 200 nested; } }\n"
              "location ~ php$ { return 200 regex; }\n"
              "location ^~ /s { return 200 final; }\n"
              "location /p/ { proxy_pass http://127.0.0.1:1; }\n"
              "location = /in { internal; return 200 internal; }\n"
              "location = /to-in { rewrite ^ /in; }\n"
              "location / { return 404; } }",
              ROWS, COUNT_OF(ROWS));
}

static void methods_and_addresses_are_refused(void **state)
{
    static const struct row ROWS[] = {
        {NULL, "/m", "GET", 0, ""},  {NULL, "/m", "HEAD", 0, ""}, {NULL, "/m", "POST", 403, ""},
        {NULL, "/d", NULL, 403, ""}, {NULL, "/o", NULL, 0, ""},   {NULL, "/n", NULL, 0, ""},
        {NULL, "/u", NULL, 403, ""},
    };
    walk_rows("server { listen 127.0.0.1:8080;\n"
              "location /m { limit_except GET { deny all; } }\n"
              "location /d { deny 192.0.2.0/24; allow all; }\n"
              "location /o { allow 192.0.2.1; deny all; }\n"
              "location /n { deny 10.0.0.0/8; }\n"
              "location /u { allow unix:; deny all; } }",
              ROWS, COUNT_OF(ROWS));
}

static void error_pages_lead_on(void **state)
{
    static const struct row ROWS[] = {
        {NULL, "/404", NULL, 404, "page"},  {NULL, "/403", NULL, 200, "page"},
        {NULL, "/405", NULL, 405, "named"}, {NULL, "/500", NULL, 302, "https://there.test/"},
        {NULL, "/410", NULL, 410, ""},      {NULL, "/402", NULL, 402, ""},
        {NULL, "/406", NULL, 500, ""},      {NULL, "/409", NULL, 500, ""},
        {NULL, "/444", NULL, 444, ""},
    };
    walk_rows("server { listen 127.0.0.1:8080; recursive_error_pages on;\n"
              "error_page 404 /page; error_page 403 =200 /page; error_page 405 @named;\n"
              "error_page 500 https://there.test/; error_page 402 /402; error_page 406 @nobody;\n"
              "error_page 409 /409; error_page 444 /page;\n"
              "location = /page { return 200 page; }\n"
              "location @named { return 200 named; }\n"
              "location = /402 { error_page 402 /none; recursive_error_pages off; return 402; }\n"
              "location = /none { recursive_error_pages off; return 402; }\n"
              "location ~ ^/(?<code>4[0-9][0-9]) {\n"
              "if ($code = 404) { return 404; } if ($code = 403) { return 403; }\n"
              "if ($code = 405) { return 405; } if ($code = 410) { return 410; }\n"
              "if ($code = 406) { return 406; } if ($code = 409) { return 409; }\n"
              "return 444; }\n"
              "location /500 { return 500; } }",
              ROWS, COUNT_OF(ROWS));
}

static void rewrites_go_in_circles_ten_times(void **state)
{
    static const struct row ROWS[] = {
        {NULL, "/a", NULL, 500, ""},
        {NULL, "/b", NULL, 200, "/c"},
        {NULL, "/d/x?k", NULL, 302, "/e/x?k"},
    };
    walk_rows("server { listen 127.0.0.1:8080;\n"
              "location /a { rewrite ^ /a; }\n"
              "location /b { rewrite ^ /c; }\n"
              "location /c { return 200 $uri; }\n"
              "location /d { rewrite ^/d(.*) /e$1 redirect; } }",
              ROWS, COUNT_OF(ROWS));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(host_chooses_the_server),
        cmocka_unit_test(the_path_chooses_the_location),
        cmocka_unit_test(methods_and_addresses_are_refused),
        cmocka_unit_test(error_pages_lead_on),
        cmocka_unit_test(rewrites_go_in_circles_ten_times),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
