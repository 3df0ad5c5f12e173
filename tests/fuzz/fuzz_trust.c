/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as the file of authorities. */
#include <openssl/x509.h>
#include <stdint.h>
#include <stdlib.h>

#include "pki/trust.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct trust_source source = {"fuzz", {(const char *)data, size}};
    const struct trust_options options = {
        .purpose = TRUST_CLIENTS,
        .authorities = &source,
        .authorities_n = 1,
        .depth = 1,
    };
    struct trust *trust = NULL;
    struct error err = {""};
    if (!trust_new(&options, &trust, &err)) {
        if (!err.text[0]) {
            abort();
        }
    } else {
        trust_free(trust);
    }
    STACK_OF(X509_NAME) *names = NULL;
    if (trust_ca_names(&source, &names, &err)) {
        sk_X509_NAME_pop_free(names, X509_NAME_free);
    }
    return 0;
}
