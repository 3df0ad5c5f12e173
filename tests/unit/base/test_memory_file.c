/* SPDX-License-Identifier: Apache-2.0 */
/* Files in memory: what is put in comes out, and nobody changes it in between. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/memory_file.h"

static void what_is_put_in_comes_out_each_time(void **state)
{
    static char bytes[300000];
    struct error err;
    struct arena arena;
    struct str got;
    for (size_t i = 0; i < sizeof(bytes); i++) {
        bytes[i] = (char)(i * 7);
    }
    arena_init(&arena, 0);
    int fd = memory_file_new("test", (struct str){bytes, sizeof(bytes)}, &err);
    assert_true(fd >= 0);
    for (int i = 0; i < 2; i++) {
        assert_true(memory_file_read(fd, sizeof(bytes), &arena, &got, &err));
        assert_true(str_eq(got, (struct str){bytes, sizeof(bytes)}));
    }
    close(fd);
    fd = memory_file_new("test", STR(""), &err);
    assert_true(memory_file_read(fd, 0, &arena, &got, &err));
    assert_int_equal(got.n, 0);
    close(fd);
    arena_deinit(&arena);
}

static void more_than_was_allowed_is_not_read(void **state)
{
    struct error err;
    struct arena arena;
    struct str got;
    arena_init(&arena, 0);
    int fd = memory_file_new("test", STR("12345"), &err);
    assert_true(memory_file_read(fd, 5, &arena, &got, &err));
    assert_false(memory_file_read(fd, 4, &arena, &got, &err));
    close(fd);
    assert_false(memory_file_read(fd, 5, &arena, &got, &err));
    arena_deinit(&arena);
}

static void nobody_changes_it(void **state)
{
    struct error err;
    int fd = memory_file_new("test", STR("12345"), &err);
    assert_int_equal(pwrite(fd, "6", 1, 0), -1);
    assert_int_equal(ftruncate(fd, 3), -1);
    assert_int_equal(ftruncate(fd, 7), -1);
    assert_ptr_equal(mmap(NULL, 5, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0), MAP_FAILED);
    assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
    close(fd);
}

static void sealed_only_when_nobody_writes_to_it(void **state)
{
    struct error err;
    int fd = memory_file_open("test", &err);
    assert_int_equal(ftruncate(fd, 5), 0);
    void *region = mmap(NULL, 5, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    assert_ptr_not_equal(region, MAP_FAILED);
    assert_false(memory_file_seal(fd, &err));
    munmap(region, 5);
    assert_true(memory_file_seal(fd, &err));
    assert_int_equal(pwrite(fd, "6", 1, 0), -1);
    close(fd);
}

static void only_what_is_sealed_and_small_fits(void **state)
{
    struct error err;
    int fd = memory_file_open("test", &err);
    assert_int_equal(ftruncate(fd, 5), 0);
    assert_false(memory_file_fits(fd, 5)); /* it could grow */
    assert_true(memory_file_seal(fd, &err));
    assert_true(memory_file_fits(fd, 5));
    assert_false(memory_file_fits(fd, 4));
    close(fd);
    assert_false(memory_file_fits(fd, 5));
    assert_false(memory_file_fits(-1, 5));
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    assert_false(memory_file_fits(ends[0], 5));
    close(ends[0]);
    close(ends[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_put_in_comes_out_each_time),
        cmocka_unit_test(more_than_was_allowed_is_not_read),
        cmocka_unit_test(nobody_changes_it),
        cmocka_unit_test(sealed_only_when_nobody_writes_to_it),
        cmocka_unit_test(only_what_is_sealed_and_small_fits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
