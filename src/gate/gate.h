/* SPDX-License-Identifier: Apache-2.0 */
/* The gate of one thread: the watches of its listeners, its connections, and its connections to
 * backends. */
#ifndef GATE_GATE_H
#define GATE_GATE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "gate/in_flight.h"
#include "net/loop.h"
#include "site/demand.h"
#include "site/live_state.h"
#include "site/settings.h"
#include "upstream/balance.h"
#include "upstream/exchange.h"
#include "upstream/resolver.h"

struct connection;
struct protocol;

/* The data that the threads of a worker share and change. */
struct gate_shared {
    const struct live_state *live; /* NULL: there is no certificate to fetch OCSP responses for */
    atomic_uint_fast64_t next_connection; /* numbers for $connection */
    atomic_bool stapling; /* a thread fetches the OCSP responses for server certificates */
    /* Called with each response that a staple takes over, to keep it; may be NULL. */
    void (*keep_staple)(struct gate_shared *shared, const struct staple *staple,
                        struct str response);
    atomic_uint_fast64_t alone_ms; /* since when new CRLs no longer reach the worker, by
                                      clock_now().mono_ms; 0: they do */
};

struct listener_watch {
    struct watch watch;
    struct deadline pause; /* no accepting until then: descriptors ran out */
    struct gate *gate;
    const struct listener *listener;
};

/* Looks names up for one `resolver` directive. */
struct gate_resolver {
    const struct resolver_settings *settings;
    struct resolver *resolver;
    struct gate_resolver *next;
};

struct gate {
    struct loop *loop;
    const struct settings *settings;
    struct gate_shared *shared;
    struct listener_watch *listeners;
    struct connection *connections;
    uint64_t connections_n;
    struct balance **balances; /* by group index */
    struct idle_pool *idle;
    struct gate_resolver *resolvers;         /* each made when first asked */
    struct inquiries *inquiries;             /* about clients' certificates, to OCSP responders */
    struct stapling *stapling;               /* NULL: another thread's, or nothing to fetch */
    const struct protocol *const *protocols; /* that clients speak, up to NULL; the first is for
                                                those that do not say */
    char *input;                      /* GATE_SCRATCH bytes: one read of one connection at a time */
    const struct connection *reading; /* whose input is being handed on; NULL: none */
    char *scratch;                    /* GATE_SCRATCH bytes, free between any two calls */
    struct connection *dirty;         /* have output or an end to settle before the loop sleeps */
    uv_prepare_t settle;
    uint64_t turn; /* of the loop: one begins whenever the events of the last are handled */
    struct connection *oldest_spare,
        *newest_spare; /* kept for a next request that may never come */
    struct in_flight in_flight;
    struct demands *demands; /* of the next configuration; NULL: unknown */
    bool quitting;
    bool ending; /* the gate's own handles are being closed */
    struct deadline shutdown;
    unsigned handles;        /* still to close once quitting */
    void (*done)(void *arg); /* all connections are gone after gate_quit */
    void *done_arg;
};

enum { GATE_SCRATCH = 64 * 1024 };

/*
 * `sockets[i]` is the listening descriptor of settings->listeners[i]; the gate uses duplicates. It
 * does not accept yet: clients wait in the kernel's queue.
 */
MUST_CHECK bool gate_new(struct loop *loop, const struct settings *settings,
                         const struct protocol *const *protocols, struct gate_shared *shared,
                         const int *sockets, struct gate **out, struct error *err);
/* Begins to accept. */
void gate_serve(struct gate *gate);
/*
 * Takes the new requirements for clients. Closes, now and later, the upgraded connections whose
 * client was accepted under other requirements; they would otherwise last as long as both sides
 * want.
 */
void gate_take_demands(struct gate *gate, struct demands *demands);
/* New CRLs are in force: ends the exchanges of the clients that they revoke. */
void gate_judge_again(struct gate *gate);
/* Stops accepting at once; closes idle connections, lets requests finish within
 * worker_shutdown_timeout, then calls done. */
void gate_quit(struct gate *gate, void (*done)(void *arg), void *arg);
/* Stops accepting and closes everything now, then calls done. */
void gate_stop(struct gate *gate, void (*done)(void *arg), void *arg);
/* This thread's resolver of the directive, made when first asked. NULL: it could not be made. */
struct resolver *gate_resolver_get(struct gate *gate, const struct resolver_settings *settings,
                                   struct error *err);
/* Keeps a connection among the spare ones, or takes it out (nothing if it is not there). */
void gate_spare_add(struct gate *gate, struct connection *conn);
void gate_spare_remove(struct gate *gate, struct connection *conn);
/* Closes the connection that has been idle longest. False: there is none. */
bool gate_close_spare(struct gate *gate);

/* A connection's memory is about to be freed; the last one ends a quitting gate. */
void gate_connection_gone(struct gate *gate);
/* After done was called and the loop ran once more. */
void gate_free(struct gate *gate);

#endif
