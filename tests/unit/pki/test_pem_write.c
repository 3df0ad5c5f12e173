/* SPDX-License-Identifier: Apache-2.0 */
/* Base64 and PEM as OpenSSL writes them. */
#include "pki/pem_write.h"

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>

static unsigned char bytes[200000];

static int fill(void **unused)
{
    for (size_t i = 0; i < sizeof(bytes); i++) {
        bytes[i] = (unsigned char)(i * 31 + i / 256);
    }
    return 0;
}

static struct str some(size_t n)
{
    return (struct str){(const char *)bytes, n};
}

/* Empty, a line's length and its neighbours, and as long as a CRL. */
static const size_t SIZES[] = {0, 1, 2, 3, 47, 48, 49, 95, 96, 97, 1000, sizeof(bytes)};

static void blocks_are_those_of_openssl(void **unused)
{
    for (size_t i = 0; i < COUNT_OF(SIZES); i++) {
        struct buf out = {0};
        char *want;
        BIO *bio = BIO_new(BIO_s_mem());
        assert_true(PEM_write_bio(bio, "X509 CRL", "", bytes, (long)SIZES[i]) >= 0);
        long n = BIO_get_mem_data(bio, &want);
        buf_append(&out, STR("before\n"));
        pem_write_block(&out, "X509 CRL", some(SIZES[i]));
        struct str text = buf_view(&out);
        assert_true(str_starts(text, STR("before\n")));
        text = str_skip(text, strlen("before\n"));
        assert_int_equal(text.n, n);
        assert_memory_equal(text.p, want, text.n);
        BIO_free(bio);
        buf_deinit(&out);
    }
}

static void lines_have_64_characters(void **unused)
{
    struct buf out = {0};
    pem_write_lines(&out, STR(""));
    assert_int_equal(buf_size(&out), 0);
    pem_write_lines(&out, STR("\xff"));
    assert_true(str_eq(buf_view(&out), STR("/w==\n")));
    buf_clear(&out);
    pem_write_lines(&out, some(48));
    assert_int_equal(buf_size(&out), 65);
    buf_clear(&out);
    pem_write_lines(&out, some(49));
    assert_int_equal(buf_size(&out), 65 + 5);
    assert_int_equal(out.data[64], '\n');
    buf_deinit(&out);
}

/* A key must not be left in a buffer that was given back. */
static void room_that_is_there_is_used(void **unused)
{
    for (size_t i = 0; i < COUNT_OF(SIZES); i++) {
        struct buf out = {0};
        size_t room = SIZES[i] * 65 / 48 + 66;
        out.data = malloc(room);
        assert_non_null(out.data);
        out.cap = room;
        char *before = out.data;
        pem_write_lines(&out, some(SIZES[i]));
        assert_ptr_equal(out.data, before);
        assert_int_equal(out.cap, room);
        buf_deinit(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_are_those_of_openssl),
        cmocka_unit_test(lines_have_64_characters),
        cmocka_unit_test(room_that_is_there_is_used),
    };
    return cmocka_run_group_tests(tests, fill, NULL);
}
