/* SPDX-License-Identifier: Apache-2.0 */
/* What ssl_verify_client makes of a verdict. */
#include "site/client.h"

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include <openssl/x509_vfy.h>

#include "base/compiler.h"

static const struct {
    struct verdict verdict;
    int on, optional, no_ca;
} ROWS[] = {
    {{VERDICT_GOOD, X509_V_OK, 0, 0}, 0, 0, 0},
    {{VERDICT_NO_CERTIFICATE, X509_V_OK, 0, 0}, 496, 0, 0},
    {{VERDICT_BAD, X509_V_ERR_CERT_HAS_EXPIRED, 0, 0}, 495, 495, 495},
    {{VERDICT_BAD, X509_V_ERR_CERT_REVOKED, 0, 0}, 495, 495, 495},
    {{VERDICT_BAD, X509_V_ERR_UNABLE_TO_GET_CRL, 1, 0}, 495, 495, 495},
    {{VERDICT_BAD, X509_V_ERR_INVALID_PURPOSE, 0, 0}, 495, 495, 495},
    {{VERDICT_BAD, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, 0, 0}, 495, 495, 0},
    {{VERDICT_BAD, X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, 0, 0}, 495, 495, 0},
};

static void verdicts(void **unused)
{
    for (size_t i = 0; i < COUNT_OF(ROWS); i++) {
        const struct verdict *verdict = &ROWS[i].verdict;
        assert_int_equal(client_refusal_of(VERIFY_OFF, verdict), 0);
        assert_int_equal(client_refusal_of(VERIFY_ON, verdict), ROWS[i].on);
        assert_int_equal(client_refusal_of(VERIFY_OPTIONAL, verdict), ROWS[i].optional);
        assert_int_equal(client_refusal_of(VERIFY_OPTIONAL_NO_CA, verdict), ROWS[i].no_ca);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(verdicts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
