/* SPDX-License-Identifier: Apache-2.0 */
/* Any certificate that OpenSSL parses, through everything we read of it, and through the verify
 * function. */
#include <openssl/x509.h>
#include <stdint.h>
#include <stdlib.h>

#include "pki/cert.h"
#include "pki/cert_forms.h"
#include "pki/cert_host.h"
#include "pki/cert_names.h"
#include "pki/cert_uses.h"
#include "pki/trust.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct str (*const FIELDS[])(const X509 *, struct arena *) = {
    cert_subject,     cert_issuer, cert_subject_legacy, cert_issuer_legacy, cert_serial,
    cert_fingerprint, cert_pem,    cert_pem_folded,     cert_not_before,    cert_not_after,
};

/* What `yett cert show` tells of it beside its fields. */
static void tell(X509 *cert, struct arena *arena)
{
    static struct str (*const FORMS[])(const X509 *, struct arena *) = {
        cert_serial_octets, cert_serial_decimal, cert_sha256, cert_key_pin, cert_signature_text,
    };
    struct cert_names names;
    for (size_t i = 0; i < COUNT_OF(FORMS); i++) {
        (void)FORMS[i](cert, arena);
    }
    (void)cert_key_text(cert, arena);
    (void)cert_key_id(cert, arena);
    (void)cert_authority_key_id(cert, arena);
    (void)cert_attributes(X509_get_subject_name(cert), arena);
    bool ok = cert_alternative_names(cert, arena, &names) &&
              cert_crl_addresses(cert, arena, &names) &&
              cert_authority_addresses(cert, arena, &names);
    (void)ok;
    (void)cert_key_usage(cert, arena);
    (void)cert_extended_key_usage(cert, arena);
    (void)cert_constraints(cert, arena);
    (void)cert_extensions(cert, false, arena);
    (void)cert_use_refusal(cert, CERT_CLIENT);
    (void)cert_use_refusal(cert, CERT_SERVER);
    (void)cert_use_refusal(cert, CERT_AUTHORITY);
}

static struct trust *nobody(void)
{
    static struct trust *trust;
    const struct trust_options options = {.purpose = TRUST_CLIENTS, .depth = 1};
    struct error err;
    if (!trust && !trust_new(&options, &trust, &err)) {
        abort();
    }
    return trust;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const unsigned char *p = data;
    X509 *cert = d2i_X509(NULL, &p, (long)size);
    if (!cert) {
        return 0;
    }
    struct arena arena;
    arena_init(&arena, 0);
    for (size_t i = 0; i < COUNT_OF(FIELDS); i++) {
        struct str text = FIELDS[i](cert, &arena);
        if (text.n && !text.p) {
            abort();
        }
    }
    (void)cert_days_left(cert, 1795000000, &arena);
    tell(cert, &arena);

    /* Its names (subjectAltName, or the common name): a pattern is not asked for, an address is no
     * name. */
    if (cert_host_code(cert, ".test") == X509_V_OK || cert_host_code(cert, "") == X509_V_OK) {
        abort();
    }
    (void)cert_host_code(cert, "a.test");
    (void)cert_host_code(cert, "::1");

    /* Nobody is trusted: whatever it is, it is not good. */
    if (trust_verify(nobody(), cert, NULL, "a.test", 1795000000, NULL).status != VERDICT_BAD) {
        abort();
    }
    arena_deinit(&arena);
    X509_free(cert);
    return 0;
}
