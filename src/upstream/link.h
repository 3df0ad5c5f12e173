/* SPDX-License-Identifier: Apache-2.0 */
/* One connection to a backend: of one exchange, of several (HTTP/2), or idle. Private to
 * upstream/. */
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
struct h2_link;
struct idle_pool;

/*
 * The requests that may use a connection: those to the same backend, as the same client. Locations
 * with different client certificates, or different requirements for the backend's certificate,
 * never share one.
 */
struct link_key {
    const struct upstream_group *group;
    struct address peer;
    struct address local; /* len 0: any */
    const struct tls_client *tls;
    const struct tls_keypair *keypair;
    const char *name; /* owned by the link; NULL: none */
    bool send_sni;
    bool http2;
};

enum link_state {
    LINK_CONNECTING,
    LINK_HANDSHAKE,
    LINK_UP,
};

/* In which list of its group a connection is. */
enum link_place {
    LINK_NOWHERE,
    LINK_IDLE,   /* without an exchange */
    LINK_SHARED, /* HTTP/2, with exchanges, and room for more */
    LINK_PLACES,
};

struct link {
    struct idle_pool *pool;
    enum link_place place;
    struct link *newer, *older; /* in that list */
    struct exchange *exchange;  /* the only one; NULL: idle, or there is `h2` */
    struct h2_link *h2;         /* NULL: HTTP/1, or not up yet */
    enum link_state state;
    struct link_key key;
    uint64_t requests; /* served or being served */
    uint64_t start_ms;

    struct watch watch;
    struct deadline deadline;
    unsigned handles; /* still to close */
    struct transport transport;
    struct buf in;   /* read, not yet used */
    struct buf out;  /* not sent yet; in HTTP/1 it follows the exchange's header */
    bool blocked;    /* the kernel takes no more for now */
    bool read_waits; /* TLS must send before it reads */
};

/*
 * Starts to connect. NULL: this failed at once; *err is a sentence without the phase. In an
 * exchange, the connection calls exchange_ready and exchange_expired.
 */
struct link *link_open(struct idle_pool *pool, struct loop *loop,
                       const struct exchange_target *target, struct exchange *exchange,
                       struct error *err);
/* Whether a request to `target` may go over this connection: to the same backend, by the same
 * protocol, as the same client. */
bool link_fits(const struct link *link, const struct exchange_target *target);
/* Whether the backend's certificate is still valid, by the CRLs in force and the time. */
bool link_still_good(struct link *link);
/* Closes it; the memory is freed later. `in_order`: send close_notify. */
void link_close(struct link *link, bool in_order);

/* exchange.c: an event on the connection of an exchange. */
void exchange_ready(struct exchange *exchange, int events);
void exchange_expired(struct exchange *exchange);

#endif
