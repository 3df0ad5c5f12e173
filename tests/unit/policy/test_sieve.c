/* SPDX-License-Identifier: Apache-2.0 */
/* What a rule asks for and a client lacks keeps the rule out, whatever kind of value it is. That it
 * never keeps out too much is compared with a slow reference in test_policy.c. */
#include "policy/sieve.h"

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include "policy/policy.h"

static struct identity *client_certificate(struct arena *arena)
{
    static struct cert_name subject[] = {{STR_INIT("O"), STR_INIT("Example")},
                                         {STR_INIT("CN"), STR_INIT("alice")}};
    static struct cert_name issuer[] = {{STR_INIT("CN"), STR_INIT("ca")}};
    static struct cert_name names[] = {{STR_INIT("DNS"), STR_INIT("H1.a.test")},
                                       {STR_INIT("email"), STR_INIT("alice@A.test")},
                                       {STR_INIT("UPN"), STR_INIT("Alice@a.test")},
                                       {STR_INIT("URI"), STR_INIT("x://a.test/n1/web")},
                                       {STR_INIT("IP"), STR_INIT("10.1.0.1")}};
    static struct str oids[] = {STR_INIT("1.2.1")};
    struct identity *identity = arena_zalloc(arena, sizeof(*identity));
    *identity = (struct identity){.subject = {subject, 2},
                                  .issuer = {issuer, 1},
                                  .alternatives = {names, 5},
                                  .serial = STR("01"),
                                  .certificate = {[IDENTITY_DIGEST_LEN - 1] = 1},
                                  .key = {[IDENTITY_DIGEST_LEN - 1] = 1},
                                  .policies = oids,
                                  .policies_n = 1,
                                  .uses = oids,
                                  .uses_n = 1};
    identity->sieve = sieve_of_certificate(identity, arena);
    return identity;
}

static bool rule_passes(const char *text, const struct policy_client *client, struct arena *arena)
{
    struct rule rule;
    struct error err;
    const struct str args[] = {STR("issuer.CN=ca"), str_of(text)};
    if (!rule_parse(true, args, 2, arena, &rule, &err)) {
        fail_msg("%s: %s", text, err.text);
    }
    struct client_sieve sieve = sieve_of_client(client);
    return sieve_passes(&rule.sieve, &sieve);
}

/* Each with the number 1 in the middle is what the client has. */
static const struct {
    const char *before;
    const char *after;
    int digits;
} KINDS[] = {
    {"dns=h", ".a.test", 1},
    {"uri=x://a.test/n", "/*", 1},
    {"uri=x://a.test/n", "/web", 1},
    {"ip=10.", ".0.0/16", 1},
    {"fingerprint=", "", 64},
    {"key=", "", 64},
    {"serial=", "", 1},
    {"policy=1.2.", "", 1},
    {"eku=1.2.", "", 1},
    {"network=11.", ".0.0/16", 1},
};

static bool kind_passes(size_t kind, unsigned i, const struct policy_client *client,
                        struct arena *arena)
{
    char text[128];
    snprintf(text, sizeof(text), "%s%0*u%s", KINDS[kind].before, KINDS[kind].digits, i,
             KINDS[kind].after);
    return rule_passes(text, client, arena);
}

static void every_kind_keeps_rules_out(void **unused)
{
    struct arena arena;
    struct address peer;
    arena_init(&arena, 0);
    assert_true(address_parse(STR("11.1.2.3"), 80, &peer));
    const struct policy_client client = {.identity = client_certificate(&arena), .peer = &peer};
    for (size_t kind = 0; kind < COUNT_OF(KINDS); kind++) {
        unsigned passed = 0;
        assert_true(kind_passes(kind, 1, &client, &arena));
        for (unsigned i = 2; i < 202; i++) {
            passed += kind_passes(kind, i, &client, &arena);
        }
        if (passed > 4) { /* one in fifty: of the bits by chance */
            fail_msg("%s: %u of 200 passed", KINDS[kind].before, passed);
        }
    }
    static const char *const TWINS[][2] = {
        {"subject.CN=alice", "subject.CN=Example"},
        {"dns=*.a.test", "dns=*.b.test"},
        {"email=alice@a.test", "email=Alice@a.test"},
        {"email=*@a.test", "email=*@b.test"},
        {"upn=ALICE@a.test", "upn=bob@a.test"},
        {"upn=*@A.TEST", "upn=*@b.test"},
        {"issuer.CN=ca", "issuer.O=ca"},
    };
    for (size_t i = 0; i < COUNT_OF(TWINS); i++) {
        assert_true(rule_passes(TWINS[i][0], &client, &arena));
        if (rule_passes(TWINS[i][1], &client, &arena)) {
            fail_msg("%s", TWINS[i][1]);
        }
    }
    arena_deinit(&arena);
}

static void what_is_not_known_keeps_nothing_out(void **unused)
{
    struct arena arena;
    arena_init(&arena, 0);
    const struct policy_client unknown = {.certificate_unknown = true};
    const struct policy_client without = {.certificate_unknown = false};
    for (size_t kind = 0; kind < COUNT_OF(KINDS); kind++) {
        assert_true(kind_passes(kind, 2, &unknown, &arena));
        assert_false(kind_passes(kind, 1, &without, &arena)); /* by "issuer" */
    }
    arena_deinit(&arena);
}

/* So many that it stops to count them. */
static void a_uri_of_many_segments(void **unused)
{
    struct arena arena;
    arena_init(&arena, 0);
    struct str uri = STR("x://a/");
    for (size_t i = 0; i < 100; i++) {
        uri = arena_concat(&arena, uri, STR("b/"));
    }
    struct cert_name name = {STR("URI"), arena_concat(&arena, uri, STR("c"))};
    static struct cert_name issuer[] = {{STR_INIT("CN"), STR_INIT("ca")}};
    struct identity identity = {.issuer = {issuer, 1}, .alternatives = {&name, 1}};
    identity.sieve = sieve_of_certificate(&identity, &arena);
    const struct policy_client client = {.identity = &identity};
    struct rule rule;
    struct error err;
    const struct str text = arena_printf(&arena, "uri=%.*s*", STR_ARG(uri));
    assert_true(rule_parse(true, &text, 1, &arena, &rule, &err));
    const struct policy policy = {.rules = &rule, .rules_n = 1};
    assert_true(policy_decide(&policy, &client, NULL, NULL).allowed);
    arena_deinit(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_keeps_rules_out),
        cmocka_unit_test(what_is_not_known_keeps_nothing_out),
        cmocka_unit_test(a_uri_of_many_segments),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
