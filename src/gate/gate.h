/* SPDX-License-Identifier: Apache-2.0 */
/* The gate of one thread: the watches of its listeners, its connections, and its connections to
 * backends. */
#ifndef GATE_GATE_H
#define GATE_GATE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/spare.h"
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
    const struct live_state *live;        /* NULL in programs without live state */
    atomic_uint_fast64_t next_connection; /* numbers for $connection */
    atomic_bool stapling; /* a thread fetches the OCSP responses for server certificates */
    /* Called with each response that a staple takes over, to keep it; may be NULL. */
    void (*keep_staple)(struct gate_shared *shared, const struct staple *staple,
                        struct str response);
    atomic_uint_fast64_t alone_ms; /* since when no new CRLs can reach the worker, by
                                      clock_now().mono_ms; 0: they can */
};

struct listener_watch {
    struct watch watch;
    struct deadline pause; /* accept again then: descriptors ran out */
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
    struct gate_resolver *resolvers;         /* each made when first needed */
    struct inquiries *inquiries;             /* OCSP requests about client certificates */
    struct stapling *stapling;               /* NULL: another thread has it, or nothing to fetch */
    const struct protocol *const *protocols; /* ended by NULL; the first is for clients
                                                that do not choose */
    char *input;                      /* GATE_SCRATCH bytes: one read of one connection at a time */
    const struct connection *reading; /* the one that is reading `input`; NULL: none */
    char *scratch;                    /* GATE_SCRATCH bytes, free between any two calls */
    struct spare arena_blocks, requests, h2_streams; /* freed memory for the next ones */
    struct spare_bufs output_bufs;
    struct connection *dirty; /* to be settled before the loop sleeps */
    uv_prepare_t settle;
    uint64_t turn; /* counts the loop's turns; in each, a batch of events is handled */
    struct connection *oldest_spare, *newest_spare; /* waiting for a next request */
    struct in_flight in_flight;
    struct demands *demands; /* of the next configuration; NULL: unknown */
    bool quitting;
    bool ending; /* the gate's own handles are being closed */
    struct deadline shutdown;
    struct deadline calm;    /* the heap's free pages go back to the kernel then */
    unsigned handles;        /* still to close once quitting */
    void (*done)(void *arg); /* called when all connections are gone */
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
 * Takes the next configuration's requirements for clients. Closes, now and later, each tunnel whose
 * client was accepted under other requirements: it could otherwise last for ever.
 */
void gate_take_demands(struct gate *gate, struct demands *demands);
/* New CRLs are in force: ends the exchanges of clients that are now revoked. */
void gate_judge_again(struct gate *gate);
/* Stops accepting, closes idle connections, lets requests finish within worker_shutdown_timeout,
 * then calls done. */
void gate_quit(struct gate *gate, void (*done)(void *arg), void *arg);
/* Stops accepting and closes everything now, then calls done. */
void gate_stop(struct gate *gate, void (*done)(void *arg), void *arg);
/* Returns this thread's resolver for the directive, made when first needed. NULL with err. */
struct resolver *gate_resolver_get(struct gate *gate, const struct resolver_settings *settings,
                                   struct error *err);
/* Adds a connection to the spare ones, or removes it, if it is there. */
void gate_spare_add(struct gate *gate, struct connection *conn);
void gate_spare_remove(struct gate *gate, struct connection *conn);
/* Closes the connection that has been spare longest. False: there is none. */
bool gate_close_spare(struct gate *gate);

/*
 * A connection has become idle. When no other becomes idle for half a second, the heap's free pages
 * go back to the kernel. Under load this never happens.
 */
void gate_grows_calm(struct gate *gate);
/* A connection's memory is about to be freed; the last one ends a quitting gate. */
void gate_connection_gone(struct gate *gate);
/* Call it after `done` was called and the loop has run once more. */
void gate_free(struct gate *gate);

#endif
