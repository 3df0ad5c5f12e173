/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as the file of authorities, of lists, or both (a first byte says which). */
#include <openssl/x509.h>
#include <stdint.h>
#include <stdlib.h>

#include "pki/trust.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void say(void *arg, const char *text)
{
    *(size_t *)arg += text[0] != '\0';
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!size) {
        return 0;
    }
    const struct trust_source source = {"fuzz", {(const char *)data + 1, size - 1}};
    const struct trust_options options = {
        .purpose = TRUST_CLIENTS,
        .authorities = &source,
        .authorities_n = data[0] & 1,
        .crls = &source,
        .crls_n = data[0] >> 1 & 1,
        .depth = 1,
    };
    struct trust *trust = NULL;
    struct error err = {""};
    if (!trust_new(&options, &trust, &err)) {
        if (!err.text[0]) {
            abort();
        }
    } else {
        size_t said = 0;
        if (trust_report(trust, 1795000000, say, &said) != said) {
            abort();
        }
        trust_free(trust);
    }
    STACK_OF(X509_NAME) *names = NULL;
    if (trust_ca_names(&source, &names, &err)) {
        sk_X509_NAME_pop_free(names, X509_NAME_free);
    }
    return 0;
}
