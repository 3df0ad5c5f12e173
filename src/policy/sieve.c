/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/sieve.h"

#include <string.h>

#include "policy/policy.h"

/* More segments than any URI in use has: then every bit is set. */
enum { PREFIXES_MAX = 64 };

/* What a value is one of; the same text as a DNS name and as a mail address are two values. */
enum tag {
    TAG_CERTIFICATE, /* every certificate has it */
    TAG_SUBJECT,
    TAG_ISSUER,
    TAG_DNS,
    TAG_DNS_BELOW,
    TAG_EMAIL,
    TAG_EMAIL_DOMAIN,
    TAG_UPN,
    TAG_UPN_DOMAIN,
    TAG_URI,
    TAG_URI_BELOW,
    TAG_FINGERPRINT,
    TAG_KEY,
    TAG_SERIAL,
    TAG_POLICY,
    TAG_USE,
};

/* --- digests: FNV-1a of 64 bits --- */

static uint64_t digest_begin(enum tag tag)
{
    return (UINT64_C(14695981039346656037) ^ tag) * UINT64_C(1099511628211);
}

static uint64_t digest_octet(uint64_t digest, char c)
{
    return (digest ^ (unsigned char)c) * UINT64_C(1099511628211);
}

static uint64_t digest_text(uint64_t digest, struct str text)
{
    for (size_t i = 0; i < text.n; i++) {
        digest = digest_octet(digest, text.p[i]);
    }
    return digest;
}

static uint64_t digest_lower(uint64_t digest, struct str text)
{
    for (size_t i = 0; i < text.n; i++) {
        digest = digest_octet(digest, char_lower(text.p[i]));
    }
    return digest;
}

/* Four bits, from the better half of the product: of a certificate with twenty values, one rule in
 * two hundred passes by chance. */
static void bits_add(struct sieve_bits *bits, uint64_t digest)
{
    digest ^= digest >> 32;
    digest *= UINT64_C(0x9e3779b97f4a7c15);
    for (unsigned shift = 32; shift <= 56; shift += 8) {
        unsigned bit = (unsigned)(digest >> shift) & 255;
        bits->words[bit / 64] |= UINT64_C(1) << bit % 64;
    }
}

static void bits_add_text(struct sieve_bits *bits, enum tag tag, struct str text)
{
    bits_add(bits, digest_text(digest_begin(tag), text));
}

static void bits_add_attribute(struct sieve_bits *bits, enum tag tag, struct str attribute,
                               struct str value)
{
    uint64_t digest = digest_octet(digest_text(digest_begin(tag), attribute), '=');
    bits_add(bits, digest_text(digest, value));
}

static void bits_add_digest(struct sieve_bits *bits, enum tag tag,
                            const unsigned char value[static IDENTITY_DIGEST_LEN])
{
    bits_add_text(bits, tag, (struct str){(const char *)value, IDENTITY_DIGEST_LEN});
}

static void bits_fill(struct sieve_bits *bits)
{
    memset(bits, 0xff, sizeof(*bits));
}

/* --- addresses --- */

static struct sieve_address address_words(const unsigned char octets[static 16])
{
    struct sieve_address address = {{0, 0}};
    for (size_t i = 0; i < 16; i++) {
        address.words[i / 8] = address.words[i / 8] << 8 | octets[i];
    }
    return address;
}

static struct sieve_address mask_of(unsigned bits)
{
    unsigned high = bits > 64 ? 64 : bits;
    unsigned low = bits - high;
    return (struct sieve_address){
        {high ? ~UINT64_C(0) << (64 - high) : 0, low ? ~UINT64_C(0) << (64 - low) : 0}};
}

/* --- what a certificate has --- */

/* Everything that a "URI/" before a star can be. */
static void add_uri(struct sieve_bits *bits, struct str uri)
{
    uint64_t digest = digest_begin(TAG_URI_BELOW);
    size_t prefixes = 0;
    bits_add_text(bits, TAG_URI, uri);
    for (size_t i = 0; i < uri.n; i++) {
        digest = digest_octet(digest, uri.p[i]);
        if (uri.p[i] == '/') {
            bits_add(bits, digest);
            if (++prefixes == PREFIXES_MAX) {
                bits_fill(bits);
                return;
            }
        }
    }
}

static void add_mail(struct sieve_bits *bits, enum tag whole, enum tag domain_only, struct str mail)
{
    size_t at = str_find(mail, '@');
    struct str local = str_head(mail, at);
    struct str domain = str_skip(mail, at);
    uint64_t digest = digest_begin(whole);
    digest = whole == TAG_UPN ? digest_lower(digest, local) : digest_text(digest, local);
    bits_add(bits, digest_lower(digest, domain));
    bits_add(bits, digest_lower(digest_begin(domain_only), domain));
}

static void add_dns(struct sieve_bits *bits, struct str name)
{
    bits_add(bits, digest_lower(digest_begin(TAG_DNS), name));
    bits_add(bits, digest_lower(digest_begin(TAG_DNS_BELOW), str_skip(name, str_find(name, '.'))));
}

static void add_alternative(struct sieve_bits *bits, const struct cert_name *name)
{
    if (str_eq(name->kind, STR("DNS"))) {
        add_dns(bits, name->value);
    } else if (str_eq(name->kind, STR("email"))) {
        add_mail(bits, TAG_EMAIL, TAG_EMAIL_DOMAIN, name->value);
    } else if (str_eq(name->kind, STR("UPN"))) {
        add_mail(bits, TAG_UPN, TAG_UPN_DOMAIN, name->value);
    } else if (str_eq(name->kind, STR("URI"))) {
        add_uri(bits, name->value);
    }
}

struct certificate_sieve sieve_of_certificate(const struct identity *identity, struct arena *arena)
{
    struct certificate_sieve sieve = {.addresses_n = 0};
    const struct cert_names *names = &identity->alternatives;
    struct sieve_address *addresses = arena_alloc(arena, (names->n + 1) * sizeof(*addresses));
    bits_add_text(&sieve.bits, TAG_CERTIFICATE, STR(""));
    for (size_t i = 0; i < identity->subject.n; i++) {
        const struct cert_name *name = &identity->subject.items[i];
        bits_add_attribute(&sieve.bits, TAG_SUBJECT, name->kind, name->value);
    }
    for (size_t i = 0; i < identity->issuer.n; i++) {
        const struct cert_name *name = &identity->issuer.items[i];
        bits_add_attribute(&sieve.bits, TAG_ISSUER, name->kind, name->value);
    }
    for (size_t i = 0; i < names->n; i++) {
        struct ip ip;
        add_alternative(&sieve.bits, &names->items[i]);
        if (str_eq(names->items[i].kind, STR("IP")) && ip_parse(names->items[i].value, &ip)) {
            addresses[sieve.addresses_n++] = address_words(ip.b);
        }
    }
    bits_add_digest(&sieve.bits, TAG_FINGERPRINT, identity->certificate);
    bits_add_digest(&sieve.bits, TAG_KEY, identity->key);
    bits_add_text(&sieve.bits, TAG_SERIAL, identity->serial);
    for (size_t i = 0; i < identity->policies_n; i++) {
        bits_add_text(&sieve.bits, TAG_POLICY, identity->policies[i]);
    }
    for (size_t i = 0; i < identity->uses_n; i++) {
        bits_add_text(&sieve.bits, TAG_USE, identity->uses[i]);
    }
    sieve.addresses = addresses;
    return sieve;
}

/* --- what a rule asks for --- */

static void add_condition(struct sieve_bits *bits, const struct rule_condition *condition)
{
    struct str value = condition->value;
    bool wild = condition->wild;
    switch (condition->kind) {
    case CONDITION_SUBJECT:
        bits_add_attribute(bits, TAG_SUBJECT, condition->attribute, value);
        break;
    case CONDITION_ISSUER: bits_add_attribute(bits, TAG_ISSUER, condition->attribute, value); break;
    case CONDITION_DNS: bits_add_text(bits, wild ? TAG_DNS_BELOW : TAG_DNS, value); break;
    case CONDITION_EMAIL: bits_add_text(bits, wild ? TAG_EMAIL_DOMAIN : TAG_EMAIL, value); break;
    case CONDITION_UPN: bits_add_text(bits, wild ? TAG_UPN_DOMAIN : TAG_UPN, value); break;
    case CONDITION_URI: bits_add_text(bits, wild ? TAG_URI_BELOW : TAG_URI, value); break;
    case CONDITION_FINGERPRINT: bits_add_digest(bits, TAG_FINGERPRINT, condition->digest); break;
    case CONDITION_KEY: bits_add_digest(bits, TAG_KEY, condition->digest); break;
    case CONDITION_SERIAL: bits_add_text(bits, TAG_SERIAL, value); break;
    case CONDITION_POLICY_OID: bits_add_text(bits, TAG_POLICY, value); break;
    case CONDITION_EKU: bits_add_text(bits, TAG_USE, value); break;
    case CONDITION_ALL:
    case CONDITION_VERIFIED:
    case CONDITION_IP:
    case CONDITION_NETWORK: break;
    }
}

struct rule_sieve sieve_of_rule(const struct rule *rule)
{
    struct rule_sieve sieve = {.whose = SIEVE_NO_ADDRESS};
    unsigned longest = 0;
    for (size_t i = 0; i < rule->conditions_n; i++) {
        const struct rule_condition *condition = &rule->conditions[i];
        bool of_client = condition->kind == CONDITION_ALL || condition->kind == CONDITION_NETWORK;
        bool has_network = condition->kind == CONDITION_IP ||
                           (condition->kind == CONDITION_NETWORK && !condition->unix_only);
        if (!of_client) {
            bits_add_text(&sieve.bits, TAG_CERTIFICATE, STR(""));
        }
        add_condition(&sieve.bits, condition);
        if (has_network && condition->network.bits >= longest) {
            longest = condition->network.bits;
            sieve.whose = of_client ? SIEVE_OF_CLIENT : SIEVE_OF_CERTIFICATE;
            sieve.mask = mask_of(longest);
            sieve.wanted = address_words(condition->network.address.b);
        }
    }
    return sieve;
}

/* --- the comparison --- */

struct client_sieve sieve_of_client(const struct policy_client *client)
{
    struct client_sieve sieve = {.peer_unknown = !client->peer,
                                 .certificate_unknown = client->certificate_unknown};
    unsigned char octets[16];
    if (client->identity) {
        sieve.certificate_unknown = false;
        sieve.bits = client->identity->sieve.bits;
        sieve.addresses = client->identity->sieve.addresses;
        sieve.addresses_n = client->identity->sieve.addresses_n;
    } else if (client->certificate_unknown) {
        bits_fill(&sieve.bits);
    }
    sieve.has_ip = client->peer && address_octets(client->peer, octets);
    if (sieve.has_ip) {
        sieve.peer = address_words(octets);
    }
    return sieve;
}
