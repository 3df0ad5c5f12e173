/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A set of CRLs as one piece of memory without pointers: one process makes it, others map it
 * read-only. All positions are bytes from its start. It never leaves the machine, so numbers have
 * the machine's byte order. For the files that build and read it.
 *
 *     struct crl_image | entries of CRL 1, its slots | entries of CRL 2, … | texts | crl_list[]
 *
 * A CRL covers certificates by its scope, reasons and points (RFC 5280, 5.2.5). CRLs with the same
 * issuer, scope, reasons and points are of one kind: a newer one replaces an older one.
 *
 * An entry is: one byte n, n bytes of serial number (RFC 5280, 5.1.2.6: the INTEGER's content
 * octets in DER, so 00FF and FF are two numbers), one byte reason (5.3.1), two bytes of days since
 * 1970. Slots are an open hash table of entry positions: bytes from the CRL's first entry, plus
 * one; 0 is free.
 */
#ifndef PKI_CRL_IMAGE_H
#define PKI_CRL_IMAGE_H

#include <stddef.h>
#include <stdint.h>

#define CRL_IMAGE_MAGIC "yettcr2" /* with its NUL: 8 bytes */

enum {
    CRL_ID_LEN = 32,     /* of the issuer: crl_issuer_id() */
    CRL_DIGEST_MAX = 64, /* SHA-512 */
    CRL_NUMBER_MAX = 20, /* RFC 5280, 5.2.3 */
    CRL_SIGNERS_MAX = 8,
    CRL_ENTRY_FIXED = 4, /* bytes of an entry without its serial number */
};

/* RFC 5280, 5.2.5: which certificates a CRL covers. yett has no attribute certificates. */
enum crl_scope { CRL_ALL, CRL_USERS_ONLY, CRL_AUTHORITIES_ONLY, CRL_ATTRIBUTES_ONLY };
enum { CRL_SCOPES = 4 };

struct crl_span {
    uint64_t at;
    uint64_t n;
};

/* A CRL number, big-endian, without leading zeros. n == 0: the CRL has none. */
struct crl_number {
    uint8_t n;
    uint8_t octets[CRL_NUMBER_MAX];
};

struct crl_list {
    struct crl_span issuer;    /* Name, DER */
    struct crl_span key_id;    /* authority key identifier; n == 0: none */
    struct crl_span file;      /* name, for messages; not terminated */
    struct crl_span signature; /* content of the BIT STRING */
    struct crl_span
        points; /* ids of its distribution point's names, ascending; n == 0: all points */
    struct crl_span point_text; /* the first name, for messages */
    int32_t signature_nid;      /* of signatureAlgorithm */
    uint8_t digest_n; /* of the TBSCertList, by that algorithm; 0: no other signer is possible */
    uint8_t digest[CRL_DIGEST_MAX];
    uint8_t sha256[32]; /* of the TBSCertList: which CRL it is */
    uint8_t signers_n;  /* the CAs whose keys verified its signature */
    uint8_t signers[CRL_SIGNERS_MAX][CRL_ID_LEN];
    struct crl_number number;
    struct crl_number base; /* of a delta: BaseCRLNumber */
    int64_t this_update;
    int64_t next_update; /* 0: none (RFC 5280, 5.1.2.5 requires it) */
    uint32_t scope;      /* enum crl_scope */
    uint32_t reasons;    /* the revocation reasons that it covers (pki/dist_points.h) */
    uint32_t delta;      /* index + 1 of the delta CRL that is applied to this one; 0: none */
    uint32_t is_delta;   /* it is a delta: reached only through its base */
    uint32_t before;     /* index + 1 of the CRL that is in force until this one begins; 0: none */
    uint32_t is_past;    /* it is the `before` of a CRL: reached only through that CRL */
    uint64_t entries_n;
    struct crl_span entries; /* bytes */
    uint64_t slots_at;
    uint64_t slots_n; /* uint32_t each; a power of two, or 0 without entries */
};

struct crl_image {
    char magic[8];
    uint64_t size;
    uint64_t seed; /* of the slots' hash */
    uint64_t lists_at;
    uint64_t lists_n;
    uint8_t digest[32]; /* over all that can change a verdict, whatever the order of the files */
};

/*
 * The bytes as an image; NULL: they are damaged. Checks that all positions are inside the image and
 * numbers are in range, but not the contents at the positions.
 */
const struct crl_image *crl_image_read(const void *bytes, size_t size);

/* Its lists_n CRLs. */
const struct crl_list *crl_image_lists(const struct crl_image *image);

#endif
