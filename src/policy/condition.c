/* SPDX-License-Identifier: Apache-2.0 */
/* "subject.CN=alice": reads the conditions of rules. */
#include <string.h>

#include "policy/oid.h"
#include "policy/policy.h"

enum { LABELS_MAX = 253 };

static bool bad_value(struct str text, const char *why, struct error *err)
{
    return error_set(err, "invalid condition \"%.*s\": %s", STR_ARG(text), why);
}

/* --- the kinds --- */

static bool read_attribute(struct str name, struct rule_condition *out, struct arena *arena,
                           struct error *err)
{
    out->attribute = oid_attribute(name, arena);
    if (!out->attribute.n) {
        return bad_value(out->text,
                         "no name of a certificate has such an attribute; write \"CN\", \"O\", "
                         "\"OU\" and the like, or its dotted OID",
                         err);
    }
    return out->value.n || bad_value(out->text, "it has no value", err);
}

static bool is_host_value(struct str name)
{
    size_t label = 0;
    for (size_t i = 0; i < name.n; i++) {
        char c = name.p[i];
        bool plain = char_is_alnum(c) || c == '-' || c == '_';
        if (c == '.' ? label == 0 : !plain) {
            return false;
        }
        label = c == '.' ? 0 : label + 1;
    }
    return label > 0 && name.n <= LABELS_MAX;
}

/* A wild value is ".example.com". */
static bool read_dns(struct rule_condition *out, struct arena *arena, struct error *err)
{
    out->wild = str_starts(out->value, STR("*."));
    struct str name = out->wild ? str_skip(out->value, 2) : out->value;
    if (!is_host_value(name)) {
        return bad_value(out->text, "it must be a DNS name, or \"*.\" and a DNS name", err);
    }
    out->value = arena_lower(arena, out->wild ? str_skip(out->value, 1) : name);
    return true;
}

/* A wild value is "@example.com". */
static bool read_address_of_mail(struct rule_condition *out, struct arena *arena, struct error *err)
{
    size_t at = str_find(out->value, '@');
    struct str domain = str_skip(out->value, at < out->value.n ? at + 1 : at);
    struct str local = str_head(out->value, at);
    out->wild = str_eq(local, STR("*"));
    bool has_star = !out->wild && str_find(out->value, '*') < out->value.n;
    if (local.n == 0 || has_star || !is_host_value(domain)) {
        return bad_value(out->text, "it must be name@domain or *@domain", err);
    }
    struct str lower = arena_lower(arena, str_skip(out->value, at));
    if (out->wild) {
        out->value = lower;
    } else {
        local = out->kind == CONDITION_UPN ? arena_lower(arena, local) : local;
        out->value = arena_concat(arena, local, lower);
    }
    return true;
}

/* RFC 3986, 3.1. */
static bool is_scheme(struct str scheme)
{
    for (size_t i = 0; i < scheme.n; i++) {
        char c = scheme.p[i];
        bool inner = char_is_digit(c) || c == '+' || c == '-' || c == '.';
        if (!char_is_alnum(c) && !inner) {
            return false;
        }
    }
    return scheme.n > 0 && !char_is_digit(scheme.p[0]) && char_is_alnum(scheme.p[0]);
}

/* "user@host:port" without "user@" and ":port" (RFC 3986, 3.2). */
static bool has_host(struct str authority)
{
    size_t at = str_rfind(authority, '@');
    struct str host = at < authority.n ? str_skip(authority, at + 1) : authority;
    return host.n > 0 && host.p[0] != ':';
}

/* "." and "..", also as "%2e": what stands below is not below it for all who read it. */
static bool is_dots(struct str segment)
{
    size_t dots = 0;
    while (segment.n) {
        bool encoded = str_istarts(segment, STR("%2e"));
        if (!encoded && segment.p[0] != '.') {
            return false;
        }
        segment = str_skip(segment, encoded ? 3 : 1);
        dots++;
    }
    return dots == 1 || dots == 2;
}

/* What stands between the host and the star, "/a/b/": whole segments of a path. */
static bool is_wild_path(struct str path)
{
    if (!str_starts(path, STR("/"))) {
        return false;
    }
    path = str_skip(path, 1);
    while (path.n) {
        struct str segment = str_split(&path, '/');
        if (segment.n == 0 || is_dots(segment) || str_find(segment, '?') < segment.n ||
            str_find(segment, '#') < segment.n) {
            return false;
        }
    }
    return true;
}

/* A wild value ends with its slash. The star may not stand for an authority or a part of one. */
static bool read_uri(struct rule_condition *out, struct error *err)
{
    struct str uri = out->value;
    size_t colon = str_search(uri, STR("://"));
    size_t star = str_find(uri, '*');
    if (colon >= uri.n || !is_scheme(str_head(uri, colon))) {
        return bad_value(out->text, "it must be a URI with a scheme and \"://\"", err);
    }
    for (size_t i = 0; i < uri.n; i++) {
        if ((unsigned char)uri.p[i] > 0x7e) {
            return bad_value(out->text, "a certificate has URIs in ASCII (RFC 5280, 4.2.1.6)", err);
        }
    }
    out->wild = str_ends(uri, STR("/*"));
    if (star < uri.n && (star != uri.n - 1 || !out->wild)) {
        return bad_value(out->text, "\"*\" may only stand at the end, behind a \"/\"", err);
    }
    out->value = out->wild ? str_head(uri, uri.n - 1) : uri;
    struct str rest = str_skip(out->value, colon + 3);
    size_t end = 0;
    while (end < rest.n && !strchr("/?#", rest.p[end])) {
        end++;
    }
    if (!has_host(str_head(rest, end))) {
        return bad_value(out->text, "it has no host behind \"://\"", err);
    }
    return !out->wild || is_wild_path(str_skip(rest, end)) ||
           bad_value(out->text,
                     "before \"/*\" there must be whole segments of a path: none that is empty, "
                     "\".\" or \"..\", and no \"?\" or \"#\"",
                     err);
}

static bool read_address_range(struct rule_condition *out, struct error *err)
{
    bool cleared = false;
    out->unix_only = out->kind == CONDITION_NETWORK && str_eq(out->value, STR("unix:"));
    if (out->unix_only) {
        return true;
    }
    if (!network_parse(out->value, &out->network, &cleared)) {
        return bad_value(out->text, "it must be an address or a network", err);
    }
    return !cleared ||
           bad_value(out->text, "bits of the address are set behind the length of the network",
                     err);
}

static bool read_digest(struct rule_condition *out, struct error *err)
{
    size_t n = 0; /* hexadecimal digits */
    for (size_t i = 0; i < out->value.n; i++) {
        int digit = char_hex(out->value.p[i]);
        if (out->value.p[i] == ':' && n % 2 == 0 && n > 0 && i + 1 < out->value.n &&
            out->value.p[i - 1] != ':') {
            continue;
        }
        if (digit < 0 || n == (size_t)2 * IDENTITY_DIGEST_LEN) {
            n = 0;
            break;
        }
        out->digest[n / 2] = (unsigned char)(n % 2 ? out->digest[n / 2] << 4 | digit : digit);
        n++;
    }
    return n == (size_t)2 * IDENTITY_DIGEST_LEN ||
           bad_value(out->text, "it must be a SHA-256 digest: 64 hexadecimal digits", err);
}

/* "0A1B", or octets of two digits: "0A:1B". */
static bool is_hexadecimal(struct str text)
{
    bool octets = str_find(text, ':') < text.n;
    if (octets && text.n % 3 != 2) {
        return false;
    }
    for (size_t i = 0; i < text.n; i++) {
        if (octets && i % 3 == 2 ? text.p[i] != ':' : char_hex(text.p[i]) < 0) {
            return false;
        }
    }
    return true;
}

/* As cert_serial writes it: upper case, whole octets, no octet of zeros before. */
static bool read_serial(struct rule_condition *out, struct arena *arena, struct error *err)
{
    char *p = arena_bytes(arena, out->value.n + 2);
    size_t n = 0;
    if (!is_hexadecimal(out->value)) {
        return bad_value(out->text,
                         "it must be hexadecimal, as \"0A1B\" or \"0A:1B\": \":\" between octets "
                         "of two digits",
                         err);
    }
    for (size_t i = 0; i < out->value.n; i++) {
        char c = out->value.p[i];
        if (c != ':' && (n || c != '0')) {
            p[n++] = c >= 'a' ? (char)(c - 'a' + 'A') : c;
        }
    }
    if (n == 0) {
        return bad_value(out->text, "it must be a positive number", err);
    }
    if (n % 2) {
        memmove(p + 1, p, n++);
        p[0] = '0';
    }
    out->value = (struct str){p, n};
    return true;
}

static bool read_cert_policy(struct rule_condition *out, struct arena *arena, struct error *err)
{
    struct str name = out->value;
    out->value = oid_cert_policy(name, arena);
    if (!out->value.n && oid_key_use(name, arena).n) {
        return error_set(err,
                         "invalid condition \"%.*s\": \"%.*s\" is an extended key usage; write "
                         "\"eku=%.*s\"",
                         STR_ARG(out->text), STR_ARG(name), STR_ARG(name));
    }
    return out->value.n ||
           bad_value(out->text, "it must be a dotted OID, as \"policy=1.3.6.1.4.1.9.1\"", err);
}

static bool read_key_use(struct rule_condition *out, struct arena *arena, struct error *err)
{
    out->value = oid_key_use(out->value, arena);
    return out->value.n ||
           bad_value(out->text,
                     "it is no extended key usage; write \"clientAuth\", \"emailProtection\" and "
                     "the like, or its dotted OID",
                     err);
}

static bool read_value(struct rule_condition *out, struct arena *arena, struct error *err)
{
    switch (out->kind) {
    case CONDITION_DNS: return read_dns(out, arena, err);
    case CONDITION_EMAIL:
    case CONDITION_UPN: return read_address_of_mail(out, arena, err);
    case CONDITION_URI: return read_uri(out, err);
    case CONDITION_IP:
    case CONDITION_NETWORK: return read_address_range(out, err);
    case CONDITION_FINGERPRINT:
    case CONDITION_KEY: return read_digest(out, err);
    case CONDITION_SERIAL: return read_serial(out, arena, err);
    case CONDITION_POLICY_OID: return read_cert_policy(out, arena, err);
    case CONDITION_EKU: return read_key_use(out, arena, err);
    default: break;
    }
    return bad_value(out->text, "it takes no value", err);
}

bool rule_condition_parse(struct str text, struct arena *arena, struct rule_condition *out,
                          struct error *err)
{
    static const struct {
        const char *name;
        enum condition_kind kind;
    } KINDS[] = {
        {"dns", CONDITION_DNS},           {"email", CONDITION_EMAIL},
        {"uri", CONDITION_URI},           {"ip", CONDITION_IP},
        {"upn", CONDITION_UPN},           {"fingerprint", CONDITION_FINGERPRINT},
        {"key", CONDITION_KEY},           {"serial", CONDITION_SERIAL},
        {"policy", CONDITION_POLICY_OID}, {"eku", CONDITION_EKU},
        {"network", CONDITION_NETWORK},
    };
    *out = (struct rule_condition){.text = text};
    if (str_eq(text, STR("all")) || str_eq(text, STR("verified"))) {
        out->kind = str_eq(text, STR("all")) ? CONDITION_ALL : CONDITION_VERIFIED;
        return true;
    }
    struct str value = text;
    struct str name = str_split(&value, '=');
    out->value = value;
    if (str_starts(value, STR("\""))) {
        return bad_value(text, "put the quotes around the whole condition, as \"subject.CN=a b\"",
                         err);
    }
    if (memchr(text.p, '\0', text.n)) {
        return error_set(err, "a condition has a NUL");
    }
    if (str_starts(name, STR("subject.")) || str_starts(name, STR("issuer."))) {
        out->kind = str_starts(name, STR("subject.")) ? CONDITION_SUBJECT : CONDITION_ISSUER;
        str_split(&name, '.');
        return read_attribute(name, out, arena, err);
    }
    for (size_t i = 0; i < COUNT_OF(KINDS); i++) {
        if (str_eq(name, str_of(KINDS[i].name))) {
            out->kind = KINDS[i].kind;
            return value.n ? read_value(out, arena, err) : bad_value(text, "it has no value", err);
        }
    }
    return error_set(err, "unknown condition \"%.*s\"", STR_ARG(text));
}

/* Whether no client can meet both: a certificate has one serial number, a client one address. */
static bool exclude_each_other(const struct rule_condition *a, const struct rule_condition *b)
{
    if (a->kind != b->kind) {
        return false;
    }
    switch (a->kind) {
    case CONDITION_FINGERPRINT:
    case CONDITION_KEY: return memcmp(a->digest, b->digest, IDENTITY_DIGEST_LEN) != 0;
    case CONDITION_SERIAL: return !str_eq(a->value, b->value);
    case CONDITION_NETWORK:
        return a->unix_only != b->unix_only ||
               (!a->unix_only && !network_has(&a->network, &b->network.address) &&
                !network_has(&b->network, &a->network.address));
    default: return false;
    }
}

static bool check_pairs(const struct rule *rule, struct error *err)
{
    for (size_t i = 0; i < rule->conditions_n; i++) {
        for (size_t k = 0; k < i; k++) {
            const struct rule_condition *a = &rule->conditions[k], *b = &rule->conditions[i];
            if (exclude_each_other(a, b)) {
                return error_set(err,
                                 "no client matches both \"%.*s\" and \"%.*s\"; write a rule for "
                                 "each",
                                 STR_ARG(a->text), STR_ARG(b->text));
            }
        }
    }
    return true;
}

bool rule_parse(bool allow, const struct str *args, size_t n, struct arena *arena, struct rule *out,
                struct error *err)
{
    bool has_serial = false;
    bool has_issuer = false;
    *out = (struct rule){.allow = allow,
                         .conditions =
                             arena_zalloc(arena, (n ? n : 1) * sizeof(struct rule_condition))};
    if (n == 0) {
        return error_set(err, "\"%s\" has no conditions; for every request write \"%s all\"",
                         allow ? "allow" : "deny", allow ? "allow" : "deny");
    }
    for (size_t i = 0; i < n; i++) {
        struct rule_condition *condition = &out->conditions[out->conditions_n++];
        if (!rule_condition_parse(args[i], arena, condition, err)) {
            return false;
        }
        if (condition->wild && !allow) {
            return error_set(
                err,
                "\"%.*s\" in a \"deny\" would miss unusual names; name what is allowed instead",
                STR_ARG(condition->text));
        }
        has_serial |= condition->kind == CONDITION_SERIAL;
        has_issuer |= condition->kind == CONDITION_ISSUER;
    }
    if (!check_pairs(out, err)) {
        return false;
    }
    out->sieve = sieve_of_rule(out);
    return !has_serial || has_issuer ||
           error_set(err, "a rule with \"serial\" needs an attribute of the issuer, as "
                          "\"issuer.CN=…\": each CA has serial "
                          "numbers of its own");
}
