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
    arena_init(&arena, 0);
    struct str text = xfcc_write(&fields, &arena);
    struct str want =
        STR("Hash=ab12;Cert=\"-----BEGIN%20X-----%0AA%2B%2F%3D%0A\";"
            "Subject=\"CN=a\\22\\3BCert\\3Db\\5C,O=\\22\";URI=spiffe://a/b;DNS=a.test");
    assert_true(str_eq(text, want));
    arena_deinit(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_value_is_read_as_another_pair),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
