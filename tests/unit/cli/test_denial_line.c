/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of the error log about refused clients, and lines that only look like it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cli/denial_line.h"

#define HEAD "2026/12/01 10:00:00 [error] 12#13: *4 "
#define SAID "client denied, id: 0a, reason: expired: certificate has expired"
#define CERT                                                                                       \
    "subject \"CN=a\\\"b, client: x\", issuer \"CN=\", serial 0B, SHA-256 ff, from A, until B"

static void parts_are_read(void **state)
{
    struct arena arena;
    struct denial denial;
    arena_init(&arena, 0);
    assert_true(denial_read(STR(HEAD SAID "; certificate: " CERT "; issuers: \"CN=i, client: j\""
                                          ", client: 127.0.0.1, server: s"),
                            &denial));
    assert_true(str_eq(denial.time, STR("2026/12/01 10:00:00")));
    assert_true(str_eq(denial.id, STR("0a")));
    assert_true(str_eq(denial.reason, STR("expired")));
    assert_true(str_eq(denial.why, STR("certificate has expired")));
    assert_true(str_eq(denial.request, STR("client: 127.0.0.1, server: s")));
    static const struct {
        const char *name, *value;
    } rows[] = {
        {"subject", "CN=a\"b, client: x"},
        {"issuer", "CN="},
        {"serial", "0B"},
        {"SHA-256", "ff"},
        {"from", "A"},
        {"until", "B"},
        {"issuers", ""},
        {"SHA", ""},
        {"", ""},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct str value = denial_field(&denial, str_of(rows[i].name), &arena);
        if (!str_eq(value, str_of(rows[i].value))) {
            fail_msg("%s: \"%.*s\"", rows[i].name, STR_ARG(value));
        }
    }
    arena_deinit(&arena);
}

static void lines_without_some_part_are_read_too(void **state)
{
    struct denial denial;
    struct arena arena;
    arena_init(&arena, 0);
    assert_true(denial_read(STR(HEAD SAID ", client: 127.0.0.1"), &denial));
    assert_int_equal(denial.certificate.n, 0);
    assert_true(str_eq(denial.request, STR("client: 127.0.0.1")));
    /* Cut at each byte, as a full disk leaves it. */
    struct str whole = STR(HEAD SAID "; certificate: " CERT ", client: 127.0.0.1");
    for (size_t n = 0; n <= whole.n; n++) {
        if (denial_read(str_head(whole, n), &denial)) {
            (void)denial_field(&denial, STR("until"), &arena);
        }
    }
    arena_deinit(&arena);
}

static void other_lines_are_not(void **state)
{
    static const char *const rows[] = {
        "",
        SAID,
        HEAD,
        HEAD "x " SAID,
        HEAD "open() \"/" SAID "\" failed",
        HEAD "client sent invalid header line: \"" SAID "\"",
        HEAD "client denied, id: 0a",
        HEAD "client denied, id: 0a, reason: expired",
        "2026/12/01 10:00:00 [error] 12#13 " SAID,
    };
    struct denial denial;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (denial_read(str_of(rows[i]), &denial)) {
            fail_msg("%s", rows[i]);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_are_read),
        cmocka_unit_test(lines_without_some_part_are_read_too),
        cmocka_unit_test(other_lines_are_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
