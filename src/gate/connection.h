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
#include "net/address.h"
#include "net/loop.h"
#include "site/settings.h"
#include "tls/transport.h"
#include "upstream/later.h"

enum connection_phase {
    PHASE_DETECT, /* TLS or plain HTTP on a TLS port? */
    PHASE_HANDSHAKE,
    PHASE_CHECK,   /* waits for the OCSP check of the client */
    PHASE_IDLE,    /* waits for a request's first byte */
    PHASE_HEAD,    /* part of a head is there */
    PHASE_REQUEST, /* a request is being handled */
    PHASE_TUNNEL,  /* upgraded: bytes go both ways */
    PHASE_LINGER,  /* answered; reads and drops input, so that a reset does not destroy the response
                    */
    PHASE_CLOSED,  /* waits until the loop has released it */
};

struct connection {
    struct gate *gate;
    struct connection *prev, *next; /* in gate->connections */
    struct connection *next_dirty;
    struct connection *older_spare, *newer_spare;           /* in gate->spares */
    struct connection *previous_in_flight, *next_in_flight; /* in gate->in_flight */
    bool dirty;
    uint64_t id; /* $connection */
    const struct listener *listener;
    const struct server *server; /* by SNI, or the listener's default */
    struct address peer;
    struct address local; /* asked from the socket when `has_local` is false */
    bool has_local;
    char peer_buf[ADDRESS_TEXT_MAX];
    struct str peer_text; /* $remote_addr; points into peer_buf */

    struct watch watch;
    struct deadline read_by;
    struct deadline write_by;
    struct later next_turn; /* input goes on then */
    uint64_t turn;          /* of the gate, in which `looks` was counted last */
    unsigned looks;         /* at this connection's input in that turn */
    unsigned handles;       /* libuv handles that are still to close */
    enum connection_phase phase;
    struct transport transport;
    struct ocsp_check *check; /* in PHASE_CHECK, or beside an exchange in flight */
    time_t vouched_until;     /* when the OCSP responses expire; 0: no responder was asked */
    bool plain_on_tls;        /* plain HTTP came to a TLS port: 497 */
    bool handshake_writes;    /* the handshake waits to write, not to read */
    bool read_wants_write;    /* TLS has to send before it can read on (RFC 8446, 4.6.3) */
    bool eof;                 /* the client closed its side */
    bool input_waits;         /* input that is not needed yet: only a hang-up is watched for */
    bool processing;
    bool resume;  /* look at the input again when the connection is settled */
    bool hung_up; /* the client closed its side, perhaps after input that waits */

    struct str input; /* unread; in `in`, or in the gate's input buffer during one event */
    struct buf in;
    struct head_scan scan;
    struct output output;

    struct request *request;
    uint64_t requests; /* heads read so far */
    uint64_t start_ms;
    const struct location_settings *last; /* of the last request: its time limits still apply */
    uint64_t linger_until_ms;
    /* In PHASE_TUNNEL: bytes from the client. */
    void (*tunnel_data)(struct request *request, struct str bytes);
    bool tunnel_paused;
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
/* Does that now: sends as much output as possible, and ends a finished request. */
void connection_settle(struct connection *conn);
/* Waits for exactly the events that the phase needs. The only function that arms the loop. */
void connection_arm(struct connection *conn);
/* Whether it is kept open for a next request, of which no byte has arrived. Not true for a new
 * connection: its first request must be answered. */
bool connection_is_spare(const struct connection *conn);
/* Ends it now; a request on it is aborted. */
void connection_close(struct connection *conn);
/* The same, with a reset: output that still waits in the kernel is not delivered. */
void connection_cut(struct connection *conn);
/* After the end of a request in `location`: idle, lingering, or closed. */
void connection_next(struct connection *conn, const struct location_settings *location,
                     bool keep_alive, bool linger);

/* error_log of the connection's server, with ", client: …, server: …" behind the message. */
void connection_log(struct connection *conn, enum log_level level, const char *fmt, ...)
    PRINTF_LIKE(3, 4);

#endif
