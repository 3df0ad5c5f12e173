/* SPDX-License-Identifier: Apache-2.0 */
#include "site/listener.h"

#include "asked.h"

static void expect(const struct listener *listener, struct str name, const char *server)
{
    const struct regex *failed = NULL;
    const struct server *found = listener_find(listener, name, NULL, &failed);
    assert_null(failed);
    if (!server) {
        assert_null(found);
        return;
    }
    assert_non_null(found);
    assert_true(str_eq(found->name, str_of(server)));
}

/* nginx's order, and for each kind of name the one beside it that is not meant. */
static void names_by_kind(void **state)
{
    (void)state;
    struct asked asked;
    asked_load(&asked, "server { listen 127.0.0.1:80; server_name first; }\n"
                       "server { listen 127.0.0.1:80; server_name exact a.b.test; }\n"
                       "server { listen 127.0.0.1:80; server_name suffix *.test; }\n"
                       "server { listen 127.0.0.1:80; server_name longer *.b.test; }\n"
                       "server { listen 127.0.0.1:80; server_name prefix www.*; }\n"
                       "server { listen 127.0.0.1:80; server_name self .dot.example; }\n"
                       "server { listen 127.0.0.1:80; server_name regex ~^r[0-9]+\\.; }\n"
                       "server { listen 127.0.0.1:80; server_name later ~^r1; }\n");
    const struct listener *listener = asked.settings->listeners[0];
    const struct {
        struct str name;
        const char *server;
    } rows[] = {
        {STR("a.b.test"), "exact"},
        {STR("xa.b.test"), "longer"},
        {STR("a.a.b.test"), "longer"},
        {STR("b.test"), "suffix"},
        {STR("www.test"), "suffix"},
        {STR("test"), NULL},
        {STR(".test"), NULL},
        {STR("atest"), NULL},
        {STR("www.example"), "prefix"},
        {STR("www.a.example"), "prefix"},
        {STR("www"), NULL},
        {STR("www."), NULL},
        {STR("wwww.example"), NULL},
        {STR("dot.example"), "self"},
        {STR("a.dot.example"), "self"},
        {STR("adot.example"), NULL},
        {STR("r1.example"), "regex"},
        {STR("r1"), "later"},
        {STR("r.example"), NULL},
        {STR("first"), "first"},
        {STR("second"), NULL},
        {STR(""), NULL},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        expect(listener, rows[i].name, rows[i].server);
    }
    asked_deinit(&asked);
}

/* Neither "it fits" nor "it does not": what stands behind it is not asked. */
static void a_pattern_at_its_limit_decides_nothing(void **state)
{
    (void)state;
    struct asked asked;
    asked_load(&asked, "server { listen 127.0.0.1:80; server_name ~^(a+)+$; }\n"
                       "server { listen 127.0.0.1:80; server_name ~!$; }\n");
    const struct listener *listener = asked.settings->listeners[0];
    const struct regex *failed = NULL;
    assert_ptr_equal(listener_find(listener, STR("aaa"), NULL, &failed),
                     listener->regexes[0].server);
    assert_ptr_equal(listener_find(listener, STR("b!"), NULL, &failed),
                     listener->regexes[1].server);
    assert_null(failed);
    char text[64];
    memset(text, 'a', sizeof(text));
    text[sizeof(text) - 1] = '!';
    assert_null(listener_find(listener, (struct str){text, sizeof(text)}, NULL, &failed));
    assert_ptr_equal(failed, listener->regexes[0].regex);
    asked_deinit(&asked);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_by_kind),
        cmocka_unit_test(a_pattern_at_its_limit_decides_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
