/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/client_verdict.h"

#include <assert.h>

#include "pki/trust.h"
#include "site/client.h"
#include "tls/server.h"

const char *verify_mode_name(enum verify_mode mode)
{
    static const char *const NAMES[] = {
        [VERIFY_OFF] = "off",
        [VERIFY_ON] = "on",
        [VERIFY_OPTIONAL] = "optional",
        [VERIFY_OPTIONAL_NO_CA] = "optional_no_ca",
    };
    assert((size_t)mode < sizeof(NAMES) / sizeof(NAMES[0]));
    return NAMES[mode];
}

static struct str sentence(X509 *cert, const struct verdict *verdict, struct arena *arena)
{
    char point[TRUST_POINT_MAX];
    return arena_printf(arena, "client SSL certificate verify error: (%d:%s) at depth %d%s",
                        verdict->code, verdict_reason(verdict), verdict->depth,
                        trust_verdict_point(verdict, cert, point));
}

void client_judge(const struct server *server, STACK_OF(X509) * certs, time_t now,
                  struct arena *arena, struct client_verdict *out)
{
    assert(server->tls);
    *out = (struct client_verdict){.verdict = {.status = VERDICT_NO_CERTIFICATE}};
    bool has_cert = certs && sk_X509_num(certs) > 0;
    if (has_cert && !tls_server_judge(server->tls, certs, now, &out->verdict)) {
        out->too_large = true;
        return;
    }
    out->status = client_refusal_of(tls_server_verify_mode(server->tls), &out->verdict);
    if (out->verdict.status == VERDICT_BAD) {
        out->log = sentence(sk_X509_value(certs, 0), &out->verdict, arena);
    }
    out->by_ocsp = tls_server_ocsp_mode(server->tls) != OCSP_OFF;
}
