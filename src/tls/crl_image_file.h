/* SPDX-License-Identifier: Apache-2.0 */
/* An image of CRLs in shared memory; a descriptor passes it to other processes. */
#ifndef TLS_CRL_IMAGE_FILE_H
#define TLS_CRL_IMAGE_FILE_H

#include <openssl/x509.h>
#include <stdbool.h>

#include "base/error.h"
#include "pki/crl_set.h"
#include "tls/crl_paths.h"

/*
 * Reads the files into a new image, which is then sealed. *fd belongs to the caller. `old` (may be
 * NULL) is the set in force: its CRLs stay until the CRLs that replace them begin
 * (crl_builder_follow).
 */
MUST_CHECK bool crl_image_make(const struct crl_paths *paths, const STACK_OF(X509) * authorities,
                               const struct crl_set *old, int *fd, struct error *err);
/* Opens the set in an image. The descriptor stays the caller's, who may close it. */
MUST_CHECK bool crl_image_open(int fd, struct crl_set **out, struct error *err);

#endif
