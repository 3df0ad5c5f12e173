/* SPDX-License-Identifier: Apache-2.0 */
/* "subject.CN=alice": reads the conditions of rules. */
#include <openssl/err.h>
#include <openssl/objects.h>
#include <string.h>

#include "policy/policy.h"

enum { OID_MAX = 128, LABELS_MAX = 253 };

static bool bad_value(struct str text, const char *why, struct error *err)
{
    return error_set(err, "invalid condition \"%.*s\": %s", STR_ARG(text), why);
}

/* An object that OpenSSL knows by this name, or an OID: dotted. Empty: there is none. */
static struct str oid_of(struct str name, int *nid, struct arena *arena)
{
    char text[OID_MAX];
    ASN1_OBJECT *object = OBJ_txt2obj(arena_cstr(arena, name), 0);
    int n = object ? OBJ_obj2txt(text, sizeof(text), object, 1) : 0;
    *nid = object ? OBJ_obj2nid(object) : NID_undef;
    ASN1_OBJECT_free(object);
    ERR_clear_error();
    return n > 0 && n < OID_MAX ? arena_dup(arena, str_of(text)) : STR("");
}

/* --- the kinds --- */

static bool read_attribute(struct str name, struct rule_condition *out, struct arena *arena,
                           struct error *err)
{
    int nid;
    out->attribute = oid_of(name, &nid, arena);
    if (!out->attribute.n) {
        return bad_value(
            out->text,
            "there is no such attribute; name it as \"CN\", \"O\", \"OU\", or by its OID", err);
    }
    if (nid != NID_undef) { /* cert_attributes names it so */
        out->attribute = str_of(OBJ_nid2sn(nid));
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

/* A wild value ends with its slash. The star may not stand for an authority or a part of one. */
static bool read_uri(struct rule_condition *out, struct error *err)
{
    struct str uri = out->value;
    size_t colon = str_search(uri, STR("://"));
    size_t star = str_find(uri, '*');
    if (colon == 0 || colon >= uri.n) {
        return bad_value(out->text, "it must be a URI with a scheme and \"://\"", err);
    }
    out->wild = str_ends(uri, STR("/*"));
    if (star < uri.n && (star != uri.n - 1 || !out->wild)) {
        return bad_value(out->text, "\"*\" may only stand at the end, behind a \"/\"", err);
    }
    struct str rest = str_skip(uri, colon + 3);
    size_t slash = str_find(rest, '/');
    if (slash == 0 || rest.n == 0 || (out->wild && slash >= rest.n - 1 && slash != rest.n - 2)) {
        return bad_value(out->text, "it has no authority", err);
    }
    out->value = out->wild ? str_head(uri, uri.n - 1) : uri;
    return true;
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

/* As cert_serial writes it: upper case, whole octets, no octet of zeros before. */
static bool read_serial(struct rule_condition *out, struct arena *arena, struct error *err)
{
    char *p = arena_bytes(arena, out->value.n + 2);
    size_t n = 0;
    for (size_t i = 0; i < out->value.n; i++) {
        char c = out->value.p[i];
        if (c == ':' && i > 0 && i + 1 < out->value.n) {
            continue;
        }
        if (char_hex(c) < 0) {
            return bad_value(out->text, "it must be hexadecimal", err);
        }
        if (n || c != '0') {
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

static bool read_oid(struct rule_condition *out, struct arena *arena, struct error *err)
{
    int nid;
    out->value = oid_of(out->value, &nid, arena);
    return out->value.n ||
           bad_value(out->text, "it must be an OID or a name that OpenSSL knows", err);
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
    case CONDITION_POLICY_OID:
    case CONDITION_EKU: return read_oid(out, arena, err);
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
        out->subject_bits |=
            condition->kind == CONDITION_SUBJECT ? identity_bit(condition->value) : 0;
        out->issuer_bits |=
            condition->kind == CONDITION_ISSUER ? identity_bit(condition->value) : 0;
        has_serial |= condition->kind == CONDITION_SERIAL;
        has_issuer |= condition->kind == CONDITION_ISSUER;
    }
    return !has_serial || has_issuer ||
           error_set(err, "a rule with \"serial\" needs an attribute of the issuer, as "
                          "\"issuer.CN=…\": each CA has serial "
                          "numbers of its own");
}
