/* SPDX-License-Identifier: Apache-2.0 */
/* Reading DER in memory. */
#include "pki/der.h"

#include <assert.h>
#include <openssl/asn1.h>
#include <openssl/objects.h>
#include <stdio.h>

enum { LENGTH_OCTETS_MAX = 6 };

enum der_result der_header(const unsigned char *p, size_t n, struct der_header *out)
{
    if (n < 2) {
        return DER_SHORT;
    }
    out->tag = p[0];
    out->size = 2;
    out->length = p[1];
    if ((p[0] & 0x1f) == 0x1f) {
        return DER_BAD;
    }
    if (p[1] < 0x80) {
        return DER_DONE;
    }
    size_t octets = p[1] & 0x7f;
    if (octets == 0 || octets > LENGTH_OCTETS_MAX) {
        return DER_BAD;
    }
    if (n < 2 + octets) {
        return DER_SHORT;
    }
    out->length = 0;
    for (size_t i = 0; i < octets; i++) {
        out->length = out->length << 8 | p[2 + i];
    }
    out->size = (uint8_t)(2 + octets);
    /* X.690, 10.1: as few octets as the length needs. */
    bool minimal = out->length >= 0x80 && p[2] != 0;
    return minimal ? DER_DONE : DER_BAD;
}

bool der_next(struct str *in, uint8_t *tag, struct str *content)
{
    struct der_header header;
    if (der_header((const unsigned char *)in->p, in->n, &header) != DER_DONE ||
        header.length > in->n - header.size) {
        return false;
    }
    *tag = header.tag;
    *content = (struct str){in->p + header.size, (size_t)header.length};
    in->p += header.size + header.length;
    in->n -= header.size + (size_t)header.length;
    return true;
}

bool der_expect(struct str *in, uint8_t tag, struct str *content)
{
    uint8_t found;
    return der_next(in, &found, content) && found == tag;
}

bool der_integer_valid(struct str content)
{
    const unsigned char *p = (const unsigned char *)content.p;
    if (content.n < 2) {
        return content.n == 1;
    }
    /* The first nine bits are neither all zero nor all one. */
    return !(p[0] == 0 && p[1] < 0x80) && !(p[0] == 0xff && p[1] >= 0x80);
}

struct str der_integer_octets(struct str content)
{
    while (content.n && content.p[0] == 0) {
        content.p++;
        content.n--;
    }
    return content;
}

static int two_digits(const char *p)
{
    return char_is_digit(p[0]) && char_is_digit(p[1]) ? (p[0] - '0') * 10 + (p[1] - '0') : -1;
}

static int month_days(int year, int month)
{
    assert(month >= 1 && month <= 12);
    static const int DAYS[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return DAYS[month - 1] + (month == 2 && leap ? 1 : 0);
}

/* Days since 1970-01-01 in the Gregorian calendar. */
static int64_t day_number(int year, int month, int day)
{
    int64_t y = month <= 2 ? year - 1 : year; /* years begin in March: the leap day is their last */
    int64_t shifted = (month + 9) % 12;
    int64_t days = y * 365 + y / 4 - y / 100 + y / 400 + (shifted * 153 + 2) / 5 + day - 1;
    return days - 719468;
}

bool der_time(uint8_t tag, struct str content, int64_t *out)
{
    const char *p = content.p;
    int year;
    if (tag == DER_UTC_TIME && content.n == 13) {
        year = two_digits(p);
        year += year < 50 ? 2000 : 1900; /* RFC 5280, 4.1.2.5.1 */
        if (two_digits(p) < 0) {
            return false;
        }
        p += 2;
    } else if (tag == DER_GENERALIZED_TIME && content.n == 15) {
        if (two_digits(p) < 0 || two_digits(p + 2) < 0) {
            return false;
        }
        year = two_digits(p) * 100 + two_digits(p + 2);
        p += 4;
    } else {
        return false;
    }
    int month = two_digits(p), day = two_digits(p + 2);
    int hour = two_digits(p + 4), minute = two_digits(p + 6), second = two_digits(p + 8);
    if (month < 1 || month > 12 || day < 1 || day > month_days(year, month) || hour < 0 ||
        hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59 || p[10] != 'Z') {
        return false;
    }
    *out = ((day_number(year, month, day) * 24 + hour) * 60 + minute) * 60 + second;
    return true;
}

const char *der_oid_text(struct str content, char out[static DER_OID_TEXT_MAX])
{
    unsigned char der[2 + 0x7f] = {DER_OID, (unsigned char)content.n};
    const unsigned char *p = der;
    ASN1_OBJECT *object = NULL;
    if (content.n <= 0x7f) {
        memcpy(der + 2, content.p, content.n);
        object = d2i_ASN1_OBJECT(NULL, &p, (long)(2 + content.n));
    }
    if (!object || OBJ_obj2txt(out, DER_OID_TEXT_MAX, object, 1) <= 0) {
        snprintf(out, DER_OID_TEXT_MAX, "unreadable");
    }
    ASN1_OBJECT_free(object);
    return out;
}
