/* SPDX-License-Identifier: Apache-2.0 */
/* What a rule may be made of, and what is refused. */
#include "policy/policy.h"

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include <stdlib.h>
#include <string.h>

static bool parses(const char *text, struct rule_condition *out, struct arena *arena)
{
    struct error err;
    return rule_condition_parse(str_of(text), arena, out, &err);
}

static void conditions_in_their_form_of_comparison(void **unused)
{
    static const struct {
        const char *text;
        enum condition_kind kind;
        const char *attribute;
        const char *value;
        bool wild;
    } ROWS[] = {
        {"all", CONDITION_ALL, "", "", false},
        {"verified", CONDITION_VERIFIED, "", "", false},
        {"subject.CN=a b", CONDITION_SUBJECT, "CN", "a b", false},
        {"subject.commonName=x", CONDITION_SUBJECT, "CN", "x", false},
        {"subject.UID=x", CONDITION_SUBJECT, "UID", "x", false},
        {"subject.DC=x", CONDITION_SUBJECT, "DC", "x", false},
        {"subject.emailAddress=x", CONDITION_SUBJECT, "emailAddress", "x", false},
        {"subject.serialNumber=x", CONDITION_SUBJECT, "serialNumber", "x", false},
        {"subject.organizationIdentifier=x", CONDITION_SUBJECT, "organizationIdentifier", "x",
         false},
        {"subject.jurisdictionC=x", CONDITION_SUBJECT, "jurisdictionC", "x", false},
        {"subject.1.3.6.1.5.5.7.3.1=x", CONDITION_SUBJECT, "serverAuth", "x", false},
        {"subject.2.5.4.3=x=y", CONDITION_SUBJECT, "CN", "x=y", false},
        {"issuer.1.2.3.4=x", CONDITION_ISSUER, "1.2.3.4", "x", false},
        {"dns=A.Example", CONDITION_DNS, "", "a.example", false},
        {"dns=*.A.Example", CONDITION_DNS, "", ".a.example", true},
        {"email=Eve@A.Example", CONDITION_EMAIL, "", "Eve@a.example", false},
        {"email=*@A.Example", CONDITION_EMAIL, "", "@a.example", true},
        {"upn=Eve@A.Example", CONDITION_UPN, "", "eve@a.example", false},
        {"uri=spiffe://a/b", CONDITION_URI, "", "spiffe://a/b", false},
        {"uri=spiffe://a/b/*", CONDITION_URI, "", "spiffe://a/b/", true},
        {"uri=spiffe://a/*", CONDITION_URI, "", "spiffe://a/", true},
        {"uri=a://u@b:1/c.d/..e/*", CONDITION_URI, "", "a://u@b:1/c.d/..e/", true},
        {"uri=a+b-c.1://b?c#d/../e", CONDITION_URI, "", "a+b-c.1://b?c#d/../e", false},
        {"serial=00:0a:1B", CONDITION_SERIAL, "", "0A1B", false},
        {"serial=1", CONDITION_SERIAL, "", "01", false},
        {"policy=1.3.6.1", CONDITION_POLICY_OID, "", "1.3.6.1", false},
        {"policy=anyPolicy", CONDITION_POLICY_OID, "", "2.5.29.32.0", false},
        {"policy=1.3.6.1.5.5.7.3.2", CONDITION_POLICY_OID, "", "1.3.6.1.5.5.7.3.2", false},
        {"eku=TLS Web Client Authentication", CONDITION_EKU, "", "1.3.6.1.5.5.7.3.2", false},
        {"eku=2.5.4.3", CONDITION_EKU, "", "2.5.4.3", false},
        {"eku=clientAuth", CONDITION_EKU, "", "1.3.6.1.5.5.7.3.2", false},
    };
    struct arena arena;
    arena_init(&arena, 0);
    for (size_t i = 0; i < COUNT_OF(ROWS); i++) {
        struct rule_condition got;
        assert_true(parses(ROWS[i].text, &got, &arena));
        assert_int_equal(got.kind, ROWS[i].kind);
        assert_true(str_eq(got.attribute, str_of(ROWS[i].attribute)));
        assert_true(str_eq(got.value, str_of(ROWS[i].value)));
        assert_int_equal(got.wild, ROWS[i].wild);
        assert_true(str_eq(got.text, str_of(ROWS[i].text)));
    }
    arena_deinit(&arena);
}

static void all_refused(const char *const *texts, size_t n)
{
    struct arena arena;
    arena_init(&arena, 0);
    for (size_t i = 0; i < n; i++) {
        struct rule_condition got;
        if (parses(texts[i], &got, &arena)) {
            fail_msg("\"%s\" was taken", texts[i]);
        }
    }
    arena_deinit(&arena);
}

static void refused_conditions(void **unused)
{
    static const char *const TEXTS[] = {
        "",
        "All",
        "verified=1",
        "all=",
        "subject.CN",
        "subject.CN=",
        "subject.=x",
        "subject.Nonsense=x",
        "subject=x",
        "subject.CN=\"a",
        "subject.cn=x",
        "subject.SHA256=x",
        "subject.uid=x", /* OpenSSL has another attribute by that name: UID is meant */
        "subject.1.2.3.=x",
        "subject.serverAuth=x",
        "subject.subjectAltName=x",
        "subject.2.=x",
        "subject.2=x",
        "issuer.clientAuth=x",
        "common=x",
        "dns=",
        "dns=*",
        "dns=a.*",
        "dns=*a.b",
        "dns=*.*.b",
        "dns=.a",
        "dns=a..b",
        "dns=a.",
        "dns=a b",
        "email=a",
        "email=@b",
        "email=a@",
        "email=a*@b",
        "email=*",
        "email=a@*.b",
        "email=a@b@c",
        "ip=a",
        "ip=1.2.3.4/33",
        "ip=10.0.0.1/8",
        "ip=unix:",
        "network=x",
        "fingerprint=00",
        "fingerprint=zz",
        "key=",
        "serial=",
        "serial=0",
        "serial=xyz",
        "serial=:1",
        "serial=1::2",
        "serial=1:23:4",
        "serial=1:23",
        "serial=01::23",
        "serial=01:23:",
        "serial=01:234",
        "serial=0123:45",
        "policy=x",
        "policy=clientAuth",
        "policy=CN",
        "eku=CN",
        "eku=1.2.3.",
        "policy=2.5.29.32.0.",
        "eku=anyPolicy",
        "eku=clientauth",
        "eku=nonsense",
    };
    all_refused(TEXTS, COUNT_OF(TEXTS));
}

static void refused_uris(void **unused)
{
    static const char *const TEXTS[] = {
        "uri=a",           "uri=/a",
        "uri=://a",        "uri=a://",
        "uri=1a://b",      "uri=a b://c",
        "uri=a:///b",      "uri=a://?b",
        "uri=a://u@/b",    "uri=a://:1/b",
        "uri=a://u@/*",    "uri=a://b/../*",
        "uri=a://b/./*",   "uri=a://b/%2E./*",
        "uri=a://b/%2e/*", "uri=a://b/c/../*",
        "uri=a://b//*",    "uri=a://b/c//*",
        "uri=a://b//c/*",  "uri=a://b?x/*",
        "uri=a://b#x/*",   "uri=a://b/c?x/*",
        "uri=a://b/c#x/*", "uri=a://*",
        "uri=a://*.b/c",   "uri=a://b*",
        "uri=a://b/c*",    "uri=a://b/*/c",
        "uri=a://b/*/*",   "uri=a://b/\xc3\xa9",
    };
    all_refused(TEXTS, COUNT_OF(TEXTS));
}

static void digests(void **unused)
{
    char plain[] = "fingerprint=000102030405060708090a0b0c0d0e0f101112131415161718191A1B1C1D1E1F";
    char colons[128] = "key=";
    struct arena arena;
    struct rule_condition got;
    arena_init(&arena, 0);
    for (size_t i = 0; i < IDENTITY_DIGEST_LEN; i++) {
        snprintf(colons + strlen(colons), sizeof(colons) - strlen(colons), "%s%02zX", i ? ":" : "",
                 i);
    }
    const char *const texts[] = {plain, colons};
    for (size_t t = 0; t < 2; t++) {
        assert_true(parses(texts[t], &got, &arena));
        for (size_t i = 0; i < IDENTITY_DIGEST_LEN; i++) {
            assert_int_equal(got.digest[i], i);
        }
    }
    colons[6] = '1'; /* "00" ":" -> a digit too many */
    assert_false(parses(colons, &got, &arena));
    plain[strlen(plain) - 1] = '\0';
    assert_false(parses(plain, &got, &arena));
    arena_deinit(&arena);
}

/* What a star does not match in an "allow" would pass by a "deny". */
static void no_star_in_deny(void **unused)
{
    static const char *const TEXTS[] = {"dns=*.a.test", "email=*@a.test", "upn=*@a.test",
                                        "uri=x://a/*"};
    struct arena arena;
    struct rule rule;
    struct error err;
    arena_init(&arena, 0);
    for (size_t i = 0; i < COUNT_OF(TEXTS); i++) {
        const struct str text = str_of(TEXTS[i]);
        assert_true(rule_parse(true, &text, 1, &arena, &rule, &err));
        assert_false(rule_parse(false, &text, 1, &arena, &rule, &err));
    }
    arena_deinit(&arena);
}

static bool makes_rule(const char *a, const char *b, struct arena *arena)
{
    const struct str args[] = {str_of(a), str_of(b ? b : "")};
    struct rule rule;
    struct error err;
    return rule_parse(true, args, b ? 2 : 1, arena, &rule, &err);
}

static void a_serial_needs_its_issuer(void **unused)
{
    struct arena arena;
    struct rule rule;
    struct error err;
    arena_init(&arena, 0);
    assert_true(makes_rule("serial=1", "issuer.CN=x", &arena));
    assert_true(makes_rule("issuer.CN=x", "serial=1", &arena));
    assert_false(makes_rule("serial=1", NULL, &arena));
    assert_false(makes_rule("serial=1", "subject.CN=x", &arena));
    assert_false(makes_rule("all", "x", &arena));
    assert_false(rule_parse(true, NULL, 0, &arena, &rule, &err));
    const struct str nul[] = {{"dns=a\0b", 7}};
    assert_false(rule_parse(true, nul, 1, &arena, &rule, &err));
    arena_deinit(&arena);
}

#define DIGEST_A "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define DIGEST_B "100102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

/* A rule that no client can match is refused: as a "deny" it would be an open door. */
static void conditions_that_exclude_each_other(void **unused)
{
    static const struct {
        const char *a;
        const char *b;
        bool taken;
    } ROWS[] = {
        {"fingerprint=" DIGEST_A, "fingerprint=" DIGEST_A, true},
        {"fingerprint=" DIGEST_A, "fingerprint=" DIGEST_B, false},
        {"fingerprint=" DIGEST_A, "key=" DIGEST_B, true},
        {"key=" DIGEST_A, "key=" DIGEST_B, false},
        {"network=10.0.0.0/8", "network=10.1.0.0/16", true},
        {"network=10.1.0.0/16", "network=10.0.0.0/8", true},
        {"network=10.0.0.0/8", "network=11.0.0.0/8", false},
        {"network=10.0.0.0/8", "network=::/0", false},
        {"network=10.0.0.0/8", "network=unix:", false},
        {"network=unix:", "network=unix:", true},
        {"subject.OU=a", "subject.OU=b", true},
        {"dns=a", "dns=b", true},
        {"ip=10.0.0.1", "ip=10.0.0.2", true},
        {"policy=1.2.3", "policy=1.2.4", true},
    };
    struct arena arena;
    arena_init(&arena, 0);
    for (size_t i = 0; i < COUNT_OF(ROWS); i++) {
        if (makes_rule(ROWS[i].a, ROWS[i].b, &arena) != ROWS[i].taken) {
            fail_msg("%s %s", ROWS[i].a, ROWS[i].b);
        }
    }
    const struct str serials[] = {STR_INIT("serial=1"), STR_INIT("serial=01"),
                                  STR_INIT("issuer.CN=x"), STR_INIT("serial=2")};
    struct rule rule;
    struct error err;
    assert_true(rule_parse(true, serials, 3, &arena, &rule, &err));
    assert_false(rule_parse(true, serials, 4, &arena, &rule, &err));
    arena_deinit(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(conditions_in_their_form_of_comparison),
        cmocka_unit_test(refused_conditions),
        cmocka_unit_test(refused_uris),
        cmocka_unit_test(digests),
        cmocka_unit_test(no_star_in_deny),
        cmocka_unit_test(a_serial_needs_its_issuer),
        cmocka_unit_test(conditions_that_exclude_each_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
