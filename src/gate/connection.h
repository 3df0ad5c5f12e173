/* SPDX-License-Identifier: Apache-2.0 */
/* A client's connection, from accept to close. */
#ifndef GATE_CONNECTION_H
#define GATE_CONNECTION_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "base/buf.h"
#include "gate/gate.h"
#include "gate/output.h"
#include "gate/request.h"
#include "gate/stream.h"
#include "net/address.h"
#include "net/loop.h"
#include "site/settings.h"
#include "tls/transport.h"
#include "upstream/later.h"

/*
 * The phases of a connection: phase, event, next phase.
 *
 *     CONNECTION_DETECT     the first byte is TLS                         CONNECTION_HANDSHAKE
 *     CONNECTION_DETECT     the first byte is not TLS                     CONNECTION_OPEN
 *     CONNECTION_HANDSHAKE  complete; OCSP must check the client          CONNECTION_CHECK
 *     CONNECTION_HANDSHAKE  complete                                      CONNECTION_OPEN
 *     CONNECTION_CHECK      the responders have answered, or time is up   CONNECTION_OPEN
 *     CONNECTION_OPEN       the responses expired, before a request       CONNECTION_CHECK
 *     CONNECTION_OPEN       the last answer has left (connection_linger)  CONNECTION_LINGER
 *     any                   connection_close                              CONNECTION_CLOSED
 *
 * In CONNECTION_OPEN the protocol has its own states.
 */
enum connection_phase {
    CONNECTION_DETECT, /* TLS or plain HTTP on a TLS port? */
    CONNECTION_HANDSHAKE,
    CONNECTION_CHECK,  /* waits for the OCSP check of the client */
    CONNECTION_OPEN,   /* the protocol reads requests and writes answers */
    CONNECTION_LINGER, /* answered; drops further input, so that a reset does not destroy the
                          response */
    CONNECTION_CLOSED, /* waits until the loop has released it */
};

/*
 * The state of the client's side: state, event, next state.
 *
 *     INBOUND_OPEN   unneeded input has arrived           INBOUND_WAITS
 *     INBOUND_WAITS  the input is needed now              INBOUND_OPEN
 *     INBOUND_WAITS  the client closed its side after it  INBOUND_HUNG_UP
 *     any            the input was read to its end        INBOUND_ENDED
 */
enum inbound {
    INBOUND_OPEN,    /* nothing waits; more may come */
    INBOUND_WAITS,   /* input waits in the kernel; yett watches only for a hang-up */
    INBOUND_HUNG_UP, /* the waiting input is the last */
    INBOUND_ENDED,
};

/* What to do before the loop sleeps. */
enum due {
    DUE_NOTHING,
    DUE_OUTPUT, /* send, and end finished requests */
    DUE_INPUT,  /* look at the input again, then as DUE_OUTPUT */
};

struct connection {
    struct gate *gate;
    struct connection *prev, *next; /* in gate->connections */
    struct connection *next_dirty;
    struct connection *older_spare, *newer_spare;           /* in gate->spares */
    struct connection *previous_in_flight, *next_in_flight; /* in gate->in_flight */
    enum due due;                                           /* not DUE_NOTHING: in gate->dirty */
    uint64_t id;                                            /* $connection */
    const struct listener *listener;
    const struct server *server; /* by SNI, or the listener's default */
    struct address peer;
    struct address *local; /* NULL: connection_local has not asked the socket yet */
    char peer_buf[ADDRESS_HOST_MAX];
    struct str peer_text; /* $remote_addr; points into peer_buf */

    struct watch watch;
    struct deadline read_by;
    struct deadline write_by;
    struct later next_turn; /* when to go on with the input */
    uint64_t turn;          /* the gate's turn that `looks` counts in */
    unsigned looks;         /* times that the input was read in that turn */
    unsigned handles;       /* libuv handles that are still to close */
    enum connection_phase phase;
    struct transport transport;
    struct known_client *known; /* gate/identify.h; NULL: not asked for yet */
    struct ocsp_check *check;   /* in CONNECTION_CHECK, or beside an exchange in flight */
    time_t vouched_until;       /* when the OCSP responses expire; 0: no responder was asked */
    bool plain_on_tls;          /* plain HTTP came to a TLS port: 497 */
    bool tls_wants_write;       /* TLS must send before it can go on (RFC 8446, 4.6.3) */
    enum inbound inbound;

    struct str input; /* unread; in `in`, or in the gate's input buffer during one event */
    struct buf in;
    struct output output;

    const struct protocol *protocol; /* NULL before the first CONNECTION_OPEN */
    void *session;                   /* the protocol's state of the connection */
    struct request *streams;         /* requests in flight, the newest first */
    uint64_t requests;               /* request heads read so far */
    uint64_t start_ms;
    const struct location_settings *last; /* while lingering: those of the last request */
    uint64_t linger_until_ms;
    bool tunnel_new; /* not checked yet against gate->demands */
};

/* Takes an accepted descriptor, and closes it on failure. */
void connection_accept(struct gate *gate, const struct listener *listener, int fd,
                       const struct address *peer);

/* The local address: $server_addr, $server_port. */
const struct address *connection_local(struct connection *conn);

/*
 * Schedules a new look at the input before the loop sleeps: after a request ended, or a body or
 * tunnel was resumed. It never looks at once, so the input cannot change the connection under the
 * caller.
 */
void connection_resume(struct connection *conn);
/* Schedules, before the loop sleeps, a flush of the output and the end of a finished request. */
void connection_touch(struct connection *conn);
/* Does now what is due. */
void connection_settle(struct connection *conn);
/* Waits for exactly the events that the phase needs. The only function that arms the loop. */
void connection_arm(struct connection *conn);
/* Whether it only waits for a next request, of which no byte has arrived. False for a new
 * connection: its first request must be answered. */
bool connection_is_spare(const struct connection *conn);
/* Closes it now and aborts its requests. */
void connection_close(struct connection *conn);
/* The same, because the client is gone: 499 in the log. Requests that go on without a client keep
 * it open. */
void connection_lost(struct connection *conn);
/* The same; the kernel drops the output that it still holds. The client can tell that it was cut:
 * by a reset, or by the protocol's goodbye. */
void connection_cut(struct connection *conn);
/* All checks of the client are complete: from here on the protocol reads requests. */
void connection_open(struct connection *conn);
/*
 * Whether the input is the preface of another protocol that this server speaks without TLS. Then
 * the other protocol takes over, from the preface on, as soon as the caller has returned.
 */
bool connection_switches(struct connection *conn);
/* The protocol waits for a next request, which may have arrived already. */
void connection_idle(struct connection *conn);
/* After the last answer, sent in `location`: waits, within its limits, until the client has closed
 * its side. */
void connection_linger(struct connection *conn, const struct location_settings *location);
/* Whether it is to end: at quit, and after keepalive_requests or keepalive_time of `location`. */
bool connection_is_worn(const struct connection *conn, const struct location_settings *location);
/* Whether unneeded input waits in the kernel. */
bool connection_input_waits(const struct connection *conn);

/* Writes to the error_log of the connection's server, and adds ", client: …, server: …". */
void connection_log(struct connection *conn, enum log_level level, const char *fmt, ...)
    PRINTF_LIKE(3, 4);

/* Logs, in nginx's words, that the client closed a connection that was kept for a next request. */
void connection_log_idle_end(const struct connection *conn);

#endif
