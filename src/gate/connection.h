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
 * The phases of a connection, and what leads to the next:
 *
 *     CONNECTION_DETECT     the first byte is TLS                       CONNECTION_HANDSHAKE
 *     CONNECTION_DETECT     the first byte is not                       CONNECTION_OPEN
 *     CONNECTION_HANDSHAKE  complete; the client is to be checked       CONNECTION_CHECK
 *     CONNECTION_HANDSHAKE  complete                                    CONNECTION_OPEN
 *     CONNECTION_CHECK      the responders have answered, or time is up CONNECTION_OPEN
 *     CONNECTION_OPEN       the responses expired, before a request     CONNECTION_CHECK
 *     CONNECTION_OPEN       the last answer has left (connection_linger) CONNECTION_LINGER
 *     any                   connection_close                            CONNECTION_CLOSED
 *
 * In CONNECTION_OPEN the protocol has states of its own.
 */
enum connection_phase {
    CONNECTION_DETECT, /* TLS or plain HTTP on a TLS port? */
    CONNECTION_HANDSHAKE,
    CONNECTION_CHECK,  /* waits for the OCSP check of the client */
    CONNECTION_OPEN,   /* the protocol reads requests and writes answers */
    CONNECTION_LINGER, /* answered; reads and drops input, so that a reset does not destroy the
                          response */
    CONNECTION_CLOSED, /* waits until the loop has released it */
};

/*
 * What is known of the client's side, and what leads to the next:
 *
 *     INBOUND_OPEN     input came that is not needed yet        INBOUND_WAITS
 *     INBOUND_WAITS    it is needed now                         INBOUND_OPEN
 *     INBOUND_WAITS    the client closed its side behind it     INBOUND_HUNG_UP
 *     any              the end of the input was read            INBOUND_ENDED
 */
enum inbound {
    INBOUND_OPEN,    /* nothing waits; more may come */
    INBOUND_WAITS,   /* in the kernel: only a hang-up is watched for */
    INBOUND_HUNG_UP, /* what waits is the last */
    INBOUND_ENDED,
};

/* What is to be done before the loop sleeps. */
enum due {
    DUE_NOTHING,
    DUE_OUTPUT, /* send, and end what is finished */
    DUE_INPUT,  /* look at the input again, then the same */
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
    struct ocsp_check *check; /* in CONNECTION_CHECK, or beside an exchange in flight */
    time_t vouched_until;     /* when the OCSP responses expire; 0: no responder was asked */
    bool plain_on_tls;        /* plain HTTP came to a TLS port: 497 */
    bool tls_wants_write;     /* TLS must send before it can go on (RFC 8446, 4.6.3) */
    enum inbound inbound;

    struct str input; /* unread; in `in`, or in the gate's input buffer during one event */
    struct buf in;
    struct output output;

    const struct protocol *protocol; /* NULL before the first CONNECTION_OPEN */
    void *session;                   /* what it keeps of the connection */
    struct request *streams;         /* requests in flight, the newest first */
    uint64_t requests;               /* heads read so far */
    uint64_t start_ms;
    const struct location_settings *last; /* while lingering: of the last request */
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
/* Does what is due now. */
void connection_settle(struct connection *conn);
/* Waits for exactly the events that the phase needs. The only function that arms the loop. */
void connection_arm(struct connection *conn);
/* Whether it is kept open for a next request, of which no byte has arrived. Not true for a new
 * connection: its first request must be answered. */
bool connection_is_spare(const struct connection *conn);
/* Ends it now; requests on it are aborted. */
void connection_close(struct connection *conn);
/* The same because the client cannot be reached any more: 499 in the log. */
void connection_lost(struct connection *conn);
/* The same, with a reset: output that still waits in the kernel is not delivered. */
void connection_cut(struct connection *conn);
/* Everything is known about the client: from here on its protocol reads requests. */
void connection_open(struct connection *conn);
/*
 * Whether the input is the preface of another protocol that this server speaks without TLS. Then
 * that one takes over, from the preface on, as soon as its caller has returned.
 */
bool connection_switches(struct connection *conn);
/* The protocol waits for a next request, which may have arrived already. */
void connection_idle(struct connection *conn);
/* After the last answer, sent in `location`: waits, within its limits, until the client has closed
 * its side. */
void connection_linger(struct connection *conn, const struct location_settings *location);
/* Whether input waits in the kernel that was not needed so far. */
bool connection_input_waits(const struct connection *conn);

/* error_log of the connection's server, with ", client: …, server: …" behind the message. */
void connection_log(struct connection *conn, enum log_level level, const char *fmt, ...)
    PRINTF_LIKE(3, 4);

#endif
