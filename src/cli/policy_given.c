/* SPDX-License-Identifier: Apache-2.0 */
/* A certificate from a few of its fields, written as conditions: "subject.CN=alice". */
#include <string.h>

#include "base/vec.h"
#include "cli/policy.h"
#include "policy/policy.h"

enum { IP_BITS = 128 };

static bool refuse_field(struct str text, const char *why, struct error *err)
{
    return error_set(err, "\"%.*s\" is no field of a certificate: %s", STR_ARG(text), why);
}

static void add_name(struct cert_names *names, struct str kind, struct str value,
                     struct arena *arena)
{
    struct cert_name *slot = vec_push(arena, &names->items, &names->n, sizeof(*slot));
    *slot = (struct cert_name){kind, value};
}

static void given_oid_add(struct str **items, size_t *n, struct str oid, struct arena *arena)
{
    struct str *slot = vec_push(arena, items, n, sizeof(*slot));
    *slot = oid;
}

static void set_digest(unsigned char out[static IDENTITY_DIGEST_LEN],
                       const struct rule_condition *condition)
{
    memcpy(out, condition->digest, IDENTITY_DIGEST_LEN);
}

static bool add_field(struct identity *identity, const struct rule_condition *field,
                      struct arena *arena, struct error *err)
{
    struct str value = field->value;
    if (field->wild || (field->kind == CONDITION_IP && field->network.bits != IP_BITS)) {
        return refuse_field(field->text, "write one value", err);
    }
    switch (field->kind) {
    case CONDITION_SUBJECT: add_name(&identity->subject, field->attribute, value, arena); break;
    case CONDITION_ISSUER: add_name(&identity->issuer, field->attribute, value, arena); break;
    case CONDITION_DNS: add_name(&identity->alternatives, STR("DNS"), value, arena); break;
    case CONDITION_EMAIL: add_name(&identity->alternatives, STR("email"), value, arena); break;
    case CONDITION_URI: add_name(&identity->alternatives, STR("URI"), value, arena); break;
    case CONDITION_IP: add_name(&identity->alternatives, STR("IP"), value, arena); break;
    case CONDITION_UPN: add_name(&identity->alternatives, STR("UPN"), value, arena); break;
    case CONDITION_FINGERPRINT: set_digest(identity->certificate, field); break;
    case CONDITION_KEY: set_digest(identity->key, field); break;
    case CONDITION_SERIAL: identity->serial = value; break;
    case CONDITION_POLICY_OID:
        given_oid_add(&identity->policies, &identity->policies_n, value, arena);
        break;
    case CONDITION_EKU: given_oid_add(&identity->uses, &identity->uses_n, value, arena); break;
    case CONDITION_ALL:
    case CONDITION_VERIFIED:
    case CONDITION_NETWORK:
        return refuse_field(field->text, "for the address write \"from ADDRESS\"", err);
    }
    return true;
}

static bool is_single(enum condition_kind kind)
{
    return kind == CONDITION_FINGERPRINT || kind == CONDITION_KEY || kind == CONDITION_SERIAL;
}

bool policy_given(const struct words *words, struct arena *arena, struct identity **out,
                  struct error *err)
{
    struct identity *identity = arena_zalloc(arena, sizeof(*identity));
    unsigned seen = 0;
    for (size_t i = 0; i < words->n; i++) {
        struct rule_condition field;
        if (!rule_condition_parse(words->items[i], arena, &field, err) ||
            !add_field(identity, &field, arena, err)) {
            return false;
        }
        if (is_single(field.kind) && seen & 1U << field.kind) {
            return refuse_field(field.text, "a certificate has only one", err);
        }
        seen |= 1U << field.kind;
    }
    identity->sieve = sieve_of_certificate(identity, arena);
    *out = identity;
    return true;
}
