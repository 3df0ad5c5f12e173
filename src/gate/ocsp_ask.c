/* SPDX-License-Identifier: Apache-2.0 */
/* Asking OCSP responders over HTTP (RFC 6960, A.1). */
#include "gate/ocsp_ask.h"

#include "pki/ocsp.h"

struct fetch *ocsp_ask(struct gate *gate, const struct server *server, X509 *cert, X509 *issuer,
                       const struct ocsp_responder *responder,
                       void (*done)(void *arg, struct str body, const char *error), void *arg,
                       struct error *err)
{
    struct fetch_options options = {
        .url = &responder->url,
        .addresses = responder->addresses,
        .addresses_n = responder->addresses_n,
        .request_type = "application/ocsp-request",
        .answer_type = "application/ocsp-response",
        .answer_max = OCSP_ANSWER_MAX,
        .timeout_ms = OCSP_TIMEOUT_MS,
    };
    struct fetch *fetch = NULL;
    struct arena arena;
    arena_init(&arena, 0);
    bool ok = ocsp_request(cert, issuer, &arena, &options.body, err);
    if (ok && server->root.resolver && !options.url->is_address) {
        options.resolver = gate_resolver_get(gate, server->root.resolver, err);
        ok = options.resolver != NULL;
    }
    if (ok) {
        fetch = fetch_post(gate->idle, gate->loop, &options, done, arg);
    }
    arena_deinit(&arena);
    return fetch;
}
