/* SPDX-License-Identifier: Apache-2.0 */
/* The store: what is unique, what a rollback undoes, what is found again. */
#include "ca/store.h"

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[64];
static char path[96];
static struct error err;

static int setup(void **state)
{
    static struct store store;
    snprintf(folder, sizeof(folder), "/tmp/ye-store-XXXXXX");
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof(path), "%s/ca.db", folder);
    assert_true(store_open(&store, path, true, &err));
    assert_true(store_begin(&store, &err));
    assert_true(store_add_authority(&store, CA_ROOT, "root", &err));
    assert_true(store_add_authority(&store, CA_INTERMEDIATE, "intermediate", &err));
    assert_true(store_commit(&store, &err));
    *state = &store;
    return 0;
}

static int teardown(void **state)
{
    store_close(*state);
    unlink(path);
    return rmdir(folder);
}

static struct record record_of(const char *name, unsigned char serial)
{
    return (struct record){.serial = {{0x40, [SERIAL_OCTETS - 1] = serial}, SERIAL_OCTETS},
                           .issuer = CA_INTERMEDIATE,
                           .kind = KIND_MACHINE,
                           .name = str_of(name),
                           .subject = STR("CN=x"),
                           .der = STR("der\0der"),
                           .not_before = 100,
                           .not_after = 200,
                           .has_key = true,
                           .current = true};
}

static void add(struct store *store, const char *name, unsigned char serial)
{
    struct record record = record_of(name, serial);
    assert_true(store_begin(store, &err));
    assert_true(store_add(store, &record, &err));
    assert_true(store_commit(store, &err));
}

static bool find(struct store *store, const char *name, struct arena *arena, struct record *out)
{
    bool found;
    assert_true(store_by_name(store, str_of(name), arena, out, &found, &err));
    return found;
}

static void found_again(void **state)
{
    struct arena arena;
    struct record record;
    struct stat st;
    arena_init(&arena, 0);
    add(*state, "a", 1);
    assert_true(find(*state, "a", &arena, &record));
    assert_true(record.serial.octets[SERIAL_OCTETS - 1] == 1 && record.kind == KIND_MACHINE &&
                record.has_key && record.current && !record.revoked_at && record.not_after == 200 &&
                record.issuer == CA_INTERMEDIATE);
    assert_true(str_eq(record.der, STR("der\0der")));
    assert_false(find(*state, "A", &arena, &record));
    assert_false(find(*state, "", &arena, &record));
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    arena_deinit(&arena);
}

static void serial_only_once(void **state)
{
    struct record record = record_of("b", 1);
    struct arena arena;
    arena_init(&arena, 0);
    add(*state, "a", 1);
    assert_true(store_begin(*state, &err));
    assert_false(store_add(*state, &record, &err));
    store_rollback(*state);
    assert_true(find(*state, "a", &arena, &record));
    assert_false(find(*state, "b", &arena, &record));
    arena_deinit(&arena);
}

static void foreign_issuer(void **state)
{
    struct record record = record_of("a", 1);
    record.issuer = 3;
    assert_true(store_begin(*state, &err));
    assert_false(store_add(*state, &record, &err));
    store_rollback(*state);
}

static void rollback_undoes(void **state)
{
    struct record record = record_of("a", 1);
    struct arena arena;
    arena_init(&arena, 0);
    assert_true(store_begin(*state, &err));
    assert_true(store_add(*state, &record, &err));
    store_rollback(*state);
    assert_false(find(*state, "a", &arena, &record));
    arena_deinit(&arena);
}

static void newest_is_meant(void **state)
{
    struct arena arena;
    struct record record;
    arena_init(&arena, 0);
    add(*state, "a", 1);
    add(*state, "a", 2);
    assert_true(find(*state, "a", &arena, &record));
    assert_int_equal(record.serial.octets[SERIAL_OCTETS - 1], 2);
    arena_deinit(&arena);
}

static void count_revoked(void *arg, struct str serial, int64_t at, int reason)
{
    int *sum = arg;
    *sum += serial.p[SERIAL_OCTETS - 1] * 100 + reason;
    assert_int_equal(at, 150);
}

static void first_revocation_counts(void **state)
{
    bool changed;
    int sum = 0;
    int64_t n;
    struct record record;
    struct arena arena;
    arena_init(&arena, 0);
    add(*state, "a", 1);
    add(*state, "b", 2);
    assert_true(find(*state, "a", &arena, &record));
    assert_true(store_revoke(*state, record.id, 150, 4, &changed, &err) && changed);
    assert_true(store_revoke(*state, record.id, 160, 1, &changed, &err) && !changed);
    arena_deinit(&arena);
    assert_true(store_each_revoked(*state, CA_INTERMEDIATE, count_revoked, &sum, &err));
    assert_int_equal(sum, 104);
    assert_true(store_count_revoked(*state, CA_INTERMEDIATE, &n, &err) && n == 1);
    assert_true(store_count_revoked(*state, CA_ROOT, &n, &err) && n == 0);
}

static void list_numbers_only_once(void **state)
{
    struct crl_record crl;
    struct crl_record next = {.number = 1, .this_update = 1, .next_update = 2};
    assert_true(store_crl(*state, CA_ROOT, &crl, &err) && crl.number == 0);
    assert_true(store_add_crl(*state, CA_ROOT, &next, &err));
    assert_false(store_add_crl(*state, CA_ROOT, &next, &err));
    assert_true(store_add_crl(*state, CA_INTERMEDIATE, &next, &err));
    next.number = 2;
    assert_true(store_add_crl(*state, CA_ROOT, &next, &err));
    assert_true(store_crl(*state, CA_ROOT, &crl, &err) && crl.number == 2 && !crl.published);
    assert_true(store_set_published(*state, &err));
    assert_true(store_crl(*state, CA_ROOT, &crl, &err) && crl.published);
}

static void later_layout_is_refused(void **state)
{
    struct store again;
    char *message = NULL;
    struct store *store = *state;
    assert_int_equal(sqlite3_exec(store->db, "PRAGMA user_version = 99", NULL, NULL, &message), 0);
    assert_false(store_open(&again, path, false, &err));
    assert_non_null(strstr(err.text, "newer version"));
    store_close(&again);
}

static void no_database(void **state)
{
    struct store again;
    char other[128];
    snprintf(other, sizeof(other), "%s/none.db", folder);
    assert_false(store_open(&again, other, false, &err));
    store_close(&again);
    assert_false(store_open(&again, "/dev/null", false, &err) &&
                 store_has_authority(&again, &(bool){false}, &err));
    store_close(&again);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(found_again, setup, teardown),
        cmocka_unit_test_setup_teardown(serial_only_once, setup, teardown),
        cmocka_unit_test_setup_teardown(foreign_issuer, setup, teardown),
        cmocka_unit_test_setup_teardown(rollback_undoes, setup, teardown),
        cmocka_unit_test_setup_teardown(newest_is_meant, setup, teardown),
        cmocka_unit_test_setup_teardown(first_revocation_counts, setup, teardown),
        cmocka_unit_test_setup_teardown(list_numbers_only_once, setup, teardown),
        cmocka_unit_test_setup_teardown(later_layout_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(no_database, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
