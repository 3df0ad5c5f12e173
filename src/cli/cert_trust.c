/* SPDX-License-Identifier: Apache-2.0 */
/* A chain judged against a file of CAs alone. */
#include <assert.h>
#include <openssl/ssl.h>

#include "base/file.h"
#include "cli/cert.h"
#include "pki/trust.h"
#include "tls/context.h"

enum { DEPTH_MAX = 100, SECURITY_LEVEL = 1 };

/* NULL: it is good. */
static const char *why_not(const struct verdict *verdict, struct arena *arena)
{
    return verdict->status == VERDICT_GOOD
               ? NULL
               : arena_printf(arena, "%s, at depth %d", verdict_reason(verdict), verdict->depth).p;
}

static bool report_purpose(struct report *report, const struct trust_source *source,
                           enum trust_purpose purpose, STACK_OF(X509) * certs, const char *host,
                           time_t now, struct verdict *out, struct arena *arena, struct error *err)
{
    struct trust *trust;
    assert(sk_X509_num(certs) > 0);
    const struct trust_options options = {
        .purpose = purpose,
        .authorities = source,
        .authorities_n = 1,
        .depth = DEPTH_MAX,
        .security_level = SECURITY_LEVEL,
    };
    if (!trust_new(&options, &trust, err)) {
        return false;
    }
    *out = trust_verify(trust, sk_X509_value(certs, 0), certs, host, now, NULL);
    trust_free(trust);
    bool client = purpose == TRUST_CLIENTS;
    report_unless(report, client ? "as_tls_client" : "as_tls_server",
                  client ? "as TLS client" : "as TLS server", why_not(out, arena));
    return true;
}

bool cert_report_trust(struct report *report, const char *authorities, STACK_OF(X509) * certs,
                       const char *host, time_t now, bool *refused, struct arena *arena,
                       struct error *err)
{
    const char *path = authorities ? authorities : CERT_SYSTEM_AUTHORITIES;
    struct trust_source source = {.name = path};
    struct verdict client = {.status = VERDICT_BAD};
    struct verdict server = {.status = VERDICT_BAD};
    if (!file_read(path, PEM_FILE_MAX, arena, &source.pem, err)) {
        return false;
    }
    report_group(report, "trust", "Verified against");
    report_labelled(report, "authorities", "CA file", str_of(path));
    bool ok = host ||
              report_purpose(report, &source, TRUST_CLIENTS, certs, NULL, now, &client, arena, err);
    ok =
        ok && report_purpose(report, &source, TRUST_SERVERS, certs, host, now, &server, arena, err);
    if (host) {
        report_text(report, "host", str_of(host));
    }
    report_group_end(report);
    *refused = client.status != VERDICT_GOOD && server.status != VERDICT_GOOD;
    return ok;
}
