/* SPDX-License-Identifier: Apache-2.0 */
/* Reads CRLs (RFC 5280, 5.1) from a source, entry by entry, and hashes them meanwhile. */
#ifndef PKI_CRL_READER_H
#define PKI_CRL_READER_H

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "pki/crl_extensions.h"
#include "pki/der_stream.h"
#include "pki/dist_points.h"

enum { CRL_SERIAL_MAX = 255, CRL_SHA256_LEN = 32 };

/* The parts read so far. They belong to the reader, and last until it begins the next CRL. */
struct crl_reader {
    /* crl_reader_begin */
    X509_NAME *issuer;
    struct buf issuer_der;
    int signature_nid;
    int64_t this_update;
    int64_t next_update; /* 0: none */
    /* crl_reader_end */
    struct crl_extensions extensions;
    struct buf points; /* ids of the names of its distribution point; empty: it has none */
    char point_text[DIST_TEXT_MAX];
    struct buf signature; /* content of the BIT STRING */
    unsigned char digest[CRL_DIGEST_MAX];
    unsigned digest_n; /* 0: the algorithm signs no digest; `whole` is the CRL */
    unsigned char sha256[CRL_SHA256_LEN];
    struct buf whole;

    /* Private. */
    struct der_stream stream;
    bool v2;
    uint64_t list_end;
    uint64_t tbs_end;
    uint64_t entries_end; /* 0: no entries */
    uint64_t entries_n;
    bool keeps_whole;
    struct buf algorithm;
    struct buf extensions_der;
    EVP_MD_CTX *hashes[2]; /* SHA-256, and the signature's digest if it differs */
    char date[6];          /* of the previous entry: most neighbours have the same */
    uint16_t date_day;
};

struct crl_entry {
    const unsigned char *serial; /* content octets of the INTEGER; valid until the next call */
    uint8_t serial_n;
    uint8_t reason;
    uint16_t day; /* since 1970 */
};

void crl_reader_init(struct crl_reader *reader, const struct byte_source *source);
void crl_reader_deinit(struct crl_reader *reader);

/* Whether the source has ended. Call it before each CRL. */
MUST_CHECK bool crl_reader_ended(struct crl_reader *reader, bool *ended, struct error *err);

/* Three steps for a CRL. Errors: it is not a CertificateList, or yett refuses it
 * (pki/crl_builder.h). */
MUST_CHECK bool crl_reader_begin(struct crl_reader *reader, struct error *err);
MUST_CHECK bool crl_reader_entry(struct crl_reader *reader, struct crl_entry *out, bool *more,
                                 struct error *err);
MUST_CHECK bool crl_reader_end(struct crl_reader *reader, struct error *err);

#endif
