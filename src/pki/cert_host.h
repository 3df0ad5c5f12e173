/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a server's certificate is for the name that was asked for. */
#ifndef PKI_CERT_HOST_H
#define PKI_CERT_HOST_H

#include <openssl/x509.h>

/*
 * X509_V_OK, X509_V_ERR_HOSTNAME_MISMATCH or X509_V_ERR_IP_ADDRESS_MISMATCH. A name is looked for
 * among the DNS names, wildcards included, or in the common name when there are none (RFC 6125, 6);
 * an address among the iPAddresses alone (RFC 5280, 4.2.1.6). An empty name and one that begins
 * with a dot, which OpenSSL takes for a pattern, match no certificate.
 */
int cert_host_code(X509 *cert, const char *host);

#endif
