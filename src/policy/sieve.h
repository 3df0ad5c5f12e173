/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tells at once that most rules cannot match. Each exact value that a rule asks for is a few bits
 * of a set, and so is each value that a certificate has: a rule whose bits a client lacks cannot
 * match it. Addresses are compared under a mask. What passes the sieve is still to be matched: it
 * lets through too much, and never too little.
 */
#ifndef POLICY_SIEVE_H
#define POLICY_SIEVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

struct identity;
struct policy_client;
struct rule;

enum { SIEVE_WORDS = 4 };

struct sieve_bits {
    uint64_t words[SIEVE_WORDS];
};

/* An address of 16 octets as two numbers, big end first. */
struct sieve_address {
    uint64_t words[2];
};

/* What a certificate has. */
struct certificate_sieve {
    struct sieve_bits bits;
    const struct sieve_address *addresses; /* of subjectAltName */
    size_t addresses_n;
};

/* Whose address a rule asks for. */
enum sieve_whose { SIEVE_NO_ADDRESS, SIEVE_OF_CLIENT, SIEVE_OF_CERTIFICATE };

/* What a rule asks for: one line of the processor's cache, and whose address it is. */
struct rule_sieve {
    struct sieve_bits bits;
    struct sieve_address mask;
    struct sieve_address wanted; /* the longest of its networks */
    enum sieve_whose whose;
};

/* What a client has: made for each decision. */
struct client_sieve {
    struct sieve_bits bits;                /* all of them: its certificate is not known */
    const struct sieve_address *addresses; /* of its certificate */
    size_t addresses_n;
    struct sieve_address peer;
    bool has_ip; /* false: it came by a Unix socket */
    bool peer_unknown;
    bool certificate_unknown;
};

/* Its addresses are in the arena. */
struct certificate_sieve sieve_of_certificate(const struct identity *identity, struct arena *arena);
struct rule_sieve sieve_of_rule(const struct rule *rule);
struct client_sieve sieve_of_client(const struct policy_client *client);

static inline bool sieve_has(const struct rule_sieve *rule, const struct sieve_address *address)
{
    return (((address->words[0] & rule->mask.words[0]) ^ rule->wanted.words[0]) |
            ((address->words[1] & rule->mask.words[1]) ^ rule->wanted.words[1])) == 0;
}

static inline bool sieve_has_any(const struct rule_sieve *rule, const struct client_sieve *client)
{
    for (size_t i = 0; i < client->addresses_n; i++) {
        if (sieve_has(rule, &client->addresses[i])) {
            return true;
        }
    }
    return client->certificate_unknown;
}

/* False: some condition of the rule fails for certain. Inline, since it is asked for each rule. */
static inline bool sieve_passes(const struct rule_sieve *rule, const struct client_sieve *client)
{
    uint64_t lacking = 0;
    for (size_t i = 0; i < SIEVE_WORDS; i++) {
        lacking |= rule->bits.words[i] & ~client->bits.words[i];
    }
    if (lacking) {
        return false;
    }
    switch (rule->whose) {
    case SIEVE_OF_CLIENT:
        return client->peer_unknown || (client->has_ip && sieve_has(rule, &client->peer));
    case SIEVE_OF_CERTIFICATE: return sieve_has_any(rule, client);
    case SIEVE_NO_ADDRESS: break;
    }
    return true;
}

#endif
