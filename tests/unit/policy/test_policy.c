/* SPDX-License-Identifier: Apache-2.0 */
/* Which client matches which rule; each that matches with twins that do not. */
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

static struct cert_name named(const char *kind, struct str value)
{
    return (struct cert_name){str_of(kind), value};
}

static struct rule rule_of(bool allow, const char *text, struct arena *arena)
{
    struct str args[8];
    size_t n = 0;
    struct error err;
    struct rule rule;
    for (struct str rest = str_of(text); rest.n;) {
        args[n++] = str_split(&rest, ' ');
    }
    if (!rule_parse(allow, args, n, arena, &rule, &err)) {
        fail_msg("%s: %s", text, err.text);
    }
    return rule;
}

/* Whether a certificate with this alternative name (or attribute of the subject) matches. */
static bool matches(const char *condition, const char *kind, struct str value)
{
    struct arena arena;
    arena_init(&arena, 0);
    struct cert_name name = named(kind, value);
    bool is_attribute = strncmp(condition, "subject.", 8) == 0;
    const struct cert_names names = {&name, 1};
    struct identity identity = {
        .subject = is_attribute ? names : (struct cert_names){0},
        .alternatives = is_attribute ? (struct cert_names){0} : names,
    };
    identity.subject_bits = identity_bits(&identity.subject);
    const struct policy_client client = {.identity = &identity};
    struct rule rule = rule_of(true, condition, &arena);
    enum rule_match match = rule_match(&rule, &client);
    assert_true(match != RULE_UNKNOWN);
    arena_deinit(&arena);
    return match == RULE_HOLDS;
}

static void names_and_their_twins(void **unused)
{
    static const struct {
        const char *condition;
        const char *kind;
        struct str value;
        bool holds;
    } ROWS[] = {
        {"subject.CN=a", "CN", STR_INIT("a"), true},
        {"subject.CN=a", "CN", STR_INIT("A"), false},
        {"subject.CN=a", "CN", STR_INIT("a\0b"), false},
        {"subject.CN=a", "CN", STR_INIT("a,O=b"), false},
        {"subject.CN=a", "CN", STR_INIT("ab"), false},
        {"subject.CN=a", "O", STR_INIT("a"), false},
        {"dns=a.test", "DNS", STR_INIT("A.Test"), true},
        {"dns=a.test", "CN", STR_INIT("a.test"), false},
        {"dns=a.test", "email", STR_INIT("a.test"), false},
        {"dns=a.test", "DNS", STR_INIT("a.test\0"), false},
        {"dns=a.test", "DNS", STR_INIT("a.test."), false},
        {"dns=*.test", "DNS", STR_INIT("b.test"), true},
        {"dns=*.test", "DNS", STR_INIT("B-1.TEST"), true},
        {"dns=*.test", "DNS", STR_INIT("a.b.test"), false},
        {"dns=*.test", "DNS", STR_INIT("*.test"), false},
        {"dns=*.test", "DNS", STR_INIT(".test"), false},
        {"dns=*.test", "DNS", STR_INIT("test"), false},
        {"dns=*.test", "DNS", STR_INIT("a\0.test"), false},
        {"dns=*.test", "DNS", STR_INIT("a.test.evil"), false},
        {"dns=a.test", "DNS", STR_INIT("*.test"), false},
        {"email=eve@a.test", "email", STR_INIT("eve@A.test"), true},
        {"email=eve@a.test", "email", STR_INIT("Eve@a.test"), false},
        {"email=eve@a.test", "DNS", STR_INIT("eve@a.test"), false},
        {"email=eve@a.test", "UPN", STR_INIT("eve@a.test"), false},
        {"email=eve@a.test", "emailAddress", STR_INIT("eve@a.test"), false},
        {"email=*@a.test", "email", STR_INIT("x@a.test"), true},
        {"email=*@a.test", "email", STR_INIT("@a.test"), false},
        {"email=*@a.test", "email", STR_INIT("x@b@a.test"), false},
        {"email=*@a.test", "email", STR_INIT("x@a.test@b"), false},
        {"email=*@a.test", "email", STR_INIT("x@a.test.evil"), false},
        {"email=*@a.test", "email", STR_INIT("x@b.a.test"), false},
        {"email=*@a.test", "email", STR_INIT("\"x\"@a.test"), false},
        {"email=*@a.test", "email", STR_INIT("x\0@a.test"), false},
        {"upn=eve@a.test", "UPN", STR_INIT("EVE@a.test"), true},
        {"upn=eve@a.test", "email", STR_INIT("eve@a.test"), false},
        {"upn=*@a.test", "UPN", STR_INIT("x@b.test"), false},
        {"uri=spiffe://a/b", "URI", STR_INIT("spiffe://a/b"), true},
        {"uri=spiffe://a/b", "URI", STR_INIT("spiffe://a/bc"), false},
        {"uri=spiffe://a/b", "URI", STR_INIT("spiffe://a/b/"), false},
        {"uri=spiffe://a/b", "URI", STR_INIT("SPIFFE://a/b"), false},
        {"uri=spiffe://a/b", "DNS", STR_INIT("spiffe://a/b"), false},
        {"uri=spiffe://a/b/*", "URI", STR_INIT("spiffe://a/b/c"), true},
        {"uri=spiffe://a/b/*", "URI", STR_INIT("spiffe://a/b/c/d"), true},
        {"uri=spiffe://a/b/*", "URI", STR_INIT("spiffe://a/b/"), false},
        {"uri=spiffe://a/b/*", "URI", STR_INIT("spiffe://a/b"), false},
        {"uri=spiffe://a/b/*", "URI", STR_INIT("spiffe://a/bc/d"), false},
        {"uri=spiffe://a/b/*", "URI", STR_INIT("spiffe://a.evil/b/c"), false},
        {"uri=spiffe://a/b/*", "URI", STR_INIT("spiffe://a/b/../c"), false},
        {"uri=spiffe://a/b/*", "URI", STR_INIT("spiffe://a/b//c"), false},
        {"uri=spiffe://a/b/*", "URI", STR_INIT("spiffe://a/b/c/"), false},
        {"uri=spiffe://a/b/*", "URI", STR_INIT("spiffe://a/b/%2e%2e/c"), false},
        {"uri=spiffe://a/b/*", "URI", STR_INIT("spiffe://a/b/c?d"), false},
        {"uri=spiffe://a/b/*", "URI", STR_INIT("spiffe://a/b/c\0d"), false},
        {"ip=192.0.2.0/24", "IP", STR_INIT("192.0.2.7"), true},
        {"ip=192.0.2.0/24", "IP", STR_INIT("192.0.3.7"), false},
        {"ip=192.0.2.0/24", "DNS", STR_INIT("192.0.2.7"), false},
        {"ip=192.0.2.0/24", "IP", STR_INIT("not an IP address: 8 octets"), false},
        {"ip=192.0.2.0/24", "IP", STR_INIT("::ffff:192.0.2.7"), true},
        {"ip=192.0.2.0/24", "IP", STR_INIT("::ffff:192.0.3.7"), false},
        {"ip=::/0", "IP", STR_INIT("192.0.2.7"), false},
        {"ip=2001:db8::/32", "IP", STR_INIT("2001:db8::1"), true},
        {"ip=2001:db8::/32", "IP", STR_INIT("2001:db9::1"), false},
    };
    for (size_t i = 0; i < COUNT_OF(ROWS); i++) {
        if (matches(ROWS[i].condition, ROWS[i].kind, ROWS[i].value) != ROWS[i].holds) {
            fail_msg("row %zu: %s and %s \"%.*s\"", i, ROWS[i].condition, ROWS[i].kind,
                     STR_ARG(ROWS[i].value));
        }
    }
}

/* What the following tests ask about. */
static struct identity somebody(void)
{
    static struct cert_name subject[] = {{STR_INIT("O"), STR_INIT("y")},
                                         {STR_INIT("CN"), STR_INIT("x")}};
    static struct cert_name issuer[] = {{STR_INIT("CN"), STR_INIT("ca")}};
    static struct str uses[] = {STR_INIT("1.3.6.1.5.5.7.3.2")};
    static struct str policies[] = {STR_INIT("1.2.3")};
    return (struct identity){
        .subject = {subject, 2},
        .issuer = {issuer, 1},
        .subject_bits = identity_bit(STR("x")) | identity_bit(STR("y")),
        .issuer_bits = identity_bit(STR("ca")),
        .serial = STR("0A1B"),
        .certificate = {1},
        .key = {2},
        .uses = uses,
        .uses_n = 1,
        .policies = policies,
        .policies_n = 1,
    };
}

static enum rule_match match_of(const char *conditions, const struct policy_client *client)
{
    struct arena arena;
    arena_init(&arena, 0);
    struct rule rule = rule_of(true, conditions, &arena);
    enum rule_match match = rule_match(&rule, client);
    arena_deinit(&arena);
    return match;
}

static void all_conditions_must_hold(void **unused)
{
    const struct identity identity = somebody();
    struct address peer;
    assert_true(address_parse(STR("10.1.2.3"), 80, &peer));
    const struct policy_client client = {.identity = &identity, .peer = &peer};
    assert_int_equal(match_of("subject.CN=x subject.O=y", &client), RULE_HOLDS);
    assert_int_equal(match_of("subject.O=y subject.CN=x", &client), RULE_HOLDS);
    assert_int_equal(match_of("subject.CN=x subject.O=z", &client), RULE_FAILS);
    assert_int_equal(match_of("subject.CN=y", &client), RULE_FAILS);
    assert_int_equal(match_of("issuer.CN=ca serial=a1b", &client), RULE_HOLDS);
    assert_int_equal(match_of("issuer.CN=other serial=a1b", &client), RULE_FAILS);
    assert_int_equal(match_of("issuer.CN=ca serial=a1b00", &client), RULE_FAILS);
    assert_int_equal(match_of("eku=clientAuth policy=1.2.3", &client), RULE_HOLDS);
    assert_int_equal(match_of("eku=serverAuth", &client), RULE_FAILS);
    assert_int_equal(match_of("eku=anyExtendedKeyUsage", &client), RULE_FAILS);
    assert_int_equal(match_of("policy=1.2.3.4", &client), RULE_FAILS);
    assert_int_equal(match_of("network=10.0.0.0/8 verified", &client), RULE_HOLDS);
    assert_int_equal(match_of("network=11.0.0.0/8 verified", &client), RULE_FAILS);
    assert_int_equal(match_of("network=::/0", &client), RULE_FAILS);
    assert_int_equal(match_of("network=0.0.0.0/0", &client), RULE_HOLDS);
    assert_int_equal(match_of("network=unix:", &client), RULE_FAILS);
    struct address socket;
    assert_true(address_parse(STR("unix:/s"), 0, &socket));
    const struct policy_client local = {.identity = &identity, .peer = &socket};
    assert_int_equal(match_of("network=unix:", &local), RULE_HOLDS);
    assert_int_equal(match_of("network=::/0", &local), RULE_FAILS);
    assert_int_equal(
        match_of("fingerprint=0100000000000000000000000000000000000000000000000000000000000000",
                 &client),
        RULE_HOLDS);
    assert_int_equal(
        match_of("key=0100000000000000000000000000000000000000000000000000000000000000", &client),
        RULE_FAILS);
}

static void without_a_certificate_only_the_address_counts(void **unused)
{
    struct address peer;
    assert_true(address_parse(STR("10.1.2.3"), 80, &peer));
    const struct policy_client client = {.peer = &peer};
    assert_int_equal(match_of("all", &client), RULE_HOLDS);
    assert_int_equal(match_of("network=10.1.2.3", &client), RULE_HOLDS);
    assert_int_equal(match_of("verified", &client), RULE_FAILS);
    assert_int_equal(match_of("subject.CN=x", &client), RULE_FAILS);
    assert_int_equal(match_of("network=10.1.2.3 verified", &client), RULE_FAILS);
    assert_int_equal(match_of("eku=clientAuth", &client), RULE_FAILS);
}

static void what_is_not_known_is_told(void **unused)
{
    const struct policy_client client = {.certificate_unknown = true};
    assert_int_equal(match_of("verified", &client), RULE_HOLDS);
    assert_int_equal(match_of("subject.CN=x", &client), RULE_UNKNOWN);
    assert_int_equal(match_of("network=10.0.0.0/8", &client), RULE_UNKNOWN);
    assert_int_equal(match_of("all", &client), RULE_HOLDS);
    const struct policy_client stranger = {0};
    assert_int_equal(match_of("network=10.0.0.0/8 verified", &stranger), RULE_FAILS);
    assert_int_equal(match_of("network=10.0.0.0/8", &stranger), RULE_UNKNOWN);
}

static void the_first_rule_decides(void **unused)
{
    struct arena arena;
    arena_init(&arena, 0);
    struct identity identity = somebody();
    struct policy_client client = {.identity = &identity};
    struct rule rules[] = {rule_of(false, "subject.CN=other", &arena),
                           rule_of(true, "subject.CN=x", &arena),
                           rule_of(false, "verified", &arena), rule_of(true, "all", &arena)};
    const struct policy policy = {.rules = rules, .rules_n = 4};
    struct policy_answer answer = policy_decide(&policy, &client, NULL, NULL);
    assert_true(answer.allowed && answer.rule == &rules[1]);
    assert_true(str_eq(rule_text(answer.rule, &arena), STR("allow subject.CN=x")));
    identity.subject.n = 0;
    answer = policy_decide(&policy, &client, NULL, NULL);
    assert_true(!answer.allowed && answer.rule == &rules[2]);
    identity = somebody();
    identity.malformed = true;
    assert_false(policy_decide(&policy, &client, NULL, NULL).allowed);
    client.identity = NULL;
    assert_true(policy_decide(&policy, &client, NULL, NULL).allowed); /* by "all" */
    const struct policy shorter = {.rules = rules, .rules_n = 3};
    answer = policy_decide(&shorter, &client, NULL, NULL);
    assert_true(!answer.allowed && !answer.rule);
    const struct policy none = {0};
    assert_false(policy_decide(&none, &client, NULL, NULL).allowed);
    client.certificate_unknown = true;
    assert_false(policy_decide(&policy, &client, NULL, NULL).allowed); /* it cannot tell */
    struct rule may = rule_of(true, "subject.CN=x", &arena);
    const struct policy unsure = {.rules = &may, .rules_n = 1};
    assert_false(
        policy_decide(&unsure, &client, NULL, NULL).allowed); /* not by an "allow" either */
    arena_deinit(&arena);
}

/* --- against a slow reference: texts, and one rule after the other --- */

static const char *const ATTRIBUTES[] = {"CN", "O", "OU"};
static const char *const VALUES[] = {"a", "b", "ab", "A"};

struct slow {
    bool has_certificate;
    char subject[64]; /* "/CN=a/O=b/" */
    char names[64];   /* "|DNS a.test|" */
    unsigned net;
};

static bool slow_holds(const char *condition, const struct slow *client)
{
    char text[80];
    if (strcmp(condition, "all") == 0) {
        return true;
    }
    if (strncmp(condition, "network=", 8) == 0) {
        snprintf(text, sizeof(text), "network=10.%u.0.0/16", client->net);
        return strcmp(text, condition) == 0;
    }
    if (!client->has_certificate || strcmp(condition, "verified") == 0) {
        return client->has_certificate;
    }
    if (strncmp(condition, "subject.", 8) == 0) {
        snprintf(text, sizeof(text), "/%s/", condition + 8);
        return strstr(client->subject, text) != NULL;
    }
    snprintf(text, sizeof(text), "|DNS %s|", condition + 4);
    return strstr(client->names, text) != NULL;
}

static unsigned next_random(unsigned *state, unsigned n)
{
    *state = *state * 1103515245U + 12345U;
    return (*state >> 16) % n;
}

static void random_condition(unsigned *state, char out[static 40])
{
    switch (next_random(state, 6)) {
    case 0: snprintf(out, 40, "verified"); break;
    case 1: snprintf(out, 40, "network=10.%u.0.0/16", next_random(state, 3)); break;
    case 2: snprintf(out, 40, "dns=%s.test", VALUES[next_random(state, 3)]); break;
    default:
        snprintf(out, 40, "subject.%s=%s", ATTRIBUTES[next_random(state, 3)],
                 VALUES[next_random(state, 4)]);
        break;
    }
}

static bool slow_decides(char rules[4][2][40], const bool allow[4], size_t n,
                         const struct slow *client)
{
    for (size_t i = 0; i < n; i++) {
        if (slow_holds(rules[i][0], client) && slow_holds(rules[i][1], client)) {
            return allow[i];
        }
    }
    return false;
}

static void one_of_many(unsigned seed)
{
    unsigned state = seed * 2654435761U + 1;
    struct arena arena;
    arena_init(&arena, 0);
    char texts[4][2][40];
    bool allow[4];
    struct rule rules[4];
    size_t n = next_random(&state, 5);
    for (size_t i = 0; i < n; i++) {
        char first[40], second[40];
        random_condition(&state, first);
        do {
            random_condition(&state, second);
        } while (strncmp(first, "network", 7) == 0 && strncmp(second, "network", 7) == 0 &&
                 strcmp(first, second) != 0); /* such a rule is refused */
        memcpy(texts[i][0], first, sizeof(first));
        memcpy(texts[i][1], second, sizeof(second));
        allow[i] = next_random(&state, 3) > 0;
        rules[i] = rule_of(allow[i], arena_printf(&arena, "%s %s", first, second).p, &arena);
    }
    struct slow slow = {.has_certificate = next_random(&state, 4) > 0,
                        .net = next_random(&state, 4)};
    struct cert_name subject[3], alternatives[1];
    struct identity identity = {.subject = {subject, next_random(&state, 4)},
                                .alternatives = {alternatives, next_random(&state, 2)}};
    slow.subject[0] = '/';
    for (size_t i = 0; i < identity.subject.n; i++) {
        subject[i] =
            named(ATTRIBUTES[next_random(&state, 3)], str_of(VALUES[next_random(&state, 4)]));
        snprintf(slow.subject + strlen(slow.subject), 20, "%s=%s/", subject[i].kind.p,
                 subject[i].value.p);
    }
    identity.subject_bits = identity_bits(&identity.subject);
    for (size_t i = 0; i < identity.alternatives.n; i++) {
        alternatives[i] =
            named("DNS", arena_printf(&arena, "%s.test", VALUES[next_random(&state, 3)]));
        snprintf(slow.names, sizeof(slow.names), "|DNS %s|", alternatives[i].value.p);
    }
    struct address peer;
    assert_true(address_parse(arena_printf(&arena, "10.%u.1.2", slow.net), 80, &peer));
    const struct policy_client client = {.identity = slow.has_certificate ? &identity : NULL,
                                         .peer = &peer};
    const struct policy policy = {.rules = rules, .rules_n = n};
    if (policy_decide(&policy, &client, NULL, NULL).allowed !=
        slow_decides(texts, allow, n, &slow)) {
        fail_msg("seed %u", seed);
    }
    arena_deinit(&arena);
}

static void the_same_as_a_slow_reference(void **unused)
{
    for (unsigned seed = 0; seed < 20000; seed++) {
        one_of_many(seed);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_and_their_twins),
        cmocka_unit_test(all_conditions_must_hold),
        cmocka_unit_test(without_a_certificate_only_the_address_counts),
        cmocka_unit_test(what_is_not_known_is_told),
        cmocka_unit_test(the_first_rule_decides),
        cmocka_unit_test(the_same_as_a_slow_reference),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
