/* SPDX-License-Identifier: Apache-2.0 */
/* Algorithms that count in CRLs and OCSP responses, and their twins that do not. */
#include "pki/signature_rule.h"

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include <string.h>

#include "base/str.h"

#define OID_PSS "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a"
#define SHA1    "\x30\x07\x06\x05\x2b\x0e\x03\x02\x1a"
#define SHA256  "\x30\x0b\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01"
#define MGF1    "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x08"

static void algorithms(void **unused)
{
    static const struct {
        struct str der;
        const char *reason; /* NULL: it counts */
    } CASES[] = {
        {STR_INIT("\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b\x05\x00"),
         NULL}, /* SHA-256 */
        {STR_INIT("\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0e\x05\x00"),
         NULL}, /* SHA-224 */
        {STR_INIT("\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x05\x05\x00"),
         "its signature uses a weak digest (SHA1)"},
        {STR_INIT("\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x04\x05\x00"),
         "its signature uses a weak digest (MD5)"},
        {STR_INIT("\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02"), NULL}, /* ECDSA, SHA-256 */
        {STR_INIT("\x30\x09\x06\x07\x2a\x86\x48\xce\x3d\x04\x01"),
         "its signature uses a weak digest (SHA1)"},
        {STR_INIT("\x30\x05\x06\x03\x2b\x65\x70"), NULL}, /* Ed25519 */
        {STR_INIT("\x30\x05\x06\x03\x2b\x65\x71"), NULL}, /* Ed448 */
        {STR_INIT("\x30\x05\x06\x03\x2b\x65\x72"), "an unknown algorithm"},
        {STR_INIT("\x30\x05\x06\x03\x2a\x03\x04"), "an unknown algorithm"},
        /* A digest alone is no signature. */
        {STR_INIT("\x30\x0b\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01"), "an unknown algorithm"},
        /* RSA-PSS: nothing said is SHA-1, also where one of both is said (RFC 4055, 3.1). */
        {STR_INIT("\x30\x0d" OID_PSS "\x30\x00"), "its signature uses a weak digest (SHA1)"},
        {STR_INIT("\x30\x0b" OID_PSS), "malformed RSA-PSS parameters"},
        {STR_INIT("\x30\x0d" OID_PSS "\x05\x00"), "malformed RSA-PSS parameters"},
        {STR_INIT("\x30\x1c" OID_PSS "\x30\x0f\xa0\x0d" SHA256), "weak digest (SHA1)"},
        {STR_INIT("\x30\x2a" OID_PSS "\x30\x1d\xa1\x1b\x30\x19" MGF1 SHA256 "\x00\x00"),
         "malformed RSA-PSS parameters"},
        {STR_INIT("\x30\x38" OID_PSS "\x30\x2b\xa0\x0d" SHA256 "\xa1\x1a\x30\x18" MGF1 SHA256),
         NULL},
        {STR_INIT("\x30\x34" OID_PSS "\x30\x27\xa0\x0d" SHA256 "\xa1\x16\x30\x14" MGF1 SHA1),
         "weak digest (SHA1)"},
        {STR_INIT("\x30\x34" OID_PSS "\x30\x27\xa0\x09" SHA1 "\xa1\x1a\x30\x18" MGF1 SHA256),
         "weak digest (SHA1)"},
        /* Another mask generation than MGF1 */
        {STR_INIT("\x30\x38" OID_PSS "\x30\x2b\xa0\x0d" SHA256
                  "\xa1\x1a\x30\x18\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x09" SHA256),
         "an unknown digest"},
    };
    for (size_t i = 0; i < COUNT_OF(CASES); i++) {
        struct error err = {""};
        const unsigned char *p = (const unsigned char *)CASES[i].der.p;
        X509_ALGOR *algorithm = d2i_X509_ALGOR(NULL, &p, (long)CASES[i].der.n);
        if (!algorithm) {
            fail_msg("case %zu is no AlgorithmIdentifier", i);
        }
        bool counts = signature_counts(algorithm, &err);
        if (counts != !CASES[i].reason || (!counts && !strstr(err.text, CASES[i].reason))) {
            fail_msg("case %zu: \"%s\"", i, err.text);
        }
        X509_ALGOR_free(algorithm);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(algorithms)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
