/* SPDX-License-Identifier: Apache-2.0 */
/* Files of lists: which PEM is taken, and what it decodes to. */
#include "pki/pem_lists.h"

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include <stdlib.h>

#include "../crls.h"

#define BEGIN "-----BEGIN X509 CRL-----\n"
#define END   "-----END X509 CRL-----\n"

/* All blocks, each followed by '|', or the error. Out in pieces of `cap`, in in pieces of `piece`.
 */
static bool read_all(struct str file, size_t piece, size_t cap, struct buf *out, struct error *err)
{
    struct test_bytes bytes;
    struct pem_lists lists;
    pem_lists_init(&lists, test_source(&bytes, file, piece));
    bool more = true;
    bool ok = true;
    while (ok && (ok = pem_lists_next(&lists, &more, err)) && more) {
        struct byte_source block = pem_lists_block(&lists);
        size_t n = 1;
        while (n &&
               (ok = block.read(block.arg, (unsigned char *)buf_reserve(out, cap), cap, &n, err))) {
            buf_grew(out, n);
        }
        buf_byte(out, '|');
    }
    pem_lists_deinit(&lists);
    return ok;
}

static const size_t SIZES[] = {1, 2, 3, 4, 5, 63, 64, 65, 100000};

static void is_read(struct str file, struct str expected)
{
    for (size_t i = 0; i < COUNT_OF(SIZES) * COUNT_OF(SIZES); i++) {
        struct buf out = {0};
        struct error err = {""};
        if (!read_all(file, SIZES[i % COUNT_OF(SIZES)], SIZES[i / COUNT_OF(SIZES)], &out, &err)) {
            fail_msg("%s", err.text);
        }
        assert_true(str_eq(buf_view(&out), expected));
        buf_deinit(&out);
    }
}

static void is_refused(struct str file, const char *reason)
{
    for (size_t i = 0; i < COUNT_OF(SIZES) * COUNT_OF(SIZES); i++) {
        struct buf out = {0};
        struct error err = {""};
        assert_false(
            read_all(file, SIZES[i % COUNT_OF(SIZES)], SIZES[i / COUNT_OF(SIZES)], &out, &err));
        assert_string_equal(err.text, reason);
        buf_deinit(&out);
    }
}

static void pem(void **unused)
{
    is_read(STR(BEGIN "YWJjZA==\n" END), STR("abcd|"));
    is_read(STR(BEGIN "YWJjZA==\n-----END X509 CRL-----"), STR("abcd|"));
    is_read(STR(BEGIN "YWJjZGU=\n" END), STR("abcde|"));
    is_read(STR(BEGIN "YWJjZGVm\n" END), STR("abcdef|"));
    is_read(STR(BEGIN "YW\nJjZ\nGVm\n" END), STR("abcdef|"));
    is_read(STR("-----BEGIN X509 CRL-----\r\nYWJj\r\nZA==\r\n-----END X509 CRL-----\r\n"),
            STR("abcd|"));
    is_read(STR("-----BEGIN X509 CRL----- \t\nYWJj  \nZA== \n-----END X509 CRL-----  \n"),
            STR("abcd|"));
    is_read(STR("# text\n\nfoo: bar\n" BEGIN "YWJj\n" END "more\n" BEGIN "ZGVm\n" END "end"),
            STR("abc|def|"));
    is_read(STR(BEGIN END), STR("|"));
    is_read(STR("0"), STR("0|")); /* 0x30 */
    is_read(STR("\x30\x03-----BEGIN "), STR("\x30\x03-----BEGIN |"));
    is_read(STR("no list\n"), STR(""));
    is_read(STR(""), STR(""));
}

static void not_pem(void **unused)
{
    static const char NOT[] = "the PEM block is not valid base64";
    is_refused(STR(BEGIN "YWJ*\n" END), NOT);
    is_refused(STR(BEGIN "YW Jj\n" END), NOT);
    is_refused(STR(BEGIN " YWJj\n" END), NOT);
    is_refused(STR(BEGIN "YW\rJj\n" END), NOT);
    is_refused(STR(BEGIN "Y===\n" END), NOT);
    is_refused(STR(BEGIN "=\n" END), NOT);
    is_refused(STR(BEGIN "YQ=A\n" END), NOT);
    is_refused(STR(BEGIN "YQ==YQ==\n" END), NOT);
    is_refused(STR(BEGIN "YQ===\n" END), NOT);
    is_refused(STR(BEGIN "YWI==\n" END), NOT);
    is_refused(STR(BEGIN "YR==\n" END), NOT); /* bits behind the end */
    is_refused(STR(BEGIN "YWJ\0\n" END), NOT);
    is_refused(STR(BEGIN "YWJ\xff\n" END), NOT);
    is_refused(STR(BEGIN "Proc-Type: 4,ENCRYPTED\n\nYWJj\n" END), NOT);
    is_refused(STR(BEGIN "YWJ\n" END), "the base64 in the PEM block is truncated");
    is_refused(STR(BEGIN "YQ=\n" END), "the base64 in the PEM block is truncated");
    is_refused(STR(BEGIN "YWJj\n"), "the PEM block has no END line");
    is_refused(STR(BEGIN "YWJj"), "the PEM block has no END line");
    is_refused(STR(BEGIN "YWJj\n-----END X509 CRL----\n"),
               "the END line of the PEM block is malformed");
    is_refused(STR(BEGIN "YWJj\n-----END CERTIFICATE-----\n"),
               "the END line of the PEM block is malformed");
    is_refused(STR(BEGIN "YWJj\n" BEGIN), "the END line of the PEM block is malformed");
    is_refused(STR(BEGIN "YWJj-----END X509 CRL-----\n"), NOT);
}

static void other_lines(void **unused)
{
    is_refused(STR("-----BEGIN CERTIFICATE-----\n"),
               "the PEM block is a \"CERTIFICATE\", not a CRL");
    is_refused(STR("-----BEGIN X509 CRLS-----\n"), "the PEM block is a \"X509 CRLS\", not a CRL");
    static const char BAD_BEGIN[] = "a BEGIN line is malformed";
    is_refused(STR("-----BEGIN X509 CRL----\n"), BAD_BEGIN);
    is_refused(STR("-----BEGIN -----\n-----BEGIN ----\n"), "the PEM block is a \"\", not a CRL");
    is_refused(STR("-----BEGIN ----\n"), BAD_BEGIN);
    is_refused(STR(" " BEGIN), BAD_BEGIN);
    is_refused(STR("\xef\xbb\xbf" BEGIN), BAD_BEGIN);
    is_refused(STR(END), "an END line has no BEGIN line");
    is_refused(STR(BEGIN "YWJj\n" END END), "an END line has no BEGIN line");
    /* A long line is passed over whole: what is at its end begins nothing. */
    char text[400];
    memset(text, 'x', sizeof(text));
    memcpy(text + 300, BEGIN "\n", strlen(BEGIN));
    is_read((struct str){text, sizeof(text)}, STR(""));
    memcpy(text, "-----BEGIN ", 11);
    is_refused((struct str){text, sizeof(text)}, BAD_BEGIN);
}

/* Any octets there and back. */
static void there_and_back(void **unused)
{
    char octets[400];
    unsigned state = 5;
    for (size_t n = 0; n < sizeof(octets); n++) {
        state = state * 1103515245 + 12345;
        octets[n] = (char)(state >> 16);
        struct buf text = {0}, out = {0};
        struct error err;
        test_pem(&text, (struct str){octets, n}, n % 2 ? "\n" : "\r\n");
        assert_true(read_all(buf_view(&text), n % 70, n % 50 + 1, &out, &err));
        assert_true(str_eq(str_head(buf_view(&out), n), (struct str){octets, n}));
        assert_int_equal(buf_size(&out), n + 1);
        buf_deinit(&text);
        buf_deinit(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pem),
        cmocka_unit_test(not_pem),
        cmocka_unit_test(other_lines),
        cmocka_unit_test(there_and_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
