/* SPDX-License-Identifier: Apache-2.0 */
/* Which doors open for clients without a verified certificate, and under which conditions. */
#include "check/door.h"

#include "../certs.h"
#include "../site/asked.h"

enum { TOLD_MAX = 2048 };

static char pem_path[] = "/tmp/yett-door-XXXXXX";

static int make_pem(void **unused)
{
    struct test_pair pair = test_pair_new((struct test_spec){.cn = "a.test", .ca = true});
    const struct test_pair *pairs[] = {&pair};
    assert_int_equal(close(mkstemp(pem_path)), 0);
    struct str certs = test_pem_certs(pairs, 1), key = test_pem_key(&pair, NULL);
    FILE *file = fopen(pem_path, "w");
    assert_int_equal(fwrite(certs.p, 1, certs.n, file), certs.n);
    assert_int_equal(fwrite(key.p, 1, key.n, file), key.n);
    assert_int_equal(fclose(file), 0);
    free((void *)(uintptr_t)certs.p);
    free((void *)(uintptr_t)key.p);
    test_pair_free(&pair);
    return 0;
}

static int remove_pem(void **unused)
{
    return unlink(pem_path);
}

static size_t tell_door(const struct checked_door *door, char *out, size_t cap)
{
    const char *name = door->any_path ? "any" : "none";
    size_t n = (size_t)snprintf(
        out, cap, "%.*s %s", door->location ? (int)door->location->name.n : (int)strlen(name),
        door->location ? door->location->name.p : name, door_state_word(door->state));
    for (size_t i = 0; i < door->passages.n; i++) {
        const struct passage *passage = &door->passages.items[i];
        for (size_t k = 0; k < passage->conditions_n; k++) {
            const struct passage_condition *condition = &passage->conditions[k];
            n += (size_t)snprintf(out + n, cap - n, "%s %u:%.*s",
                                  k   ? " &"
                                  : i ? " |"
                                      : "",
                                  condition->place.line, STR_ARG(condition->text));
        }
    }
    return n;
}

/* The first line of `http` is the fifth of the file. Doors are told as "NAME STATE CONDITIONS". */
static void expect_in_time(const char *http, struct time_limit limit, const char *wanted)
{
    char text[4096], told[TOLD_MAX] = "";
    struct asked asked;
    struct arena arena;
    struct checked_doors doors;
    snprintf(text, sizeof(text),
             "ssl_certificate %s; ssl_certificate_key %s; ssl_client_certificate %s;\n%s", pem_path,
             pem_path, pem_path, http);
    asked_load(&asked, text);
    arena_init(&arena, 0);
    doors_find(asked.settings, limit, &arena, &doors);
    size_t n = 0;
    for (size_t i = 0; i < doors.n; i++) {
        n += (size_t)snprintf(told + n, sizeof(told) - n, "%s", i ? "; " : "");
        n += tell_door(&doors.items[i], told + n, sizeof(told) - n);
    }
    assert_string_equal(told, wanted);
    arena_deinit(&arena);
    asked_deinit(&asked);
}

static void expect(const char *http, const char *wanted)
{
    expect_in_time(http, (struct time_limit){0}, wanted);
}

#define TLS(mode)   "server { listen 127.0.0.1:8443 ssl; ssl_verify_client " mode ";\n"
#define PLAIN       "server { listen 127.0.0.1:8080;\n"
#define APP         "proxy_pass http://127.0.0.1:9; "
#define IF_VERIFIED "if ($ssl_client_verify != SUCCESS) { return 403; } "

static void the_four_states(void **unused)
{
    expect(TLS("on") "location / { " APP "} }", "/ shut");
    expect(TLS("off") "location / { " APP "} }", "/ open");
    expect(TLS("optional") "location / { " APP "} location /a { " IF_VERIFIED APP "} }",
           "/a shut; / open");
    expect(TLS("optional") "location / {\nif ($http_x = a) { return 403; } " APP "} }",
           "/ open if 7:$http_x != a");
    expect(TLS("optional") "location / { error_page 403 $http_x; deny all; } }", "/ cannot tell");
}

static void certificates_that_nobody_verified(void **unused)
{
    expect(TLS("optional_no_ca") "location / {\nif ($ssl_client_verify = NONE) { return 403; } " APP
                                 "} location /a { " IF_VERIFIED APP "} }",
           "/a shut; / open if");
    expect(TLS("optional_no_ca") "location / {\nif ($ssl_client_s_dn = \"\") { return 403; } " APP
                                 "} }",
           "/ open if 7:$ssl_client_s_dn !=  | 7:$ssl_client_s_dn !=  | 7:$ssl_client_s_dn != "
           " | 7:$ssl_client_s_dn != ");
}

static void what_the_server_decides_is_a_door_of_its_own(void **unused)
{
    expect(PLAIN "if ($http_x = a) { return 200 a; }\nlocation / { return 403; } }",
           "any open if 6:$http_x = a; / shut");
    expect(PLAIN "if ($http_x = a) { return 403; }\nlocation / { " APP "} }",
           "/ open if 6:$http_x != a");
    expect(PLAIN "return 200 a; location / { " APP "} }", "any open");
    expect(PLAIN "return 301 https://a.test; location / { " APP "} }", "any shut");
    expect(TLS("on") "return 200 a; location / { " APP "} }", "/ shut");
}

static void refused_clients(void **unused)
{
#define OPEN "location @open { " APP "} "
    expect(TLS("on") "error_page 495 /a; location / { " APP "} }", "any open if; / shut");
    expect(TLS("on") "error_page 496 /a; location / { " APP "} }", "any open if; / shut");
    expect(TLS("on") "error_page 497 @open; location / { " APP "} " OPEN "}",
           "any open if; / shut");
    expect(TLS("on") "error_page 421 /a; location / { " APP "} }", "any open if; / shut");
    expect(TLS("on") "error_page 400 403 @open; location / { " APP "} " OPEN "}", "/ shut");
    expect(TLS("optional") "error_page 400 @open; " IF_VERIFIED "location / { } " OPEN "}",
           "any open if");
    expect(TLS("optional") "error_page 495 /page.html; location / { " IF_VERIFIED "} }", "/ shut");
}

static void large_bodies_and_missing_slashes(void **unused)
{
    expect(PLAIN "location / { error_page 413 @open; deny all; } " OPEN "}",
           "/ open if 6:the body is larger than client_max_body_size");
    expect(PLAIN "location / { client_max_body_size 0; error_page 413 @open; deny all; } " OPEN "}",
           "/ shut");
    expect(PLAIN "location /a/ { " APP "} location / { return 404; } }", "/a/ open; / shut");
    expect(PLAIN "location /a/ { " APP "return 403; error_page 301 @open; } "
                 "location / { return 404; } " OPEN "}",
           "/a/ open if; / shut");
}

static void pages_and_the_file_that_was_asked_for(void **unused)
{
    expect(PLAIN "location / { deny all; error_page 403 /e; } location = /e { internal; } }",
           "/e shut; / shut");
    expect(PLAIN "error_page 403 404 /e; location / { deny all; } location = /e { internal; } }",
           "/e shut; / shut");
    expect(PLAIN "location = /a { deny all; error_page 403 @f; } location @f { } "
                 "location / { return 404; } }",
           "/a open; / shut");
    expect(PLAIN
           "location / { deny all; error_page 403 @f; }\nlocation @f { rewrite ^ /e break; } }",
           "/ shut");
    expect(PLAIN "location / { deny all; error_page 403 /e; } location = /e { internal; "
                 "root /$http_x; } }",
           "/e shut; / open");
    expect(PLAIN "recursive_error_pages on; location / { deny all; error_page 403 /e; }\n"
                 "location = /e { internal; error_page 404 @open; } " OPEN "}",
           "/e open; / open if 7:the error page answers 404");
#undef OPEN
}

/* Ways by which doors opened that were called shut. */
static void detours_of_refused_clients(void **unused)
{
    /* a body that is too large for the page that a refused client is shown */
    expect(TLS("on") "error_page 496 /err; location @up { " APP "}\n"
                     "location = /err { client_max_body_size 1k; error_page 413 @up; "
                     "recursive_error_pages on; } location / { " APP "} }",
           "any open if 7:the body is larger than client_max_body_size; /err shut; / shut");
    expect(PLAIN
           "location /a { rewrite ^ /b last; } location @up { " APP "}\n"
           "location /b { internal; client_max_body_size 1k; error_page 413 @up; return 403; }"
           "location / { return 404; } }",
           "/a open if 7:the body is larger than client_max_body_size; /b shut; / shut");
    /* a rewrite to nothing is an error of its own */
    expect(PLAIN "location = / { error_page 500 = @up; rewrite ^ $arg_p break; deny all; }\n"
                 "location @up { " APP "} location / { return 403; } }",
           "/ open if 6:the rewrite makes an empty path; / shut");
    expect(PLAIN "location = / { error_page 500 = @up; rewrite ^ /x$arg_p break; deny all; }\n"
                 "location @up { " APP "} location / { return 403; } }",
           "/ shut; / shut");
    /* the arguments are the client's still at the index of an error page */
    expect(
        TLS("on") "error_page 496 @x; location @x { rewrite ^ /pages/ break; index i.html; }\n"
                  "location /pages/ { internal; if ($arg_k) { " APP "} } }",
        "any open if 6:the error page is an index file & 7:$arg_k is set; /pages/ shut; none shut");
    /* a text with status 200 is what the client came for */
    expect(PLAIN "error_page 403 =200 @in; location / { return 403; } "
                 "location @in { return 200 secret; } }",
           "/ open");
    expect(PLAIN "error_page 403 @in; location / { return 403; } location @in { return 200 no; } }",
           "/ shut");
    /* another name of the file that was refused */
    expect(PLAIN "location = /s { error_page 403 @f; deny all; } location / { return 404; }\n"
                 "location @f { rewrite ^/(.*)$ /./$1 break; } }",
           "/s open; / shut");
}

/* The twins: another variable, or the same one after it was set. */
static void what_contradicts_itself_opens_nothing(void **unused)
{
#define TWICE(second)                                                                              \
    PLAIN "location / { if ($http_x = a) { return 403; } " second " return 403; } }"
    expect(TWICE("if ($http_x = a) { return 200 in; }"), "/ shut");
    expect(TWICE("if ($http_y = a) { return 200 in; }"),
           "/ open if 6:$http_x != a & 6:$http_y = a");
    expect(TWICE("set $http_x $http_y; if ($http_x = a) { return 200 in; }"),
           "/ open if 6:$http_x != a & 6:$http_x = a");
    expect(PLAIN "location / { if ($http_x !~ ^a) { return 403; } "
                 "if ($http_x = b) { return 200 in; } return 403; } }",
           "/ shut");
#undef TWICE
}

static void every_server_of_every_listener(void **unused)
{
    expect("server { listen 8080; location / { return 403; } }\n"
           "server { listen 127.0.0.1:8080; location /b { " APP "} location / { return 403; } }",
           "/ shut; /b open; / shut");
    expect(PLAIN "server_name a; location /a { return 403; } location / { return 403; } }\n" PLAIN
                 "server_name b; location /b { " APP "} location / { return 403; } }",
           "/a shut; / shut; /b open; / shut");
    expect(PLAIN "location /a { return 403; } }", "/a shut; none open");
    expect(PLAIN "rewrite ^ a; location / { return 403; } }", "/ shut; none shut");
}

static void parents_of_a_location_match_too(void **unused)
{
    expect(PLAIN "location / { return 403; } location ~ ^/(?<user>[a-z]+)/ { return 403;\n"
                 "location ~ x$ { if ($user != a) { return 403; } " APP "} } }",
           "/ shut; ^/(?<user>[a-z]+)/ shut; x$ open if 7:$user = a");
}

/* Where all need a certificate, there is nothing to ask. */
static void what_is_not_asked_in_time_is_not_shut(void **unused)
{
    const struct time_limit now = {.set = true}, never = {.set = true, .until_ms = UINT64_MAX};
    const char *http = TLS("optional") "if ($http_x) { return 403; } error_page 400 403 /e;\n"
                                       "location / { " IF_VERIFIED APP "} location /a { " APP "} }";
    expect_in_time(http, never, "/a open if 6:$http_x is empty or 0; / shut");
    expect_in_time(http, now, "any cannot tell; any cannot tell; /a cannot tell; / cannot tell");
    expect_in_time(TLS("on") "location / { " APP "} }", now, "/ shut");
    expect_in_time(PLAIN "return 403; location / { " APP "} }", now,
                   "any cannot tell; / cannot tell");
    expect_in_time(PLAIN "return 403; location / { " APP "} }", never, "any shut");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_four_states),
        cmocka_unit_test(certificates_that_nobody_verified),
        cmocka_unit_test(what_the_server_decides_is_a_door_of_its_own),
        cmocka_unit_test(refused_clients),
        cmocka_unit_test(large_bodies_and_missing_slashes),
        cmocka_unit_test(pages_and_the_file_that_was_asked_for),
        cmocka_unit_test(detours_of_refused_clients),
        cmocka_unit_test(what_contradicts_itself_opens_nothing),
        cmocka_unit_test(every_server_of_every_listener),
        cmocka_unit_test(parents_of_a_location_match_too),
        cmocka_unit_test(what_is_not_asked_in_time_is_not_shut),
    };
    return cmocka_run_group_tests(tests, make_pem, remove_pem);
}
