/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A policy: ordered rules over a client's certificate and address. The first rule that matches
 * decides; when none does, the request is denied. It takes values and returns values, and does no
 * I/O.
 */
#ifndef POLICY_POLICY_H
#define POLICY_POLICY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/compiler.h"
#include "base/error.h"
#include "base/str.h"
#include "net/address.h"
#include "policy/identity.h"
#include "policy/sieve.h"
#include "script/geo.h"

/* What one condition asks for. */
enum condition_kind {
    CONDITION_ALL,      /* "all": every request, with or without a certificate */
    CONDITION_VERIFIED, /* "verified": every verified certificate */
    CONDITION_SUBJECT,  /* "subject.CN=alice": some attribute of the subject has this type and value
                         */
    CONDITION_ISSUER,   /* "issuer.CN=Staff CA": the same of the issuer */
    CONDITION_DNS,      /* "dns=a.example.com", "dns=*.example.com": one label for the star */
    CONDITION_EMAIL,    /* "email=alice@example.com", "email=*@example.com" */
    CONDITION_URI, /* "uri=spiffe://example.com/web", "uri=spiffe://example.com/ns/…/" and a star:
                      anything below */
    CONDITION_IP,  /* "ip=192.0.2.1", "ip=2001:db8::/32": an iPAddress of the certificate */
    CONDITION_UPN, /* "upn=alice@corp.example", "upn=*@corp.example" (Microsoft's user principal
                      name) */
    CONDITION_FINGERPRINT, /* "fingerprint=SHA-256 of the certificate", 64 hexadecimal digits, ':'
                              between octets allowed */
    CONDITION_KEY,         /* "key=SHA-256 of the public key" */
    CONDITION_SERIAL, /* "serial=0A1B"; a rule that has it must name an issuer attribute as well */
    CONDITION_POLICY_OID, /* "policy=1.3.6.1.4.1.…" */
    CONDITION_EKU,        /* "eku=clientAuth", "eku=1.3.6…" */
    CONDITION_NETWORK,    /* "network=10.0.0.0/8": the client's address; "network=unix:" */
};

struct rule_condition {
    enum condition_kind kind;
    struct str text;      /* as written; the loader adds the quotes that a configuration needs */
    struct str attribute; /* CONDITION_SUBJECT, _ISSUER: "CN", "O", … or an OID, as cert_attributes
                             names it */
    struct str value;     /* in the form of comparison; a wild one without its star */
    bool wild;
    bool unix_only; /* CONDITION_NETWORK */
    unsigned char digest[IDENTITY_DIGEST_LEN];
    struct network network; /* CONDITION_IP, CONDITION_NETWORK */
};

/* All conditions of a rule must hold. */
struct rule {
    struct rule_sieve sieve; /* of its conditions */
    bool allow;
    struct rule_condition *conditions;
    size_t conditions_n; /* at least 1 */
    const char *file;    /* the place of the rule */
    unsigned line;
};

struct policy {
    struct str name;
    struct rule *rules;
    size_t rules_n;
    const char *file;
    unsigned line;
};

/* "subject.CN=alice" and the like, as one argument of a rule. False with err: what is wrong with
 * it. The result lies in the arena. */
MUST_CHECK bool rule_condition_parse(struct str text, struct arena *arena,
                                     struct rule_condition *out, struct error *err);
/* A rule of these arguments; checks what conditions need of each other. */
MUST_CHECK bool rule_parse(bool allow, const struct str *args, size_t n, struct arena *arena,
                           struct rule *out, struct error *err);

/* Who asks. */
struct policy_client {
    const struct identity *identity; /* NULL: no verified certificate, or not known which */
    bool certificate_unknown;        /* a verified certificate, but not known which */
    const struct address *peer;      /* NULL: not known */
};

enum rule_match { RULE_FAILS, RULE_HOLDS, RULE_UNKNOWN };

/* Whether all conditions of the rule hold. RULE_UNKNOWN only if none fails for certain. */
enum rule_match rule_match(const struct rule *rule, const struct policy_client *client);

/* What decided. */
struct policy_answer {
    bool allowed;
    const struct rule *rule; /* NULL: none matched, so it is denied */
};

/*
 * What serves, checks and explains decides by this. `suppose` says whether a rule that is
 * RULE_UNKNOWN matches; NULL: it cannot be told, and the request is denied.
 */
struct policy_answer policy_decide(const struct policy *policy, const struct policy_client *client,
                                   bool (*suppose)(void *arg, const struct rule *rule), void *arg);

/* "allow subject.CN=alice network=10.0.0.0/8", for messages: as in a configuration. In the arena.
 */
struct str rule_text(const struct rule *rule, struct arena *arena);

#endif
