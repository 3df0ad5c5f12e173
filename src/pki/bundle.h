/* SPDX-License-Identifier: Apache-2.0 */
/* Files with one or more certificates in PEM. */
#ifndef PKI_BUNDLE_H
#define PKI_BUNDLE_H

#include <openssl/x509.h>

#include "base/error.h"
#include "pki/trust.h"

/*
 * Appends all certificates of the file to `out`, in order; skips blocks of other kinds (keys,
 * parameters). Errors name the file and the number of the block. A file without a certificate is an
 * error.
 */
MUST_CHECK bool bundle_certs(const struct trust_source *source, STACK_OF(X509) * out,
                             struct error *err);
/* Moves OpenSSL's error queue into `out`: " (SSL: error:… error:…)"; "" if it is empty. */
enum { SSL_ERRORS_MAX = 768 };
const char *ssl_errors(char out[static SSL_ERRORS_MAX]);

#endif
