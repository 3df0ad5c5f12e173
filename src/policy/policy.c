/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/policy.h"

#include <assert.h>
#include <string.h>

static bool holds_attribute(const struct rule_condition *condition, const struct cert_names *names)
{
    for (size_t i = 0; i < names->n; i++) {
        if (str_eq(names->items[i].value, condition->value) &&
            str_eq(names->items[i].kind, condition->attribute)) {
            return true;
        }
    }
    return false;
}

/* --- alternative names --- */

static bool is_label(struct str label)
{
    for (size_t i = 0; i < label.n; i++) {
        char c = label.p[i];
        if (!char_is_alnum(c) && c != '-' && c != '_') {
            return false;
        }
    }
    return label.n > 0;
}

static bool dns_matches(const struct rule_condition *condition, struct str name)
{
    if (!condition->wild) {
        return str_ieq(name, condition->value);
    }
    size_t dot = str_find(name, '.');
    return dot < name.n && is_label(str_head(name, dot)) &&
           str_ieq(str_skip(name, dot), condition->value);
}

/* Any local part that cannot be taken for another address. */
static bool is_local_part(struct str local)
{
    for (size_t i = 0; i < local.n; i++) {
        if (local.p[i] <= ' ' || local.p[i] > '~' || strchr("@\"(),:;<>[\\]", local.p[i])) {
            return false;
        }
    }
    return local.n > 0;
}

static bool mail_matches(const struct rule_condition *condition, struct str address)
{
    size_t at = str_find(address, '@');
    struct str local = str_head(address, at);
    struct str domain = str_skip(address, at);
    if (at >= address.n || str_find(str_skip(domain, 1), '@') < domain.n - 1) {
        return false;
    }
    if (condition->wild) {
        return is_local_part(local) && str_ieq(domain, condition->value);
    }
    size_t own = str_find(condition->value, '@');
    struct str asked = str_head(condition->value, own);
    return (condition->kind == CONDITION_UPN ? str_ieq(local, asked) : str_eq(local, asked)) &&
           str_ieq(domain, str_skip(condition->value, own));
}

/* What may stand for the star: whole segments, none of which leads up or needs decoding. */
static bool is_plain_path(struct str path)
{
    while (path.n) {
        size_t end = str_find(path, '/');
        struct str segment = str_head(path, end);
        if (segment.n == 0 || str_eq(segment, STR(".")) || str_eq(segment, STR(".."))) {
            return false;
        }
        for (size_t i = 0; i < segment.n; i++) {
            char c = segment.p[i];
            if (!char_is_alnum(c) && c != '.' && c != '_' && c != '~' && c != '-') {
                return false;
            }
        }
        if (end >= path.n) {
            return true;
        }
        path = str_skip(path, end + 1);
    }
    return false; /* nothing, or nothing behind the last slash */
}

static bool uri_matches(const struct rule_condition *condition, struct str uri)
{
    if (!condition->wild) {
        return str_eq(uri, condition->value);
    }
    return str_starts(uri, condition->value) && is_plain_path(str_skip(uri, condition->value.n));
}

static bool address_matches(const struct rule_condition *condition, struct str text)
{
    struct ip ip;
    return ip_parse(text, &ip) && network_has(&condition->network, &ip);
}

static bool holds_alternative(const struct rule_condition *condition,
                              const struct cert_names *names)
{
    static const struct {
        struct str kind;
        bool (*matches)(const struct rule_condition *condition, struct str value);
    } FORMS[] = {
        [CONDITION_DNS] = {STR_INIT("DNS"), dns_matches},
        [CONDITION_EMAIL] = {STR_INIT("email"), mail_matches},
        [CONDITION_URI] = {STR_INIT("URI"), uri_matches},
        [CONDITION_IP] = {STR_INIT("IP"), address_matches},
        [CONDITION_UPN] = {STR_INIT("UPN"), mail_matches},
    };
    assert(condition->kind < COUNT_OF(FORMS) && FORMS[condition->kind].matches);
    for (size_t i = 0; i < names->n; i++) {
        if (str_eq(names->items[i].kind, FORMS[condition->kind].kind) &&
            FORMS[condition->kind].matches(condition, names->items[i].value)) {
            return true;
        }
    }
    return false;
}

static bool holds_oid(struct str oid, const struct str *items, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (str_eq(items[i], oid)) {
            return true;
        }
    }
    return false;
}

/* --- the address --- */

static bool peer_matches(const struct rule_condition *condition, const struct address *peer)
{
    struct ip ip;
    bool has_ip = address_octets(peer, ip.b);
    return condition->unix_only ? !has_ip : has_ip && network_has(&condition->network, &ip);
}

/* --- rules --- */

static bool holds_for_certificate(const struct rule_condition *condition,
                                  const struct identity *identity)
{
    switch (condition->kind) {
    case CONDITION_SUBJECT: return holds_attribute(condition, &identity->subject);
    case CONDITION_ISSUER: return holds_attribute(condition, &identity->issuer);
    case CONDITION_FINGERPRINT:
        return memcmp(condition->digest, identity->certificate, IDENTITY_DIGEST_LEN) == 0;
    case CONDITION_KEY: return memcmp(condition->digest, identity->key, IDENTITY_DIGEST_LEN) == 0;
    case CONDITION_SERIAL: return str_eq(condition->value, identity->serial);
    case CONDITION_POLICY_OID:
        return holds_oid(condition->value, identity->policies, identity->policies_n);
    case CONDITION_EKU: return holds_oid(condition->value, identity->uses, identity->uses_n);
    default: return holds_alternative(condition, &identity->alternatives);
    }
}

static enum rule_match condition_match(const struct rule_condition *condition,
                                       const struct policy_client *client)
{
    bool verified = client->identity || client->certificate_unknown;
    switch (condition->kind) {
    case CONDITION_ALL: return RULE_HOLDS;
    case CONDITION_VERIFIED: return verified ? RULE_HOLDS : RULE_FAILS;
    case CONDITION_NETWORK:
        return !client->peer                           ? RULE_UNKNOWN
               : peer_matches(condition, client->peer) ? RULE_HOLDS
                                                       : RULE_FAILS;
    default: break;
    }
    if (!client->identity) {
        return client->certificate_unknown ? RULE_UNKNOWN : RULE_FAILS;
    }
    return holds_for_certificate(condition, client->identity) ? RULE_HOLDS : RULE_FAILS;
}

enum rule_match rule_match(const struct rule *rule, const struct policy_client *client)
{
    enum rule_match match = RULE_HOLDS;
    assert(rule->conditions_n > 0);
    for (size_t i = 0; i < rule->conditions_n; i++) {
        enum rule_match one = condition_match(&rule->conditions[i], client);
        if (one == RULE_FAILS) {
            return RULE_FAILS;
        }
        match = one == RULE_UNKNOWN ? RULE_UNKNOWN : match;
    }
    return match;
}

/* A malformed certificate says nothing for certain, so that nothing is allowed for it. */
static struct policy_answer answer_by(const struct rule *rule, const struct policy_client *client)
{
    bool malformed = client->identity && client->identity->malformed;
    return (struct policy_answer){rule->allow && !malformed, rule};
}

struct policy_answer policy_decide(const struct policy *policy, const struct policy_client *client,
                                   bool (*suppose)(void *arg, const struct rule *rule), void *arg)
{
    struct client_sieve sieve = sieve_of_client(client);
    for (size_t i = 0; i < policy->rules_n; i++) {
        const struct rule *rule = &policy->rules[i];
        if (!sieve_passes(&rule->sieve, &sieve)) {
            continue;
        }
        enum rule_match match = rule_match(rule, client);
        if (match == RULE_UNKNOWN && !suppose) {
            return (struct policy_answer){false, rule};
        }
        if (match == RULE_HOLDS || (match == RULE_UNKNOWN && suppose(arg, rule))) {
            return answer_by(rule, client);
        }
    }
    return (struct policy_answer){false, NULL};
}

struct str rule_text(const struct rule *rule, struct arena *arena)
{
    struct str *words = arena_alloc(arena, (rule->conditions_n + 1) * sizeof(struct str));
    words[0] = rule->allow ? STR("allow") : STR("deny");
    for (size_t i = 0; i < rule->conditions_n; i++) {
        words[i + 1] = rule->conditions[i].text;
    }
    return arena_join(arena, words, rule->conditions_n + 1, STR(" "));
}
