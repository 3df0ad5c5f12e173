/* SPDX-License-Identifier: Apache-2.0 */
/* One connection to a backend: serving an exchange, or idle between two. Private to upstream/. */
#ifndef UPSTREAM_LINK_H
#define UPSTREAM_LINK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "net/loop.h"
#include "tls/client.h"
#include "tls/transport.h"
#include "upstream/exchange.h"

struct exchange;
struct idle_pool;

/*
 * Which requests may use a connection: requests to the same backend, sent as the same client. Two
 * locations with different client certificates, or different requirements for the backend's
 * certificate, never share one.
 */
struct link_key {
    const struct upstream_group *group;
    struct address peer;
    struct address local; /* len 0: any */
    const struct tls_client *tls;
    const struct tls_keypair *keypair;
    const char *name; /* owned by the link; NULL: none */
    bool send_sni;
};

enum link_state {
    LINK_CONNECTING,
    LINK_HANDSHAKE,
    LINK_UP,
};

struct link {
    struct idle_pool *pool;
    struct link *newer, *older; /* among the idle ones of its group */
    struct exchange *exchange;  /* NULL: idle */
    enum link_state state;
    struct link_key key;
    uint64_t requests; /* served or being served */
    uint64_t start_ms;

    struct watch watch;
    struct deadline deadline;
    unsigned handles; /* still to close */
    struct transport transport;
    struct buf in;  /* read, not yet used */
    struct buf out; /* not yet sent, after the exchange's header */
    bool blocked;   /* the kernel takes no more for now, or TLS has to send before it reads */
};

/*
 * Starts to connect. NULL when that fails at once, with *err a sentence without the phase. The new
 * connection calls exchange_ready and exchange_expired while it serves one.
 */
struct link *link_open(struct idle_pool *pool, struct loop *loop,
                       const struct exchange_target *target, struct exchange *exchange,
                       struct error *err);
/* Whether a request to `target` may go over this connection. */
bool link_fits(const struct link *link, const struct exchange_target *target);
/* Whether the backend's certificate is still valid, by the CRLs in force and the time. */
bool link_still_good(struct link *link);
/* Ends it; its memory goes later. `in_order`: send close_notify. */
void link_close(struct link *link, bool in_order);

/* exchange.c: what happened to a connection that serves one. */
void exchange_ready(struct exchange *exchange, int events);
void exchange_expired(struct exchange *exchange);

#endif
