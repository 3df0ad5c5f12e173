/* SPDX-License-Identifier: Apache-2.0 */
#include "ca/san.h"

#include <arpa/inet.h>
#include <assert.h>
#include <string.h>

enum { DNS_MAX = 253, LABEL_MAX = 63, TEXT_MAX = 1024 };

static bool label_valid(struct str label)
{
    if (label.n == 0 || label.n > LABEL_MAX || label.p[0] == '-' || label.p[label.n - 1] == '-') {
        return false;
    }
    for (size_t i = 0; i < label.n; i++) {
        if (!char_is_alnum(label.p[i]) && label.p[i] != '-') {
            return false;
        }
    }
    return true;
}

static bool all_digits(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        if (!char_is_digit(s.p[i])) {
            return false;
        }
    }
    return true;
}

bool dns_name_valid(struct str name, bool wildcard)
{
    struct str rest = name;
    struct str label = {NULL, 0};
    if (name.n == 0 || name.n > DNS_MAX || name.p[name.n - 1] == '.') {
        return false;
    }
    if (wildcard && str_starts(rest, STR("*."))) {
        rest = str_skip(rest, 2);
    }
    while (rest.n > 0) {
        label = str_split(&rest, '.');
        if (!label_valid(label)) {
            return false;
        }
    }
    /* What ends in a number is an IPv4 address, or a misspelt one. */
    return !all_digits(label);
}

static bool printable(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] <= ' ' || s.p[i] >= 0x7f) {
            return false;
        }
    }
    return s.n > 0 && s.n <= TEXT_MAX;
}

bool mail_address_valid(struct str text)
{
    size_t at = str_rfind(text, '@');
    return at > 0 && at < text.n && printable(text) && str_find(text, '@') == at &&
           dns_name_valid(str_skip(text, at + 1), false);
}

static bool uri_valid(struct str text)
{
    size_t colon = str_find(text, ':');
    return colon > 0 && colon + 1 < text.n && printable(text);
}

static bool octets_add(GENERAL_NAMES *names, int type, struct str octets, struct error *err)
{
    assert(octets.n > 0 && octets.n <= TEXT_MAX);
    GENERAL_NAME *name = GENERAL_NAME_new();
    ASN1_STRING *value =
        ASN1_STRING_type_new(type == GEN_IPADD ? V_ASN1_OCTET_STRING : V_ASN1_IA5STRING);
    if (!name || !value || !ASN1_STRING_set(value, octets.p, (int)octets.n)) {
        GENERAL_NAME_free(name);
        ASN1_STRING_free(value);
        return error_set(err, "out of memory");
    }
    GENERAL_NAME_set0_value(name, type, value);
    if (!sk_GENERAL_NAME_push(names, name)) {
        GENERAL_NAME_free(name);
        return error_set(err, "out of memory");
    }
    return true;
}

static bool san_address_parse(struct str text, unsigned char out[16], size_t *n)
{
    char copy[INET6_ADDRSTRLEN];
    if (text.n == 0 || text.n >= sizeof(copy)) {
        return false;
    }
    memcpy(copy, text.p, text.n);
    copy[text.n] = '\0';
    *n = inet_pton(AF_INET, copy, out) == 1 ? 4 : inet_pton(AF_INET6, copy, out) == 1 ? 16 : 0;
    return *n > 0;
}

static const struct {
    struct str prefix;
    int type;
    const char *what;
} TYPES[] = {
    {STR_INIT("dns:"), GEN_DNS, "host name"},
    {STR_INIT("ip:"), GEN_IPADD, "IP address"},
    {STR_INIT("email:"), GEN_EMAIL, "mail address"},
    {STR_INIT("uri:"), GEN_URI, "URI"},
};

static size_t looks_like(struct str text)
{
    unsigned char octets[16];
    size_t n;
    if (san_address_parse(text, octets, &n)) {
        return 1;
    }
    return str_search(text, STR("://")) < text.n ? 3 : str_find(text, '@') < text.n ? 2 : 0;
}

bool san_add(struct str text, GENERAL_NAMES *names, struct error *err)
{
    unsigned char octets[16];
    struct str value = text;
    size_t i = 0;
    while (i < COUNT_OF(TYPES) && !str_istarts(text, TYPES[i].prefix)) {
        i++;
    }
    if (i < COUNT_OF(TYPES)) {
        value = str_skip(text, TYPES[i].prefix.n);
    } else {
        i = looks_like(text);
    }
    bool valid = false;
    switch (TYPES[i].type) {
    case GEN_DNS: valid = dns_name_valid(value, true); break;
    case GEN_EMAIL: valid = mail_address_valid(value); break;
    case GEN_URI: valid = uri_valid(value); break;
    case GEN_IPADD:
        valid = san_address_parse(value, octets, &value.n);
        value.p = (const char *)octets;
        break;
    default: break;
    }
    if (!valid) {
        return error_set(
            err, "invalid %s \"%.*s\" (write dns:NAME, ip:ADDRESS, email:ADDRESS or uri:URI)",
            TYPES[i].what, STR_ARG(text));
    }
    return octets_add(names, TYPES[i].type, value, err);
}

static struct str one_text(const GENERAL_NAME *name, struct arena *arena)
{
    int type;
    char address[INET6_ADDRSTRLEN];
    const ASN1_STRING *value = GENERAL_NAME_get0_value(name, &type);
    for (size_t i = 0; i < COUNT_OF(TYPES); i++) {
        if (TYPES[i].type != type) {
            continue;
        }
        const unsigned char *data = ASN1_STRING_get0_data(value);
        int n = ASN1_STRING_length(value);
        if (type == GEN_IPADD) {
            if ((n != 4 && n != 16) ||
                !inet_ntop(n == 4 ? AF_INET : AF_INET6, data, address, sizeof(address))) {
                break;
            }
            return arena_printf(arena, "ip:%s", address);
        }
        return arena_concat(arena, TYPES[i].prefix, (struct str){(const char *)data, (size_t)n});
    }
    return STR("other");
}

struct str san_text(const GENERAL_NAMES *names, struct arena *arena)
{
    int n = names ? sk_GENERAL_NAME_num(names) : 0;
    struct str *texts = arena_alloc(arena, (size_t)n * sizeof(*texts));
    for (int i = 0; i < n; i++) {
        texts[i] = one_text(sk_GENERAL_NAME_value(names, i), arena);
    }
    return arena_join(arena, texts, (size_t)n, STR(", "));
}
