/* SPDX-License-Identifier: Apache-2.0 */
/* Strict parsing of DER (X.690) in memory. */
#ifndef PKI_DER_H
#define PKI_DER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

enum der_tag {
    DER_BOOLEAN = 0x01,
    DER_INTEGER = 0x02,
    DER_BIT_STRING = 0x03,
    DER_OCTET_STRING = 0x04,
    DER_OID = 0x06,
    DER_ENUMERATED = 0x0a,
    DER_UTC_TIME = 0x17,
    DER_GENERALIZED_TIME = 0x18,
    DER_SEQUENCE = 0x30,
    DER_CONTEXT_0 = 0xa0, /* constructed */
};

struct der_header {
    uint8_t tag;
    uint8_t size;    /* octets of tag and length */
    uint64_t length; /* of the content */
};

enum der_result { DER_DONE, DER_SHORT, DER_BAD };

/*
 * The header at p. DER_SHORT: needs more than n octets. DER_BAD: a tag above 30, an indefinite
 * length (X.690, 10.1), one that is not minimal, or above 2^48.
 */
enum der_result der_header(const unsigned char *p, size_t n, struct der_header *out);

/* Takes one element off *in. False: there is none, or it is truncated or not DER. */
MUST_CHECK bool der_next(struct str *in, uint8_t *tag, struct str *content);
/* The same; the element must have this tag. */
MUST_CHECK bool der_expect(struct str *in, uint8_t tag, struct str *content);

/* Whether the content of an INTEGER or ENUMERATED is not empty, and minimal (X.690, 8.3.2). */
bool der_integer_valid(struct str content);
/* The octets without leading zeros; empty for the number 0. */
struct str der_integer_octets(struct str content);

/* Parses UTCTime or GeneralizedTime with seconds, in GMT (RFC 5280, 4.1.2.5): seconds since
 * 1970. */
MUST_CHECK bool der_time(uint8_t tag, struct str content, int64_t *out);

/* The content of an OBJECT IDENTIFIER as text: "2.5.29.28". */
enum { DER_OID_TEXT_MAX = 80 };
const char *der_oid_text(struct str content, char out[static DER_OID_TEXT_MAX]);

#endif
