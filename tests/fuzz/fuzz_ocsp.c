/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as an OCSP response about one certificate: nothing is half believed. */
#include <openssl/pem.h>
#include <stdint.h>
#include <stdlib.h>

#include "pki/ocsp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char ISSUER[] = "-----BEGIN CERTIFICATE-----\n"
                             "MIIBKDCBzqADAgECAgEBMAoGCCqGSM49BAMCMBIxEDAOBgNVBAMMB2Z1enogY2Ew\n"
                             "IBcNMjYwMTAxMDAwMDAwWhgPMjEyNjAxMDEwMDAwMDBaMBIxEDAOBgNVBAMMB2Z1\n"
                             "enogY2EwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAASraUBT33Nfreh+veoxb5h0\n"
                             "6EfHDBGRDR/gw/96N4Yxtdvbz+90QXMOh9HpRZy1amjcIkBIB3u6O4o4xxG/NZqw\n"
                             "oxMwETAPBgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMCA0kAMEYCIQCJMvNfRQaS\n"
                             "WfpuDWqrvF614XNEYp0AOxO1SRGlIkayygIhANBIsSmcO8ENO1lCorOgf2zJIeQG\n"
                             "1jiG9h3dnxTp3GWi\n"
                             "-----END CERTIFICATE-----\n";
static const char LEAF[] = "-----BEGIN CERTIFICATE-----\n"
                           "MIIBJTCBzaADAgECAgEHMAoGCCqGSM49BAMCMBIxEDAOBgNVBAMMB2Z1enogY2Ew\n"
                           "IBcNMjYwMTAxMDAwMDAwWhgPMjEyNjAxMDEwMDAwMDBaMBQxEjAQBgNVBAMMCWZ1\n"
                           "enogbGVhZjBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABEcJyiGJoS74Ct4+OMCw\n"
                           "TMmzqzI+byyi7fnotS3iW26Faz0voDH2O+Ev+3/V7dxDS/q0P+dwqI0wOAJVZxu3\n"
                           "2BKjEDAOMAwGA1UdEwEB/wQCMAAwCgYIKoZIzj0EAwIDRwAwRAIgYIF/IWjDkpYj\n"
                           "x5KIsCmWaNzWyTfvbcoqxFgLSwjfqvYCIDTFKYrhboCbBiDogwge+vYg/2YCunsA\n"
                           "MI8LRHEBI5dA\n"
                           "-----END CERTIFICATE-----\n";

static X509 *parse(const char *pem)
{
    BIO *bio = BIO_new_mem_buf(pem, -1);
    X509 *cert = PEM_read_bio_X509(bio, NULL, NULL, NULL);
    BIO_free(bio);
    if (!cert) {
        abort();
    }
    return cert;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const time_t now = 1795000000;
    static X509 *issuer, *leaf;
    if (!issuer) {
        issuer = parse(ISSUER);
        leaf = parse(LEAF);
    }
    struct str response = {(const char *)data, size};
    struct ocsp_answer answer;
    struct error err = {""};
    if (ocsp_judge(response, leaf, issuer, now, &answer, &err)) {
        time_t until = ocsp_until(&answer, now);
        if (answer.this_update > now + OCSP_SKEW_S || (until && until < now)) {
            abort();
        }
    } else if (!err.text[0] || answer.status != OCSP_UNKNOWN) {
        abort();
    }
    return 0;
}
