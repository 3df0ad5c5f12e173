/* SPDX-License-Identifier: Apache-2.0 */
#include "site/client.h"

#include <assert.h>
#include <openssl/x509_vfy.h>

#include "http/status.h"
#include "tls/server.h"

int client_refusal_of(enum verify_mode mode, const struct verdict *verdict)
{
    if (mode == VERIFY_OFF) {
        return 0;
    }
    switch (verdict->status) {
    case VERDICT_GOOD: return 0;
    case VERDICT_NO_CERTIFICATE: return mode == VERIFY_ON ? STATUS_NO_CERT : 0;
    case VERDICT_BAD: break;
    }
    return mode == VERIFY_OPTIONAL_NO_CA && verdict_only_unknown_ca(verdict) ? 0
                                                                             : STATUS_CERT_ERROR;
}

const struct verdict *client_verdict(struct walk *walk)
{
    /* One of each kind that some mode treats in a way of its own. */
    static const struct verdict KINDS[] = {
        {.status = VERDICT_GOOD, .code = X509_V_OK},
        {.status = VERDICT_NO_CERTIFICATE, .code = X509_V_OK},
        {.status = VERDICT_BAD, .code = X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY},
        {.status = VERDICT_BAD, .code = X509_V_ERR_CERT_REVOKED},
    };
    static const char *const NAMES[] = {"valid", "none", "issued by an unknown CA", "not valid"};
    if (!walk_knows(walk, FACT_CLIENT)) {
        size_t chosen = walk_choose(walk, sizeof(KINDS) / sizeof(KINDS[0]));
        assert(chosen < sizeof(NAMES) / sizeof(NAMES[0]));
        walk->facts.verdict = &KINDS[chosen];
        walk->facts.unknown &= ~(unsigned)FACT_CLIENT;
        walk_suppose(walk, NULL, 0, "client certificate: %s", NAMES[chosen]);
    }
    return walk->facts.verdict;
}

static int check_certificate(struct walk *walk, enum verify_mode mode)
{
    if (mode == VERIFY_OFF) {
        return 0;
    }
    const struct verdict *verdict = client_verdict(walk);
    int status = client_refusal_of(mode, verdict);
    if (status == STATUS_NO_CERT) {
        walk_deny(walk, verdict_word(verdict),
                  "client sent no required SSL certificate while reading client request headers");
    } else if (status) {
        walk_deny(walk, verdict_word(verdict),
                  "client SSL certificate verify error: (%d:%s) while reading client request "
                  "headers",
                  verdict->code, verdict_reason(verdict));
    }
    return status;
}

int client_refusal(struct walk *walk)
{
    if (walk->facts.plain_on_tls) {
        walk_say(walk, LEVEL_INFO,
                 "client sent plain HTTP request to HTTPS port while reading client request "
                 "headers");
        return STATUS_TO_HTTPS;
    }
    if (!walk->facts.secure) {
        return 0;
    }
    const struct tls_server *tls = walk->server->tls;
    if (!tls) { /* the load excludes it: its requirements are unknown */
        walk_say(walk, LEVEL_ALERT, "a server block without TLS was selected on a TLS connection");
        return 500;
    }
    return check_certificate(walk, tls_server_verify_mode(tls));
}

bool client_is_asked(const struct walk *walk)
{
    const struct tls_server *here = walk->server->tls;
    const struct tls_server *asked = walk->facts.entered->tls;
    return walk->facts.secure && here && asked &&
           (here == asked || tls_server_same_demand(here, asked));
}

struct value client_verify(struct walk *walk)
{
    if (!walk->facts.secure) {
        return VALUE_IS_ABSENT;
    }
    if (!client_is_asked(walk)) {
        return value_of(STR("NONE"));
    }
    return value_of(verdict_text(client_verdict(walk), walk->scope.arena));
}

enum walk_step client_step(struct walk *walk, struct decision *out)
{
    int status = client_refusal(walk);
    if (status) {
        return walk_end(out, status);
    }
    return WALK_SERVER_PROGRAM;
}
