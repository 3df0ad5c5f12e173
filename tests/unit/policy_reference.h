/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A slow second opinion on policies, for a unit test and a fuzz target. It reads each condition's
 * text again for each certificate, and looks at every value, bit by bit. It shares no code with
 * src/policy/ but the struct identity; it expects conditions that were not refused.
 */
#ifndef TESTS_POLICY_REFERENCE_H
#define TESTS_POLICY_REFERENCE_H

#include <arpa/inet.h>
#include <ctype.h>
#include <openssl/err.h>
#include <openssl/objects.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/str.h"
#include "policy/identity.h"

enum { REFERENCE_MAX = 1024 };

/* An address as 128 bits; IPv4 as ::ffff:a.b.c.d. */
static bool reference_ip(const char *text, unsigned char out[16])
{
    unsigned char v4[4];
    if (inet_pton(AF_INET, text, v4) == 1) {
        memset(out, 0, 10);
        memset(out + 10, 0xff, 2);
        memcpy(out + 12, v4, 4);
        return true;
    }
    return inet_pton(AF_INET6, text, out) == 1;
}

static bool reference_is_v4(const unsigned char ip[16])
{
    static const unsigned char MAPPED[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    return memcmp(ip, MAPPED, 12) == 0;
}

static bool reference_in_network(const char *network, const unsigned char ip[16])
{
    char text[REFERENCE_MAX];
    unsigned char first[16];
    unsigned bits = 128;
    snprintf(text, sizeof(text), "%s", network);
    char *slash = strchr(text, '/');
    if (slash) {
        *slash = '\0';
        bits = (unsigned)strtoul(slash + 1, NULL, 10) + (strchr(text, ':') ? 0 : 96);
    }
    if (!reference_ip(text, first) ||
        (reference_is_v4(first) && bits >= 96) != reference_is_v4(ip)) {
        return false;
    }
    for (unsigned i = 0; i < bits; i++) {
        if ((first[i / 8] ^ ip[i / 8]) >> (7 - i % 8) & 1) {
            return false;
        }
    }
    return true;
}

/* Whether both name one object. */
static bool reference_same_object(const char *name, struct str kind)
{
    char own[REFERENCE_MAX], other[REFERENCE_MAX];
    char text[REFERENCE_MAX];
    if (kind.n >= sizeof(text) || memchr(kind.p, '\0', kind.n)) {
        return false;
    }
    memcpy(text, kind.p, kind.n);
    text[kind.n] = '\0';
    ASN1_OBJECT *a = OBJ_txt2obj(name, 0), *b = OBJ_txt2obj(text, 0);
    bool same = a && b && OBJ_obj2txt(own, sizeof(own), a, 1) > 0 &&
                OBJ_obj2txt(other, sizeof(other), b, 1) > 0 && strcmp(own, other) == 0;
    ASN1_OBJECT_free(a);
    ASN1_OBJECT_free(b);
    ERR_clear_error();
    return same;
}

static bool reference_has_attribute(const struct cert_names *names, const char *asked)
{
    char name[REFERENCE_MAX];
    snprintf(name, sizeof(name), "%s", asked);
    char *value = strchr(name, '=');
    *value++ = '\0';
    for (size_t i = 0; i < names->n; i++) {
        if (names->items[i].value.n == strlen(value) &&
            memcmp(names->items[i].value.p, value, strlen(value)) == 0 &&
            reference_same_object(name, names->items[i].kind)) {
            return true;
        }
    }
    return false;
}

static bool reference_only(const char *text, size_t n, const char *more)
{
    for (size_t i = 0; i < n; i++) {
        bool alnum = isascii((unsigned char)text[i]) && isalnum((unsigned char)text[i]);
        if (!alnum && (text[i] == '\0' || !strchr(more, text[i]))) {
            return false;
        }
    }
    return n > 0;
}

static bool reference_dns(const char *asked, const char *name)
{
    if (strncmp(asked, "*.", 2) != 0) {
        return strcasecmp(asked, name) == 0;
    }
    size_t label = strcspn(name, ".");
    return reference_only(name, label, "-_") && strcasecmp(name + label, asked + 1) == 0;
}

static bool reference_mail(const char *asked, const char *name, bool any_case)
{
    const char *at = strchr(name, '@'), *asked_at = strchr(asked, '@');
    if (!at || at != strrchr(name, '@') || strcasecmp(at, asked_at) != 0) {
        return false;
    }
    size_t n = (size_t)(at - name);
    if (strncmp(asked, "*@", 2) == 0) {
        return reference_only(name, n, "!#$%&'*+-/=?^_`{|}~.");
    }
    return n == (size_t)(asked_at - asked) &&
           (any_case ? strncasecmp(name, asked, n) : strncmp(name, asked, n)) == 0;
}

static bool reference_uri(const char *asked, const char *name)
{
    size_t n = strlen(asked);
    if (n < 2 || strcmp(asked + n - 2, "/*") != 0) {
        return strcmp(asked, name) == 0;
    }
    if (strncmp(asked, name, n - 1) != 0) {
        return false;
    }
    for (const char *at = name + n - 1;; at++) {
        size_t segment = strcspn(at, "/");
        bool dots = (segment == 1 || segment == 2) && strncmp(at, "..", segment) == 0;
        if (dots || !reference_only(at, segment, "._~-")) {
            return false;
        }
        at += segment;
        if (*at == '\0') {
            return true;
        }
    }
}

static bool reference_alternative(const struct identity *identity, const char *kind,
                                  const char *asked)
{
    for (size_t i = 0; i < identity->alternatives.n; i++) {
        const struct cert_name *name = &identity->alternatives.items[i];
        char value[REFERENCE_MAX];
        unsigned char ip[16];
        if (!str_eq(name->kind, str_of(kind)) || memchr(name->value.p, '\0', name->value.n) ||
            name->value.n >= sizeof(value)) {
            continue; /* no condition has a NUL or is so long */
        }
        memcpy(value, name->value.p, name->value.n);
        value[name->value.n] = '\0';
        bool holds = strcmp(kind, "DNS") == 0   ? reference_dns(asked, value)
                     : strcmp(kind, "URI") == 0 ? reference_uri(asked, value)
                     : strcmp(kind, "IP") == 0
                         ? reference_ip(value, ip) && reference_in_network(asked, ip)
                         : reference_mail(asked, value, strcmp(kind, "UPN") == 0);
        if (holds) {
            return true;
        }
    }
    return false;
}

static bool reference_has_object(const char *name, const struct str *items, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (reference_same_object(name, items[i])) {
            return true;
        }
    }
    return false;
}

/* The digits without colons, zeros in front and case. */
static void reference_digits(const char *text, char out[REFERENCE_MAX], bool keep_zeros)
{
    size_t n = 0;
    for (; *text && n + 1 < REFERENCE_MAX; text++) {
        if (*text != ':' && (keep_zeros || n || *text != '0')) {
            out[n++] = (char)toupper((unsigned char)*text);
        }
    }
    out[n] = '\0';
}

static bool reference_digest(const char *asked, const unsigned char digest[IDENTITY_DIGEST_LEN])
{
    char text[2 * IDENTITY_DIGEST_LEN + 1], digits[REFERENCE_MAX];
    for (size_t i = 0; i < IDENTITY_DIGEST_LEN; i++) {
        snprintf(text + 2 * i, 3, "%02X", digest[i]);
    }
    reference_digits(asked, digits, true);
    return strcmp(digits, text) == 0;
}

static bool reference_serial(const char *asked, struct str serial)
{
    char own[REFERENCE_MAX], digits[REFERENCE_MAX], text[REFERENCE_MAX];
    snprintf(text, sizeof(text), "%.*s", STR_ARG(serial));
    reference_digits(text, own, false);
    reference_digits(asked, digits, false);
    return serial.n < sizeof(text) && strcmp(own, digits) == 0;
}

/* `peer`: the client's address; NULL: a Unix socket. `identity`: NULL without a certificate. */
static bool reference_holds(const char *condition, const struct identity *identity,
                            const unsigned char *peer)
{
    const char *value = strchr(condition, '=');
    value = value ? value + 1 : "";
    if (strcmp(condition, "all") == 0) {
        return true;
    }
    if (strncmp(condition, "network=", 8) == 0) {
        return strcmp(value, "unix:") == 0 ? !peer : peer && reference_in_network(value, peer);
    }
    if (!identity || strcmp(condition, "verified") == 0) {
        return identity != NULL;
    }
    static const char *const FORMS[][2] = {
        {"dns=", "DNS"}, {"email=", "email"}, {"uri=", "URI"}, {"ip=", "IP"}, {"upn=", "UPN"}};
    for (size_t i = 0; i < sizeof(FORMS) / sizeof(FORMS[0]); i++) {
        if (strncmp(condition, FORMS[i][0], strlen(FORMS[i][0])) == 0) {
            return reference_alternative(identity, FORMS[i][1], value);
        }
    }
    switch (condition[0]) {
    case 's':
        return strncmp(condition, "serial=", 7) == 0
                   ? reference_serial(value, identity->serial)
                   : reference_has_attribute(&identity->subject, condition + 8);
    case 'i': return reference_has_attribute(&identity->issuer, condition + 7);
    case 'f': return reference_digest(value, identity->certificate);
    case 'k': return reference_digest(value, identity->key);
    case 'p': return reference_has_object(value, identity->policies, identity->policies_n);
    default: return reference_has_object(value, identity->uses, identity->uses_n); /* "eku=" */
    }
}

#endif
