/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Builds an image of CRLs (pki/crl_image.h) from the bytes of files in one pass, without keeping a
 * file in memory: a CRL with a million entries costs the memory of its serials. A CRL that yett
 * does not support in full is refused here, by name: the CRL itself is never read again.
 */
#ifndef PKI_CRL_BUILDER_H
#define PKI_CRL_BUILDER_H

#include <openssl/x509.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/byte_source.h"
#include "base/error.h"
#include "pki/crl_set.h"

struct crl_builder;

/* Bytes of memory that are certainly enough for files of that many bytes; add the size of the `old`
 * set of crl_builder_follow. Most of it is never touched. */
size_t crl_builder_room(uint64_t file_bytes);

/*
 * `region`: the caller's `room` zero bytes, where the image grows from the start. `authorities`
 * (borrowed) are the CA certificates that may have signed: a CRL whose issuer is one of them must
 * have its signature (RFC 5280, 6.3.3 (f)). A CRL of another issuer is kept with its digest and
 * signature, to be verified when a chain contains that issuer's certificate. If its algorithm does
 * not sign a digest (Ed25519, RSA-PSS), the CRL is refused instead. `seed`: random.
 */
struct crl_builder *crl_builder_new(void *region, size_t room, const STACK_OF(X509) * authorities,
                                    uint64_t seed);
void crl_builder_free(struct crl_builder *builder);

/*
 * Adds all CRLs of one file: PEM (text between CRLs is skipped) or DER (CRLs end to end). Errors
 * name the file, the number of the CRL in it, and its issuer if it is known already: no CRL; a
 * CertificateList (RFC 5280, 5.1) that is malformed, truncated, or followed by other bytes; a PEM
 * block that is not a CRL; a wrong signature, or an issuer whose keyUsage
 * lacks cRLSign; two different signature algorithms; an unknown critical extension of the CRL or of
 * an entry; an indirect CRL (5.2.5, 5.3.3).
 */
MUST_CHECK bool crl_builder_add(struct crl_builder *builder, const char *file,
                                const struct byte_source *source, struct error *err);

/*
 * Sets the time and the CRLs in force before (borrowed until crl_builder_free; NULL: none). If a
 * CRL begins after `now`, the previous CRL of the same kind and key, from the files or from `old`,
 * stays in force until then. Without this call, all CRLs count as begun.
 */
void crl_builder_follow(struct crl_builder *builder, const struct crl_set *old, int64_t now);

/*
 * Completes the image: *size bytes of the region. Of two complete CRLs (or deltas) of one kind
 * (pki/crl_image.h) and key, the newer is used: by number if all of the kind have one, then by
 * thisUpdate. Duplicates count once. A delta (5.2.4) is applied to its base; it is skipped if the
 * base is at least as new. Errors: no CRL; a delta without a base, or with one older than
 * BaseCRLNumber.
 */
MUST_CHECK bool crl_builder_finish(struct crl_builder *builder, size_t *size, struct error *err);

#endif
