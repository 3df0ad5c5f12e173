/* SPDX-License-Identifier: Apache-2.0 */
/* Names of OIDs: each is known in its place, and in no other. */
#include "policy/oid.h"

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include "base/compiler.h"

static void each_name_in_its_place(void **unused)
{
    static const struct {
        const char *name;
        const char *attribute;
        const char *key_use;
        const char *cert_policy;
    } ROWS[] = {
        {"CN", "CN", "", ""},
        {"commonName", "CN", "", ""},
        {"2.5.4.3", "CN", "2.5.4.3", "2.5.4.3"},
        {"GN", "GN", "", ""},
        {"pseudonym", "pseudonym", "", ""},
        {"clientAuth", "", "1.3.6.1.5.5.7.3.2", ""},
        {"msSmartcardLogin", "", "1.3.6.1.4.1.311.20.2.2", ""},
        {"1.3.6.1.5.5.7.3.2", "clientAuth", "1.3.6.1.5.5.7.3.2", "1.3.6.1.5.5.7.3.2"},
        {"anyPolicy", "", "", "2.5.29.32.0"},
        {"anyExtendedKeyUsage", "", "2.5.29.37.0", ""},
        {"1.2.3.4", "1.2.3.4", "1.2.3.4", "1.2.3.4"},
        {"SHA256", "", "", ""},
        {"basicConstraints", "", "", ""},
        {"cn", "", "", ""},
        {"", "", "", ""},
        {".", "", "", ""},
        {"1", "", "", ""},
        {"1.", "", "", ""},
        {"9.1", "", "", ""},
        {"1 2 3", "", "", ""},
    };
    struct arena arena;
    arena_init(&arena, 0);
    for (size_t i = 0; i < COUNT_OF(ROWS); i++) {
        struct str name = str_of(ROWS[i].name);
        if (!str_eq(oid_attribute(name, &arena), str_of(ROWS[i].attribute)) ||
            !str_eq(oid_key_use(name, &arena), str_of(ROWS[i].key_use)) ||
            !str_eq(oid_cert_policy(name, &arena), str_of(ROWS[i].cert_policy))) {
            fail_msg("\"%s\"", ROWS[i].name);
        }
    }
    arena_deinit(&arena);
}

/* Beyond the length that is read from certificates. */
static void a_long_oid_is_refused(void **unused)
{
    struct arena arena;
    arena_init(&arena, 0);
    struct str fits = STR("1.2");
    for (size_t i = 0; i < 60; i++) {
        fits = arena_concat(&arena, fits, STR(".1"));
    }
    assert_true(str_eq(oid_key_use(fits, &arena), fits));
    struct str longer = arena_concat(&arena, fits, STR(".1.1.1.1.1"));
    assert_int_equal(oid_key_use(longer, &arena).n, 0);
    assert_int_equal(oid_attribute(longer, &arena).n, 0);
    arena_deinit(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_name_in_its_place),
        cmocka_unit_test(a_long_oid_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
