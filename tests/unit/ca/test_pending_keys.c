/* SPDX-License-Identifier: Apache-2.0 */
/* Keys on their way: found again in any order, and not when their file was broken off. */
#include "ca/pending_keys.h"

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ca/key.h"

enum { N = 5 };

static char folder[64];
static struct ca_dir dir;
static struct error err;

static int setup(void **state)
{
    snprintf(folder, sizeof(folder), "/tmp/ye-keys-XXXXXX");
    assert_non_null(mkdtemp(folder));
    assert_true(ca_dir_open(&dir, folder, &err));
    assert_true(ca_dir_make(&dir, "pending", 0700, &err));
    return 0;
}

static int teardown(void **state)
{
    assert_true(ca_dir_empty(&dir, "pending", &err));
    unlinkat(dir.fd, "pending", AT_REMOVEDIR);
    ca_dir_close(&dir);
    return rmdir(folder);
}

static struct serial_number serial_of(unsigned char n)
{
    return (struct serial_number){{0x40, n}, 2};
}

static void fill(struct pending_keys *keys)
{
    struct key_spec spec = {.type = KEY_P256};
    EVP_PKEY_CTX *maker = key_maker_new(&spec, &err);
    *keys = (struct pending_keys){.at = 0};
    for (unsigned char i = 0; i < N; i++) {
        struct serial_number serial = serial_of(i);
        EVP_PKEY *key = key_make(maker, &err);
        assert_true(pending_keys_add(keys, &serial, key, &err));
        EVP_PKEY_free(key);
    }
    EVP_PKEY_CTX_free(maker);
}

static void found_again(void **state)
{
    static const unsigned char ORDER[] = {0, 1, 2, 3, 4, 4, 0, 3, 1, 2};
    struct pending_keys keys;
    struct pending_keys read;
    struct stat st;
    fill(&keys);
    assert_true(pending_keys_save(&keys, &dir, &err));
    assert_int_equal(fstatat(dir.fd, "pending/keys", &st, 0), 0);
    assert_int_equal(st.st_mode & 077, 0);
    assert_true(pending_keys_load(&read, &dir, &err));
    struct str first = {NULL, 0};
    for (size_t i = 0; i < COUNT_OF(ORDER); i++) {
        struct serial_number serial = serial_of(ORDER[i]);
        struct str pem = pending_keys_find(&read, &serial);
        EVP_PKEY *key = key_read(pem, STR(""), "pending", &err);
        assert_non_null(key);
        EVP_PKEY_free(key);
        assert_true(i == 0 || (ORDER[i] == 0) == str_eq(pem, first));
        first = i == 0 ? pem : first;
    }
    struct serial_number other = serial_of(N);
    assert_int_equal(pending_keys_find(&read, &other).n, 0);
    pending_keys_deinit(&read);
    pending_keys_deinit(&keys);
}

static void broken_off(void **state)
{
    struct pending_keys keys;
    struct serial_number last = serial_of(N - 1);
    struct serial_number before = serial_of(N - 2);
    fill(&keys);
    keys.text.len -= 2;
    assert_int_equal(pending_keys_find(&keys, &last).n, 0);
    assert_true(pending_keys_find(&keys, &before).n > 0);
    pending_keys_deinit(&keys);
}

static void nothing_there(void **state)
{
    struct pending_keys keys = {.at = 0};
    struct serial_number serial = serial_of(1);
    assert_true(pending_keys_save(&keys, &dir, &err));
    assert_false(ca_file_exists(&dir, "pending/keys"));
    assert_true(pending_keys_load(&keys, &dir, &err));
    assert_int_equal(pending_keys_find(&keys, &serial).n, 0);
    pending_keys_deinit(&keys);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(found_again, setup, teardown),
        cmocka_unit_test_setup_teardown(broken_off, setup, teardown),
        cmocka_unit_test_setup_teardown(nothing_there, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
