/* SPDX-License-Identifier: Apache-2.0 */
#include "pki/cert_host.h"

#include <assert.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

int cert_host_code(X509 *cert, const char *host)
{
    assert(host);
    if (!*host || *host == '.') {
        return X509_V_ERR_HOSTNAME_MISMATCH;
    }
    ASN1_OCTET_STRING *ip = a2i_IPADDRESS(host);
    if (!ip) {
        return X509_check_host(cert, host, 0, 0, NULL) == 1 ? X509_V_OK
                                                            : X509_V_ERR_HOSTNAME_MISMATCH;
    }
    int ok = X509_check_ip(cert, ASN1_STRING_get0_data(ip), (size_t)ASN1_STRING_length(ip), 0);
    ASN1_OCTET_STRING_free(ip);
    return ok == 1 ? X509_V_OK : X509_V_ERR_IP_ADDRESS_MISMATCH;
}
