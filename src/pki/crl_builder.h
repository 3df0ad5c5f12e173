/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes an image of revocation lists (pki/crl_image.h) from files' bytes in one pass, without
 * holding a file: a list of a million entries costs the memory of its serials. What cannot be
 * honoured in full is refused here, by name: nothing of a list is looked at again later.
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
 * (borrowed) are the CA certificates that may have signed: a list whose issuer is one of them must
 * bear its signature (RFC 5280, 6.3.3 (f)). A list of an issuer that is not among them is kept with
 * its digest and signature, for the moment that its certificate is met in a chain; where the
 * algorithm does not work from a digest (Ed25519, RSA-PSS) it is refused instead. `seed`: random.
 */
struct crl_builder *crl_builder_new(void *region, size_t room, const STACK_OF(X509) * authorities,
                                    uint64_t seed);
void crl_builder_free(struct crl_builder *builder);

/*
 * All lists of one file: PEM (several, text between them passed over) or DER (one or several, end
 * to end). Errors name the file, the number of the list in it, and its issuer as soon as that is
 * known: no list at all; bytes that are not a CertificateList (RFC 5280, 5.1), cut off, or with
 * something behind; a block of PEM that is not a list; a wrong signature, or an issuer whose
 * keyUsage forbids cRLSign; the two signature algorithms differ; an unknown critical extension of
 * the list or of an entry; an indirect list (5.2.5, 5.3.3).
 */
MUST_CHECK bool crl_builder_add(struct crl_builder *builder, const char *file,
                                const struct byte_source *source, struct error *err);

/*
 * The time, and what was in force before (borrowed until the end; NULL: nothing). A list that
 * begins after `now` is not alone then: the one of its kind and key that it takes the place of
 * stays, from the files or from `old`, until it begins. Without this call all lists count as begun.
 */
void crl_builder_follow(struct crl_builder *builder, const struct crl_set *old, int64_t now);

/*
 * Completes the image: *size bytes of the region. Of two complete lists (or deltas) of one kind
 * (pki/crl_image.h) and key the newer is taken: by number where all of its kind have one, then by
 * thisUpdate; the same list twice is one. A delta (5.2.4) is applied to its base: an error if there
 * is none or that is older than BaseCRLNumber; passed over if the base is at least as new. No list
 * at all is an error.
 */
MUST_CHECK bool crl_builder_finish(struct crl_builder *builder, size_t *size, struct error *err);

#endif
