/* SPDX-License-Identifier: Apache-2.0 */
/* X-Forwarded-Client-Cert. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "http/xfcc.h"

static void no_value_is_read_as_another_pair(void **state)
{
    static const struct str uris[] = {STR_INIT("spiffe://a/b"), STR_INIT("x:;Cert=1"),
                                      STR_INIT("x:\"")};
    static const struct str names[] = {STR_INIT("a.test"), STR_INIT("a.test,By=x"), STR_INIT("")};
    const struct xfcc fields = {
        .hash = STR("ab12"),
        .cert = STR("-----BEGIN X-----\nA+/=\n"),
        .chain = STR(""),
        .subject = STR("CN=a\\\"\\;Cert\\=b\\\\,O=\\22"),
        .uris = uris,
        .uris_n = COUNT_OF(uris),
        .names = names,
        .names_n = COUNT_OF(names),
    };
    struct arena arena;
    struct xfcc got;
    arena_init(&arena, 0);
    struct str text = xfcc_write(&fields, &arena);
    struct str want =
        STR("Hash=ab12;Cert=\"-----BEGIN%20X-----%0AA%2B%2F%3D%0A\";"
            "Subject=\"CN=a\\22\\3BCert\\3Db\\5C,O=\\22\";URI=spiffe://a/b;DNS=a.test");
    assert_true(str_eq(text, want));
    assert_true(xfcc_read(text, &arena, &got));
    assert_true(str_eq(got.cert, fields.cert));
    assert_int_equal(got.chain.n, 0);
    arena_deinit(&arena);
}

static void what_is_ambiguous_is_refused(void **state)
{
    static const struct {
        const char *text;
        const char *cert; /* NULL: refused */
        const char *chain;
    } rows[] = {
        {"Cert=\"a%20b\"", "a b", ""},
        {"Cert=a%2Bb;Hash=1", "a+b", ""},
        {"By=spiffe://x;Hash=12;Subject=\"CN=\\\"x\\\";Cert=\";cert=\"c\";Chain=\"d\"", "c", "d"},
        {"Hash=12", "", ""},
        {"Hash=12;", "", ""},
        {"Subject=\"CN=a,O=b\";Cert=\"x\"", "x", ""},
        {"Cert=\"a\",Cert=\"b\"", NULL, NULL}, /* two elements */
        {"Hash=1,Hash=2;Cert=\"b\"", NULL, NULL},
        {"Cert=\"a\";Hash=1,By=2", NULL, NULL},
        {"Cert=\"a\";Cert=\"b\"", NULL, NULL},
        {"Cert=\"\"", NULL, NULL},
        {"Cert=", NULL, NULL},
        {"Cert=\"a", NULL, NULL},
        {"Cert=\"a\\\"", NULL, NULL},
        {"Cert=\"a\"b", NULL, NULL},
        {"Cert=a\"b", NULL, NULL},
        {"Cert", NULL, NULL},
        {"=x", NULL, NULL},
        {";Cert=\"a\"", NULL, NULL},
        {"Ce rt=\"a\"", NULL, NULL},
        {"", NULL, NULL},
    };
    struct arena arena;
    arena_init(&arena, 0);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct xfcc got;
        bool ok = xfcc_read(str_of(rows[i].text), &arena, &got);
        if (ok != (rows[i].cert != NULL) || (ok && !str_eq(got.cert, str_of(rows[i].cert))) ||
            (ok && !str_eq(got.chain, str_of(rows[i].chain)))) {
            fail_msg("\"%s\"", rows[i].text);
        }
    }
    arena_deinit(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_value_is_read_as_another_pair),
        cmocka_unit_test(what_is_ambiguous_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
