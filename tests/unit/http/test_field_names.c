/* SPDX-License-Identifier: Apache-2.0 */
/* Names of fields that a backend may take for each other, and those that none does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "http/field_names.h"

static void spellings_of_a_name_are_alike(void **state)
{
    static const struct {
        const char *a, *b;
        bool alike;
    } rows[] = {
        {"X-Client-DN", "x-client-dn", true},   {"X-Client-DN", "X_Client_DN", true},
        {"X-Client-DN", "X.CLIENT-dn", true},   {"SSL_CLIENT", "ssl-client", true},
        {"X-Client-DN", "X!Client~DN", true},   {"X-Client-DN", "X-Client-DM", false},
        {"X-Client-DN", "X-Client-DN-", false}, {"X-Client-DN", "XClient-DN", false},
        {"X-Client-DN", "X--Client-DN", false}, {"", "", true},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        assert_int_equal(field_name_alike(str_of(rows[i].a), str_of(rows[i].b)), rows[i].alike);
        assert_int_equal(field_name_alike(str_of(rows[i].b), str_of(rows[i].a)), rows[i].alike);
    }
    assert_true(field_name_hyphenated(STR("X-Client-DN2")));
    assert_false(field_name_hyphenated(STR("X_Client")));
    assert_false(field_name_hyphenated(STR("X-Client+DN")));
}

static void a_set_has_its_names_in_any_spelling(void **state)
{
    struct arena arena;
    struct field_names names = {0};
    arena_init(&arena, 0);
    assert_false(field_names_has(&names, STR("Client-Cert")));
    field_names_add(&names, &arena, STR("Client-Cert"));
    field_names_add(&names, &arena, STR("CLIENT_CERT"));
    field_names_add(&names, &arena, STR("SSL_CLIENT_S_DN"));
    assert_int_equal(names.n, 2);
    assert_true(field_names_has(&names, STR("client_cert")));
    assert_true(field_names_has(&names, STR("ssl-client-s-dn")));
    assert_false(field_names_has(&names, STR("Client-Cort"))); /* as long as one */
    assert_false(field_names_has(&names, STR("Client-Certs")));
    assert_false(field_names_has(&names, STR("")));
    /* Lengths that share a bit. */
    char longer[11 + 64 + 1] = "Client-Cert";
    memset(longer + 11, 'x', 64);
    assert_false(field_names_has(&names, str_of(longer)));
    arena_deinit(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spellings_of_a_name_are_alike),
        cmocka_unit_test(a_set_has_its_names_in_any_spelling),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
