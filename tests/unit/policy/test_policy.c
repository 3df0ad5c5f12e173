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

#include "../policy_reference.h"

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
    identity.sieve = sieve_of_certificate(&identity, &arena);
    const struct policy_client client = {.identity = &identity};
    struct rule rule = rule_of(true, condition, &arena);
    enum rule_match match = rule_match(&rule, &client);
    assert_true(match != RULE_UNKNOWN);
    const struct policy policy = {.rules = &rule, .rules_n = 1};
    assert_true(policy_decide(&policy, &client, NULL, NULL).allowed == (match == RULE_HOLDS));
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
    identity.sieve = sieve_of_certificate(&identity, &arena);
    struct policy_client client = {.identity = &identity};
    struct rule rules[] = {rule_of(false, "subject.CN=other", &arena),
                           rule_of(true, "subject.CN=x", &arena),
                           rule_of(false, "verified", &arena), rule_of(true, "all", &arena)};
    const struct policy policy = {.rules = rules, .rules_n = 4};
    struct policy_answer answer = policy_decide(&policy, &client, NULL, NULL);
    assert_true(answer.allowed && answer.rule == &rules[1]);
    assert_true(str_eq(rule_text(answer.rule, &arena), STR("allow subject.CN=x")));
    identity.subject.n = 0;
    identity.sieve = sieve_of_certificate(&identity, &arena);
    answer = policy_decide(&policy, &client, NULL, NULL);
    assert_true(!answer.allowed && answer.rule == &rules[2]);
    identity = somebody();
    identity.sieve = sieve_of_certificate(&identity, &arena);
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

/* --- against a slow reference --- */

static const char *const CONDITIONS[] = {
    "all",
    "verified",
    "subject.CN=a",
    "subject.CN=A",
    "subject.commonName=b",
    "subject.O=a",
    "subject.1.2.3.4=a",
    "issuer.CN=a",
    "issuer.CN=ca",
    "dns=a.test",
    "dns=*.test",
    "dns=*.A.test",
    "email=eve@a.test",
    "email=Eve@A.test",
    "email=*@a.test",
    "upn=Eve@a.test",
    "upn=*@A.test",
    "uri=x://a/b",
    "uri=x://a/*",
    "uri=x://a/b/*",
    "uri=x://b/*",
    "ip=10.1.0.0/16",
    "ip=10.1.0.1",
    "ip=::/0",
    "ip=2001:db8::/33",
    "fingerprint=0100000000000000000000000000000000000000000000000000000000000000",
    "fingerprint=0200000000000000000000000000000000000000000000000000000000000000",
    "key=01:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:"
    "00:00",
    "serial=1",
    "serial=0a:1b",
    "policy=1.2.3",
    "policy=anyPolicy",
    "eku=clientAuth",
    "eku=1.2.3",
    "network=10.1.0.0/16",
    "network=10.0.0.0/8",
    "network=::/0",
    "network=unix:",
    "network=2001:db8:8000::/33",
};
static const char *const ATTRIBUTES[] = {"CN", "O", "1.2.3.4"};
static const char *const VALUES[] = {"a", "b", "A", "ca"};
static const char *const ALTERNATIVES[][2] = {
    {"DNS", "a.test"},       {"DNS", "B.A.Test"},        {"DNS", "test"},
    {"DNS", "*.test"},       {"email", "eve@a.test"},    {"email", "Eve@A.TEST"},
    {"email", "a.test"},     {"email", "a@b@a.test"},    {"UPN", "EVE@A.test"},
    {"UPN", "x@a.test"},     {"URI", "x://a/b"},         {"URI", "x://a/b/c"},
    {"URI", "x://a/../b/c"}, {"URI", "x://b/"},          {"IP", "10.1.0.1"},
    {"IP", "10.2.0.1"},      {"IP", "::ffff:10.1.0.1"},  {"IP", "2001:db8::1"},
    {"IP", "nonsense"},      {"IP", "2001:db8:8000::1"}, {"URI", "a.test"},
};
static const char *const PEERS[] = {"10.1.2.3",  "10.2.2.3",          "[2001:db8:8000::1]",
                                    "unix:/run", "[::ffff:10.1.0.1]", "127.0.0.1"};
static const char *const SERIALS[] = {"01", "0A1B", "0100"};
static const char *const OIDS[] = {"1.2.3", "2.5.29.32.0", "1.3.6.1.5.5.7.3.2"};

static unsigned next_random(unsigned *state, unsigned n)
{
    *state = *state * 1103515245U + 12345U;
    return (*state >> 16) % n;
}

#define ANY_OF(array) (array)[next_random(state, COUNT_OF(array))]

/* A certificate with some of those values. */
static struct identity *random_identity(unsigned *state, struct arena *arena)
{
    struct identity *identity = arena_zalloc(arena, sizeof(*identity));
    struct cert_names *names[] = {&identity->subject, &identity->issuer, &identity->alternatives};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        names[i]->n = next_random(state, 4);
        names[i]->items = arena_zalloc(arena, 4 * sizeof(struct cert_name));
        for (size_t k = 0; k < names[i]->n; k++) {
            const char *const *other = ANY_OF(ALTERNATIVES);
            names[i]->items[k] = i == 2 ? named(other[0], str_of(other[1]))
                                        : named(ANY_OF(ATTRIBUTES), str_of(ANY_OF(VALUES)));
        }
    }
    identity->serial = str_of(ANY_OF(SERIALS));
    identity->certificate[0] = (unsigned char)next_random(state, 3);
    identity->key[0] = (unsigned char)next_random(state, 3);
    identity->policies = arena_alloc(arena, sizeof(struct str));
    identity->policies_n = next_random(state, 2);
    identity->policies[0] = str_of(ANY_OF(OIDS));
    identity->uses = arena_alloc(arena, sizeof(struct str));
    identity->uses_n = next_random(state, 2);
    identity->uses[0] = str_of(ANY_OF(OIDS));
    identity->sieve = sieve_of_certificate(identity, arena);
    return identity;
}

enum { CONDITIONS_MAX = 3, RULES_MAX = 5 };

/* The conditions; NULL behind the last. */
struct random_rule {
    const char *texts[CONDITIONS_MAX + 1];
    bool allow;
};

/* Until it is one that is not refused. */
static struct rule make_random_rule(unsigned *state, struct random_rule *out, struct arena *arena)
{
    struct rule rule;
    struct error err;
    struct str args[CONDITIONS_MAX];
    size_t n;
    do {
        n = 1 + next_random(state, CONDITIONS_MAX);
        out->allow = next_random(state, 3) > 0;
        for (size_t i = 0; i < n; i++) {
            out->texts[i] = ANY_OF(CONDITIONS);
            args[i] = str_of(out->texts[i]);
        }
        out->texts[n] = NULL;
    } while (!rule_parse(out->allow, args, n, arena, &rule, &err));
    return rule;
}

/* Which rule decides; RULES_MAX: none. */
static size_t reference_decides(const struct random_rule *rules, size_t n,
                                const struct identity *identity, const unsigned char *peer)
{
    for (size_t i = 0; i < n; i++) {
        const char *const *text = rules[i].texts;
        while (*text && reference_holds(*text, identity, peer)) {
            text++;
        }
        if (!*text) {
            return i;
        }
    }
    return RULES_MAX;
}

static void one_of_many(unsigned seed)
{
    unsigned first = seed * 2654435761U + 1;
    unsigned *state = &first;
    struct arena arena;
    arena_init(&arena, 0);
    struct random_rule texts[RULES_MAX];
    struct rule rules[RULES_MAX];
    size_t n = next_random(state, RULES_MAX + 1);
    for (size_t i = 0; i < n; i++) {
        rules[i] = make_random_rule(state, &texts[i], &arena);
    }
    const struct identity *identity = random_identity(state, &arena);
    struct address peer;
    unsigned char octets[16];
    assert_true(address_parse(str_of(ANY_OF(PEERS)), 80, &peer));
    const struct policy_client client = {.identity = next_random(state, 6) ? identity : NULL,
                                         .peer = &peer};
    const struct policy policy = {.rules = rules, .rules_n = n};
    struct policy_answer answer = policy_decide(&policy, &client, NULL, NULL);
    size_t expected =
        reference_decides(texts, n, client.identity, address_octets(&peer, octets) ? octets : NULL);
    if ((answer.rule ? (size_t)(answer.rule - rules) : RULES_MAX) != expected ||
        answer.allowed != (expected < n && texts[expected].allow)) {
        fail_msg("seed %u", seed);
    }
    arena_deinit(&arena);
}

static void the_same_as_a_slow_reference(void **unused)
{
    for (unsigned seed = 0; seed < 50000; seed++) {
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
