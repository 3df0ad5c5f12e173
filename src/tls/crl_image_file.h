/* SPDX-License-Identifier: Apache-2.0 */
/* An image of CRLs in memory that processes share by a descriptor. */
#ifndef TLS_CRL_IMAGE_FILE_H
#define TLS_CRL_IMAGE_FILE_H

#include <openssl/x509.h>
#include <stdbool.h>

#include "base/error.h"
#include "pki/crl_set.h"
#include "tls/crl_paths.h"

/*
 * Reads the files into a new image. *fd belongs to the caller; the image cannot be changed any
 * more. `old` (may be NULL) is the image in force: its CRLs stay until the CRLs that replace them
 * begin (crl_builder_follow).
 */
MUST_CHECK bool crl_image_make(const struct crl_paths *paths, const STACK_OF(X509) * authorities,
                               const struct crl_set *old, int *fd, struct error *err);
/* The set in an image; the descriptor stays the caller's and is not needed for it any longer. */
MUST_CHECK bool crl_image_open(int fd, struct crl_set **out, struct error *err);

#endif
