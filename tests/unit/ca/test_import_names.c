/* SPDX-License-Identifier: Apache-2.0 */
/* What imported certificates are called, and which of them a name means. */
#include "ca/import_names.h"

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

enum { NOW = 1000 };

static struct arena arena;

static void reduced(void **state)
{
    static const struct {
        const char *text, *name;
    } CASES[] = {
        {"laptop", "laptop"},
        {"www.example.test", "www.example.test"},
        {"ada@example.test", "ada@example.test"},
        {"Ada Lovelace", "Ada_Lovelace"},
        {"a / b", "a_b"},
        {"J\xc3\xb6rg", "J_rg"},
        {"*.example.test", "_.example.test"},
        {"../../etc/passwd", "_.._etc_passwd"},
        {"-rf", "rf"},
        {".hidden", "hidden"},
        {"...", "unnamed"},
        {"", "unnamed"},
        {"root", "root_"},
        {"intermediate", "intermediate_"},
        {"0123456789012345678901234567890123456789012345678901234567890123456789",
         "0123456789012345678901234567890123456789012345678901234567890123"},
    };
    struct error err;
    for (size_t i = 0; i < COUNT_OF(CASES); i++) {
        struct str name = import_name_reduce(str_of(CASES[i].text), &arena);
        assert_true(str_eq(name, str_of(CASES[i].name)));
        assert_true(entry_name_check(name, &err));
    }
}

/* An item of a subject, with a certificate if `from` is not 0. */
static struct import_item *item(struct import_level *level, const char *subject,
                                enum cert_kind kind, int64_t from, int64_t until)
{
    struct serial_number serial = {{(unsigned char)(level->n + 1)}, 1};
    struct import_item *made = import_level_item(level, &serial, &arena);
    made->common = str_of(subject);
    made->record.subject = str_of(subject);
    made->record.kind = kind;
    made->record.der = from ? STR("der") : STR("");
    made->record.not_before = from;
    made->record.not_after = until;
    return made;
}

#define ASSERT_NAME(item, text) assert_true(str_eq((item)->record.name, STR(text)))

static void newest_valid(void **state)
{
    struct import_level level = {.id = CA_ROOT};
    struct import_item *older = item(&level, "x", KIND_MACHINE, 100, 5000);
    struct import_item *newer = item(&level, "x", KIND_MACHINE, 200, 5000);
    struct import_item *expired = item(&level, "x", KIND_MACHINE, 300, 900);
    struct import_item *revoked = item(&level, "x", KIND_MACHINE, 400, 5000);
    struct import_item *unseen = item(&level, "x", KIND_MACHINE, 0, 6000);
    struct import_item *gone = item(&level, "gone", KIND_MACHINE, 1, 5000);
    struct import_item *never = item(&level, "never", KIND_MACHINE, 0, 5000);
    revoked->record.revoked_at = gone->record.revoked_at = 500;
    import_names_give(&level, 1, NOW, &arena);
    assert_true(newer->record.current && gone->record.current);
    assert_false(older->record.current || expired->record.current || revoked->record.current ||
                 unseen->record.current || never->record.current);
    ASSERT_NAME(older, "x");
    ASSERT_NAME(unseen, "x");
    ASSERT_NAME(never, "never");
}

/* One name, several subjects or kinds; on both levels. */
static void taken_names(void **state)
{
    struct import_level levels[] = {{.id = CA_ROOT}, {.id = CA_INTERMEDIATE}};
    struct import_item *client = item(&levels[0], "x", KIND_MACHINE, 1, 5000);
    struct import_item *server = item(&levels[1], "x", KIND_SERVER, 1, 5000);
    struct import_item *same = item(&levels[1], "x", KIND_MACHINE, 2, 5000);
    struct import_item *other = item(&levels[1], "x,O=Other", KIND_MACHINE, 1, 5000);
    struct import_item *authority = item(&levels[0], "Some CA", KIND_AUTHORITY, 1, 5000);
    struct import_item *own = item(&levels[0], "y", KIND_AUTHORITY, 1, 5000);
    other->common = STR("x");
    own->own = true;
    own->record.name = STR("root");
    import_names_give(levels, 2, NOW, &arena);
    ASSERT_NAME(client, "x");
    ASSERT_NAME(server, "x-2");
    ASSERT_NAME(same, "x");
    ASSERT_NAME(other, "x-3");
    assert_true(same->record.current && server->record.current && other->record.current);
    assert_false(client->record.current);
    /* It does not issue here. */
    ASSERT_NAME(authority, "Some_CA");
    assert_false(authority->record.current);
    ASSERT_NAME(own, "root");
}

/* A file's name is that of all certificates of its subject, and goes before others. */
static void file_names(void **state)
{
    struct import_level level = {.id = CA_ROOT};
    struct import_item *first = item(&level, "vpn", KIND_MACHINE, 1, 5000);
    struct import_item *old = item(&level, "host", KIND_SERVER, 1, 5000);
    struct import_item *named = item(&level, "host", KIND_SERVER, 2, 5000);
    struct import_item *unseen = item(&level, "host", KIND_MACHINE, 0, 5000);
    named->file_name = STR("vpn");
    import_names_give(&level, 1, NOW, &arena);
    ASSERT_NAME(named, "vpn");
    ASSERT_NAME(old, "vpn");
    ASSERT_NAME(first, "vpn-2");
    /* Known by its subject only: of the kind of the others. */
    ASSERT_NAME(unseen, "vpn");
    assert_int_equal(unseen->record.kind, KIND_SERVER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reduced),
        cmocka_unit_test(newest_valid),
        cmocka_unit_test(taken_names),
        cmocka_unit_test(file_names),
    };
    arena_init(&arena, 0);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_deinit(&arena);
    return failed;
}
