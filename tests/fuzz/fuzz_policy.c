/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rules and a certificate. The first lines are rules, "allow CONDITION…", with "|" between the
 * conditions; behind an empty line come the fields of a certificate, a kind, a blank and a value
 * each: "subject.CN alice", "DNS a.test", "peer 10.1.2.3", "der HEX" for a whole certificate. What
 * a policy decides must be what a slow reference says.
 */
#include <openssl/err.h>
#include <stdint.h>
#include <stdlib.h>

#include "../unit/policy_reference.h"
#include "base/vec.h"
#include "policy/policy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { WORDS_MAX = 8, RULES_MAX = 32 };

struct fuzzed {
    struct arena arena;
    struct rule *rules;
    size_t rules_n;
    struct identity *identity;
    bool has_certificate;
    struct address peer;
    bool has_peer;
};

static void read_rule(struct fuzzed *fuzzed, struct str line)
{
    struct str args[WORDS_MAX];
    size_t n = 0;
    struct rule rule;
    struct error err;
    struct str word = str_split(&line, ' ');
    while (line.n && n < WORDS_MAX) {
        args[n++] = str_split(&line, '|');
    }
    if (fuzzed->rules_n < RULES_MAX &&
        rule_parse(str_eq(word, STR("allow")), args, n, &fuzzed->arena, &rule, &err)) {
        struct rule *slot =
            vec_push(&fuzzed->arena, &fuzzed->rules, &fuzzed->rules_n, sizeof(*slot));
        *slot = rule;
    }
}

static void push_name(struct fuzzed *fuzzed, struct cert_names *names, struct str kind,
                      struct str value)
{
    struct cert_name *slot = vec_push(&fuzzed->arena, &names->items, &names->n, sizeof(*slot));
    *slot = (struct cert_name){kind, value};
}

static void push_oid(struct fuzzed *fuzzed, struct str **items, size_t *n, struct str value)
{
    struct str *slot = vec_push(&fuzzed->arena, items, n, sizeof(*slot));
    *slot = value;
}

static void fill_digest(unsigned char out[static IDENTITY_DIGEST_LEN], struct str value)
{
    for (size_t i = 0; i < IDENTITY_DIGEST_LEN && 2 * i + 1 < value.n; i++) {
        out[i] = (unsigned char)((unsigned)char_hex(value.p[2 * i]) << 4 |
                                 (char_hex(value.p[2 * i + 1]) & 15));
    }
}

/* A whole certificate replaces the fields before it. */
static void read_der(struct fuzzed *fuzzed, struct str value)
{
    unsigned char *der = arena_alloc(&fuzzed->arena, value.n / 2 + 1);
    for (size_t i = 0; 2 * i + 1 < value.n; i++) {
        der[i] = (unsigned char)((unsigned)char_hex(value.p[2 * i]) << 4 |
                                 (char_hex(value.p[2 * i + 1]) & 15));
    }
    const unsigned char *p = der;
    X509 *cert = d2i_X509(NULL, &p, (long)(value.n / 2));
    if (cert) {
        fuzzed->identity = identity_of(cert, &fuzzed->arena);
        fuzzed->has_certificate = true;
    }
    X509_free(cert);
    ERR_clear_error();
}

static void read_field(struct fuzzed *fuzzed, struct str line)
{
    struct identity *identity = fuzzed->identity;
    struct str value = line;
    struct str kind = str_split(&value, ' ');
    if (str_eq(kind, STR("peer"))) {
        fuzzed->has_peer = address_parse(value, 80, &fuzzed->peer);
        return;
    }
    fuzzed->has_certificate = true;
    if (str_starts(kind, STR("subject."))) {
        push_name(fuzzed, &identity->subject, str_skip(kind, 8), value);
    } else if (str_starts(kind, STR("issuer."))) {
        push_name(fuzzed, &identity->issuer, str_skip(kind, 7), value);
    } else if (str_eq(kind, STR("policy"))) {
        push_oid(fuzzed, &identity->policies, &identity->policies_n, value);
    } else if (str_eq(kind, STR("eku"))) {
        push_oid(fuzzed, &identity->uses, &identity->uses_n, value);
    } else if (str_eq(kind, STR("fingerprint"))) {
        fill_digest(identity->certificate, value);
    } else if (str_eq(kind, STR("key"))) {
        fill_digest(identity->key, value);
    } else if (str_eq(kind, STR("malformed"))) {
        identity->malformed = true;
    } else if (str_eq(kind, STR("der"))) {
        read_der(fuzzed, value);
    } else {
        push_name(fuzzed, &identity->alternatives, kind, value);
    }
}

static void read_all(struct fuzzed *fuzzed, struct str text)
{
    bool rules = true;
    while (text.n) {
        struct str line = str_split(&text, '\n');
        if (rules && line.n) {
            read_rule(fuzzed, line);
        } else if (line.n) {
            read_field(fuzzed, line);
        }
        rules = rules && line.n;
    }
}

/* Names that are one of ours in the reference's form of a certificate: the canonical ones. */
static bool rule_holds(struct fuzzed *fuzzed, const struct rule *rule)
{
    unsigned char octets[16];
    bool has_ip = address_octets(&fuzzed->peer, octets);
    for (size_t i = 0; i < rule->conditions_n; i++) {
        const char *text = arena_cstr(&fuzzed->arena, rule->conditions[i].text);
        if (!reference_holds(text, fuzzed->has_certificate ? fuzzed->identity : NULL,
                             has_ip ? octets : NULL)) {
            return false;
        }
    }
    return true;
}

static void compare(struct fuzzed *fuzzed)
{
    const struct identity *identity = fuzzed->has_certificate ? fuzzed->identity : NULL;
    const struct policy_client client = {.identity = identity, .peer = &fuzzed->peer};
    const struct policy policy = {.rules = fuzzed->rules, .rules_n = fuzzed->rules_n};
    struct policy_answer answer = policy_decide(&policy, &client, NULL, NULL);
    const struct rule *decides = NULL;
    for (size_t i = 0; i < fuzzed->rules_n && !decides; i++) {
        decides = rule_holds(fuzzed, &fuzzed->rules[i]) ? &fuzzed->rules[i] : NULL;
    }
    bool malformed = identity && identity->malformed;
    if (answer.rule != decides || answer.allowed != (decides && decides->allow && !malformed)) {
        abort();
    }
    /* Of a client that is not known nothing is said that could not be so. */
    const struct policy_client unknown = {.certificate_unknown = true};
    for (size_t i = 0; identity && i < fuzzed->rules_n; i++) {
        if (rule_match(&fuzzed->rules[i], &unknown) == RULE_FAILS) {
            abort();
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzzed fuzzed = {.rules_n = 0};
    arena_init(&fuzzed.arena, 0);
    fuzzed.identity = arena_zalloc(&fuzzed.arena, sizeof(*fuzzed.identity));
    fuzzed.identity->serial = STR("0A1B");
    read_all(&fuzzed, (struct str){(const char *)data, size});
    if (!fuzzed.has_peer && !address_parse(STR("unix:/run/x"), 0, &fuzzed.peer)) {
        abort();
    }
    fuzzed.identity->sieve = sieve_of_certificate(fuzzed.identity, &fuzzed.arena);
    compare(&fuzzed);
    arena_deinit(&fuzzed.arena);
    return 0;
}
