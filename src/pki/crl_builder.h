/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Builds an image of CRLs (pki/crl_image.h) from the bytes of files in one pass, without keeping a
 * file in memory: a CRL with a million entries costs the memory of its serials. A CRL that yett
 * does not support in full is refused here, by name: nothing reads the CRL itself again later.
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

/* Memory that is certainly enough for files of that many bytes together, and as much again as `old`
 * of crl_builder_follow has; most is never touched. */
size_t crl_builder_room(uint64_t file_bytes);

/*
 * `region`: `room` zero bytes, the caller's, where the image grows from the start. `authorities`
 * (borrowed) are the CA certificates that may have signed: a CRL whose issuer is one of them must
 * have its signature (RFC 5280, 6.3.3 (f)). A CRL of another issuer is kept with its digest and
 * signature, to be checked when a chain contains the certificate of that issuer. If its algorithm
 * does not sign a digest (Ed25519, RSA-PSS), the CRL is refused instead. `seed`: random.
 */
struct crl_builder *crl_builder_new(void *region, size_t room, const STACK_OF(X509) * authorities,
                                    uint64_t seed);
void crl_builder_free(struct crl_builder *builder);

/*
 * Adds all CRLs of one file: PEM (several, text between them is skipped) or DER (one or several,
 * end to end). Errors name the file, the number of the CRL in it, and its issuer if that is known
 * already: no CRL at all; bytes that are not a CertificateList (RFC 5280, 5.1), truncated, or with
 * bytes after it; a PEM block that is not a CRL; a wrong signature, or an issuer whose keyUsage
 * lacks cRLSign; two different signature algorithms; an unknown critical extension of the CRL or of
 * an entry; an indirect CRL (5.2.5, 5.3.3).
 */
MUST_CHECK bool crl_builder_add(struct crl_builder *builder, const char *file,
                                const struct byte_source *source, struct error *err);

/*
 * Sets the time and the CRLs in force before (borrowed until crl_builder_free; NULL: none). If a
 * CRL begins after `now`, the CRL of the same kind and key before it, from the files or from `old`,
 * stays in force until then. Without this call, all CRLs are taken to have begun.
 */
void crl_builder_follow(struct crl_builder *builder, const struct crl_set *old, int64_t now);

/*
 * Completes the image: *size bytes of the region. Of two complete CRLs (or deltas) of one kind
 * (pki/crl_image.h) and key the newer is used: by number where all of the kind have one, then by
 * thisUpdate. The same CRL twice counts once. A delta (5.2.4) is applied to its base: an error if
 * there is no base or the base is older than BaseCRLNumber; skipped if the base is at least as new.
 * No CRL at all is an error.
 */
MUST_CHECK bool crl_builder_finish(struct crl_builder *builder, size_t *size, struct error *err);

#endif
