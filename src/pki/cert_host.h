/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a server certificate is for a name. */
#ifndef PKI_CERT_HOST_H
#define PKI_CERT_HOST_H

#include <openssl/x509.h>

/*
 * Returns X509_V_OK, X509_V_ERR_HOSTNAME_MISMATCH or X509_V_ERR_IP_ADDRESS_MISMATCH. A name must be
 * among the DNS names, which may be wildcards, or, if there are none, the common name (RFC 6125,
 * 6); an address must be among the iPAddresses (RFC 5280, 4.2.1.6). An empty name matches no
 * certificate, nor does one that begins with a dot, which OpenSSL takes for a pattern.
 */
int cert_host_code(X509 *cert, const char *host);

#endif
