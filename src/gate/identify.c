/* SPDX-License-Identifier: Apache-2.0 */
#include "gate/identify.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/must.h"
#include "pki/cert.h"
#include "pki/trust.h"
#include "policy/identity.h"

bool identify_again(struct connection *conn)
{
    struct transport *transport = &conn->transport;
    if (transport->verdict.status != VERDICT_GOOD) {
        return true; /* what that means was decided when it was found */
    }
    transport_judge_again(transport, clock_second());
    if (transport->verdict.status == VERDICT_GOOD) {
        return true;
    }
    identify(conn);
    return false;
}

void identify(struct connection *conn)
{
    const struct transport *transport = &conn->transport;
    if (transport->verdict.status != VERDICT_BAD ||
        !log_enabled(conn->server->root.log, LEVEL_INFO)) {
        return;
    }
    X509 *cert = transport_peer_cert(transport);
    if (!cert) {
        return;
    }
    struct arena arena;
    char point[TRUST_POINT_MAX];
    arena_init(&arena, 0);
    struct str subject = cert_subject(cert, &arena);
    struct str issuer = cert_issuer(cert, &arena);
    struct str serial = cert_serial(cert, &arena);
    connection_log(conn, LEVEL_INFO,
                   "client SSL certificate verify error: (%d:%s) at depth %d, subject: \"%.*s\", "
                   "issuer: \"%.*s\", serial: %.*s%s",
                   transport->verdict.code, verdict_reason(&transport->verdict),
                   transport->verdict.depth, STR_ARG(subject), STR_ARG(issuer), STR_ARG(serial),
                   trust_verdict_point(&transport->verdict, cert, point));
    arena_deinit(&arena);
}

/* A connection's known client. */
struct known_client {
    struct arena arena;
    const struct identity *identity;
};

const struct identity *identify_client(struct connection *conn)
{
    X509 *cert = conn->gate->settings->policies_n && conn->transport.verdict.status == VERDICT_GOOD
                     ? transport_peer_cert(&conn->transport)
                     : NULL;
    if (!cert) {
        return NULL;
    }
    if (!conn->known) {
        conn->known = must_calloc(1, sizeof(*conn->known));
        arena_init(&conn->known->arena, 0);
        conn->known->identity = identity_of(cert, &conn->known->arena);
    }
    return conn->known->identity;
}

void identify_free(struct connection *conn)
{
    if (conn->known) {
        arena_deinit(&conn->known->arena);
        free(conn->known);
        conn->known = NULL;
    }
}
