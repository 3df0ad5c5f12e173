/* SPDX-License-Identifier: Apache-2.0 */
/* Names that a certificate carries, and for each one that it only seems to. */
#include "pki/cert_host.h"

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include "../certs.h"

static int code_of(const char *san, const char *host)
{
    struct test_pair pair = test_pair_new((struct test_spec){.cn = "cn.test", .san = san});
    int code = cert_host_code(pair.cert, host);
    test_pair_free(&pair);
    return code;
}

static void names(void **unused)
{
    static const char SAN[] = "DNS:s.test,DNS:*.w.test,IP:127.0.0.1,IP:::1";
    assert_int_equal(code_of(SAN, "s.test"), X509_V_OK);
    assert_int_equal(code_of(SAN, "S.TEST"), X509_V_OK);
    assert_int_equal(code_of(SAN, "x.w.test"), X509_V_OK);
    assert_int_equal(code_of(SAN, "w.test"), X509_V_ERR_HOSTNAME_MISMATCH);
    assert_int_equal(code_of(SAN, "x.y.w.test"), X509_V_ERR_HOSTNAME_MISMATCH);
    assert_int_equal(code_of(SAN, "xs.test"), X509_V_ERR_HOSTNAME_MISMATCH);
    assert_int_equal(code_of(SAN, "127.0.0.1"), X509_V_OK);
    assert_int_equal(code_of(SAN, "::1"), X509_V_OK);
    assert_int_equal(code_of(SAN, "127.0.0.2"), X509_V_ERR_IP_ADDRESS_MISMATCH);
    /* An address in a name is a name, and the other way round. */
    assert_int_equal(code_of("DNS:127.0.0.1", "127.0.0.1"), X509_V_ERR_IP_ADDRESS_MISMATCH);
}

static void common_names(void **unused)
{
    assert_int_equal(code_of(NULL, "cn.test"), X509_V_OK);
    assert_int_equal(code_of("DNS:s.test", "cn.test"), X509_V_ERR_HOSTNAME_MISMATCH);
}

static void patterns(void **unused)
{
    assert_int_equal(code_of("DNS:s.test", ".test"), X509_V_ERR_HOSTNAME_MISMATCH);
    assert_int_equal(code_of("DNS:*.test", ".test"), X509_V_ERR_HOSTNAME_MISMATCH);
    assert_int_equal(code_of("DNS:s.test", ""), X509_V_ERR_HOSTNAME_MISMATCH);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names),
        cmocka_unit_test(common_names),
        cmocka_unit_test(patterns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
