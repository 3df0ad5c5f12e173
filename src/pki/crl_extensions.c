/* SPDX-License-Identifier: Apache-2.0 */
/* What extensions of CRLs mean, a row each. */
#include "pki/crl_extensions.h"

#include <assert.h>
#include <limits.h>
#include <string.h>

#include "pki/der.h"

struct row {
    struct str oid;
    const char *name;
    bool (*take)(struct str value, void *out, struct error *err);
    bool never_critical; /* required by RFC 5280; a critical one means something that yett does not
                            know */
};

/* The content of an INTEGER as a CRL number (5.2.3). The number 0 is one octet. */
static bool number_of(struct str content, struct crl_number *out)
{
    const unsigned char *p = (const unsigned char *)content.p;
    if (!der_integer_valid(content) || p[0] >= 0x80) {
        return false;
    }
    struct str octets = der_integer_octets(content);
    if (octets.n > CRL_NUMBER_MAX) {
        return false;
    }
    *out = (struct crl_number){.n = octets.n ? (uint8_t)octets.n : 1};
    memcpy(out->octets, octets.n ? octets.p : "", octets.n ? octets.n : 1);
    return true;
}

int crl_number_cmp(const struct crl_number *a, const struct crl_number *b)
{
    assert(a->n <= CRL_NUMBER_MAX && b->n <= CRL_NUMBER_MAX);
    return a->n != b->n ? (a->n < b->n ? -1 : 1) : memcmp(a->octets, b->octets, a->n);
}

static bool crl_extensions_malformed(const char *name, struct error *err)
{
    return error_set(err, "its %s is malformed", name);
}

static bool crl_extensions_take_number(struct str value, void *out, struct error *err)
{
    struct crl_extensions *list = out;
    struct str content;
    return (der_expect(&value, DER_INTEGER, &content) && !value.n &&
            number_of(content, &list->number)) ||
           crl_extensions_malformed("CRL number", err);
}

static bool take_delta(struct str value, void *out, struct error *err)
{
    struct crl_extensions *list = out;
    struct str content;
    list->is_delta = true;
    return (der_expect(&value, DER_INTEGER, &content) && !value.n &&
            number_of(content, &list->base)) ||
           crl_extensions_malformed("delta CRL indicator", err);
}

static bool take_key_id(struct str value, void *out, struct error *err)
{
    struct crl_extensions *list = out;
    struct str content;
    if (!der_expect(&value, DER_SEQUENCE, &content) || value.n) {
        return crl_extensions_malformed("authority key identifier", err);
    }
    while (content.n) {
        uint8_t tag;
        struct str field;
        if (!der_next(&content, &tag, &field)) {
            return crl_extensions_malformed("authority key identifier", err);
        }
        if (tag == 0x80) { /* [0] keyIdentifier */
            list->key_id = field;
        }
    }
    return true;
}

enum {
    POINT = 0xa0,
    USERS = 0x81,
    AUTHORITIES = 0x82,
    REASONS = 0x83,
    INDIRECT = 0x84,
    ATTRS = 0x85
};

/* ReasonFlags as a BIT STRING's content: at most nine bits, the first of which is unused. What is
 * behind the last bit is zero (X.690, 11.2.1): else it could be taken for reasons. */
static bool crl_extensions_reasons_of(struct str bits, uint16_t *out)
{
    const unsigned char *p = (const unsigned char *)bits.p;
    if (bits.n < 2 || bits.n > 3 || p[0] > 7 || p[bits.n - 1] & ((1U << p[0]) - 1)) {
        return false;
    }
    *out = 0;
    for (unsigned i = 1; i <= 8 && i / 8 + 1 < bits.n; i++) {
        *out |= (uint16_t)(p[1 + i / 8] & 0x80 >> i % 8 ? 1U << i : 0);
    }
    return *out != 0;
}

/* One of onlyContains…: at most one of them is true. */
static bool take_scope(struct crl_extensions *list, enum crl_scope scope, struct error *err)
{
    if (list->scope != CRL_ALL) {
        return crl_extensions_malformed("issuing distribution point", err);
    }
    list->scope = scope;
    return true;
}

/* One field of IssuingDistributionPoint (RFC 5280, 5.2.5). */
static bool point_field(uint8_t tag, struct str field, struct crl_extensions *list,
                        struct error *err)
{
    bool is_flag = tag == USERS || tag == AUTHORITIES || tag == INDIRECT || tag == ATTRS;
    if (is_flag && field.n == 1 && field.p[0] == 0) {
        return true;
    }
    if (is_flag && field.n != 1) {
        return crl_extensions_malformed("issuing distribution point", err);
    }
    switch (tag) {
    case POINT:
        list->point = field;
        return field.n || crl_extensions_malformed("issuing distribution point", err);
    case USERS: return take_scope(list, CRL_USERS_ONLY, err);
    case AUTHORITIES: return take_scope(list, CRL_AUTHORITIES_ONLY, err);
    case ATTRS: return take_scope(list, CRL_ATTRIBUTES_ONLY, err);
    case INDIRECT: return error_set(err, "it is an indirect CRL, which yett does not support");
    case REASONS:
        return crl_extensions_reasons_of(field, &list->reasons) ||
               crl_extensions_malformed("issuing distribution point", err);
    default: return crl_extensions_malformed("issuing distribution point", err);
    }
}

static bool take_point(struct str value, void *out, struct error *err)
{
    struct str content;
    if (!der_expect(&value, DER_SEQUENCE, &content) || value.n || !content.n) {
        return crl_extensions_malformed("issuing distribution point", err);
    }
    for (int before = -1; content.n;) {
        uint8_t tag;
        struct str field;
        if (!der_next(&content, &tag, &field) || (tag & 0x1f) <= before) {
            return crl_extensions_malformed("issuing distribution point", err);
        }
        before = tag & 0x1f;
        if (!point_field(tag, field, out, err)) {
            return false;
        }
    }
    return true;
}

static bool take_reason(struct str value, void *out, struct error *err)
{
    struct str content;
    if (!der_expect(&value, DER_ENUMERATED, &content) || value.n || content.n != 1 ||
        (unsigned char)content.p[0] >= 0x80) {
        return crl_extensions_malformed("reason", err);
    }
    *(uint8_t *)out = (uint8_t)content.p[0];
    return true;
}

/* When the key was compromised. It is not shown, and no verdict depends on it. */
static bool take_nothing(struct str value, void *out, struct error *err)
{
    (void)value, (void)out, (void)err;
    return true;
}

static bool refuse_issuer(struct str value, void *out, struct error *err)
{
    (void)value, (void)out;
    return error_set(err, "it has a certificate issuer: yett does not support indirect CRLs");
}

/* id-ce (2.5.29) and a number. */
static const struct row LIST[] = {
    {STR_INIT("\x55\x1d\x14"), "CRL number", crl_extensions_take_number, true}, /* 5.2.3 */
    {STR_INIT("\x55\x1d\x1b"), "delta CRL indicator", take_delta, false},
    {STR_INIT("\x55\x1d\x1c"), "issuing distribution point", take_point, false},
    {STR_INIT("\x55\x1d\x23"), "authority key identifier", take_key_id, true}, /* 4.2.1.1 */
};
static const struct row ENTRY[] = {
    {STR_INIT("\x55\x1d\x15"), "reason", take_reason},
    {STR_INIT("\x55\x1d\x18"), "invalidity date", take_nothing},
    {STR_INIT("\x55\x1d\x1d"), "certificate issuer", refuse_issuer},
};

/* Extension ::= SEQUENCE { extnID, critical DEFAULT FALSE, extnValue } */
static bool extension_next(struct str *in, struct str *oid, bool *critical, struct str *value)
{
    struct str fields;
    struct str content;
    uint8_t tag;
    *critical = false;
    if (!der_expect(in, DER_SEQUENCE, &fields) || !der_expect(&fields, DER_OID, oid) || !oid->n ||
        !der_next(&fields, &tag, &content)) {
        return false;
    }
    if (tag == DER_BOOLEAN) {
        if (content.n != 1) {
            return false;
        }
        *critical = content.p[0] != 0;
        if (!der_next(&fields, &tag, &content)) {
            return false;
        }
    }
    *value = content;
    return tag == DER_OCTET_STRING && fields.n == 0;
}

static bool extensions_parse(struct str in, const struct row *rows, size_t rows_n, void *out,
                             struct error *err)
{
    assert(rows_n <= sizeof(unsigned) * CHAR_BIT); /* a bit of `seen` each */
    struct str all;
    if (!der_expect(&in, DER_SEQUENCE, &all) || in.n) {
        return crl_extensions_malformed("sequence of extensions", err);
    }
    unsigned seen = 0;
    while (all.n) {
        struct str oid, value;
        bool critical;
        if (!extension_next(&all, &oid, &critical, &value)) {
            return crl_extensions_malformed("sequence of extensions", err);
        }
        size_t i = 0;
        while (i < rows_n && !str_eq(rows[i].oid, oid)) {
            i++;
        }
        if (i == rows_n) {
            char text[DER_OID_TEXT_MAX];
            if (critical) {
                return error_set(err, "it has an unknown critical extension: %s",
                                 der_oid_text(oid, text));
            }
            continue;
        }
        if (seen & 1U << i) { /* RFC 5280, 4.2 */
            return error_set(err, "it has more than one %s", rows[i].name);
        }
        seen |= 1U << i;
        if (critical && rows[i].never_critical) {
            return error_set(err, "its %s must not be critical", rows[i].name);
        }
        if (!rows[i].take(value, out, err)) {
            return false;
        }
    }
    return true;
}

bool crl_extensions_parse(struct str in, struct crl_extensions *out, struct error *err)
{
    return extensions_parse(in, LIST, COUNT_OF(LIST), out, err);
}

bool crl_entry_extensions_parse(struct str in, uint8_t *reason, struct error *err)
{
    return extensions_parse(in, ENTRY, COUNT_OF(ENTRY), reason, err);
}
