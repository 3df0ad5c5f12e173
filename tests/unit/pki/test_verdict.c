/* SPDX-License-Identifier: Apache-2.0 */
#include "pki/verdict.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <openssl/x509_vfy.h>

#include "base/compiler.h"

static void as_the_variable_says_it(void **state)
{
    (void)state;
    const struct {
        struct verdict verdict;
        struct str text;
    } rows[] = {
        {{.status = VERDICT_NO_CERTIFICATE}, STR("NONE")},
        {{.status = VERDICT_GOOD, .code = X509_V_OK}, STR("SUCCESS")},
        {{.status = VERDICT_BAD, .code = X509_V_ERR_CERT_HAS_EXPIRED},
         STR("FAILED:certificate has expired")},
        {{.status = VERDICT_BAD, .code = X509_V_ERR_CERT_REVOKED},
         STR("FAILED:certificate revoked")},
        {{.status = VERDICT_BAD, .code = X509_V_ERR_OCSP_VERIFY_FAILED},
         STR("FAILED:certificate status request failed")},
        {{.status = VERDICT_BAD, .code = X509_V_ERR_OCSP_CERT_UNKNOWN},
         STR("FAILED:certificate status unknown")},
    };
    struct arena arena;
    arena_init(&arena, 0);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        assert_true(str_eq(verdict_text(&rows[i].verdict, &arena), rows[i].text));
    }
    arena_deinit(&arena);
}

/* All codes that OpenSSL has: four are forgiven, and only where they are a verdict. */
static void four_codes_mean_an_unknown_ca(void **state)
{
    (void)state;
    for (int code = 0; code < 200; code++) {
        bool wanted = code == X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT ||
                      code == X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN ||
                      code == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY ||
                      code == X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE;
        struct verdict verdict = {.status = VERDICT_BAD, .code = code};
        assert_int_equal(verdict_only_unknown_ca(&verdict), wanted);
        verdict.status = VERDICT_GOOD;
        assert_false(verdict_only_unknown_ca(&verdict));
        verdict.status = VERDICT_NO_CERTIFICATE;
        assert_false(verdict_only_unknown_ca(&verdict));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_the_variable_says_it),
        cmocka_unit_test(four_codes_mean_an_unknown_ca),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
