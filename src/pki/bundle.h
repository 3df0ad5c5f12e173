/* SPDX-License-Identifier: Apache-2.0 */
/* Files of several PEM blocks with certificates. */
#ifndef PKI_BUNDLE_H
#define PKI_BUNDLE_H

#include <openssl/x509.h>

#include "base/error.h"
#include "pki/trust.h"

/*
 * All certificates of the bundle, in order, appended to `out`; blocks of other kinds (keys,
 * parameters) are skipped. Errors name the file and the number of the block. A file without a
 * certificate is an error.
 */
MUST_CHECK bool bundle_certs(const struct trust_source *source, STACK_OF(X509) * out,
                             struct error *err);
/* " (SSL: error:… error:…)" of OpenSSL's error queue into `out`, empties it; "" when it is empty.
 */
enum { SSL_ERRORS_MAX = 768 };
const char *ssl_errors(char out[static SSL_ERRORS_MAX]);

#endif
