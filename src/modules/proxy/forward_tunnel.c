/* SPDX-License-Identifier: Apache-2.0 */
#include "modules/proxy/forward_tunnel.h"

#include "gate/stream.h"
#include "gate/tunnels.h"
#include "modules/proxy/forward.h"

/* NULL: the backend has closed its side, or the request has another handler. */
static struct forward *tunnel_of(struct request *request)
{
    struct forward *forward = request->handler == &forward_handler ? request->handler_state : NULL;
    return forward && forward->exchange ? forward : NULL;
}

static void on_client_bytes(struct request *request, struct str bytes)
{
    struct forward *forward = tunnel_of(request);
    if (!forward) {
        return;
    }
    exchange_write(forward->exchange, bytes);
    if (exchange_unsent(forward->exchange) > FORWARD_UNSENT_MAX) {
        forward->body_waits = true;
        stream_pause(request);
    }
}

static void on_client_end(struct request *request)
{
    struct forward *forward = tunnel_of(request);
    if (forward) {
        exchange_end_tunnel(forward->exchange);
    }
}

void forward_tunnel_start(struct forward *forward)
{
    forward->tunnel = true;
    tunnel_start(forward->request, on_client_bytes, on_client_end);
}
