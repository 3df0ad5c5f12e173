/* SPDX-License-Identifier: Apache-2.0 */
/* A client's connection, from accept to close. */
#ifndef GATE_CONNECTION_H
#define GATE_CONNECTION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "gate/gate.h"
#include "gate/request.h"
#include "gate/settings.h"
#include "net/address.h"
#include "net/loop.h"
#include "tls/transport.h"

enum connection_phase {
    PHASE_DETECT,    /* TLS or plain HTTP on a TLS port? */
    PHASE_HANDSHAKE,
    PHASE_IDLE,      /* waits for a request's first byte */
    PHASE_HEAD,      /* part of a head is there */
    PHASE_REQUEST,   /* a request is being handled */
    PHASE_TUNNEL,    /* upgraded: bytes go both ways */
    PHASE_LINGER,    /* answered; reads and drops so that the answer is not lost to a reset */
    PHASE_CLOSED,    /* waits for the loop to let go */
};

/* A part of the output that is read from a file when its turn comes. */
struct output_file {
    int fd;
    uint64_t offset;
    uint64_t left;
    bool owned;
    struct output_file *next;
    size_t before; /* bytes of `out` that go first */
};

struct connection {
    struct gate *gate;
    struct connection *prev, *next; /* in gate->connections */
    uint64_t id;                    /* $connection */
    const struct listener *listener;
    struct address peer;
    struct address local;
    struct str peer_text;           /* $remote_addr; points into peer_buf */
    char peer_buf[ADDRESS_TEXT_MAX];

    struct watch watch;
    struct deadline deadline;
    unsigned handles; /* libuv handles that are still to close */
    enum connection_phase phase;
    struct transport transport;
    const struct server *server;    /* by SNI, or the listener's default */

    struct buf in;
    struct head_scan scan;
    struct buf out;
    struct output_file *files;      /* behind or between the bytes of `out` */
    bool want_write;                /* output is held up by the client */
    bool want_read;                 /* the current phase wants input */
    bool eof;                       /* the client ended its side */

    struct request *request;
    uint64_t requests;              /* heads read so far */
    uint64_t start_ms;
    uint64_t sent;                  /* bytes */
    /* In PHASE_TUNNEL: bytes from the client. */
    void (*tunnel_data)(struct request *request, struct str bytes);
    bool tunnel_paused;
};

/* Reads on after a request ended, or a tunnel or body was resumed. */
void connection_resume(struct connection *conn);
/* Ends it now. */
void connection_close(struct connection *conn);

/* From here on all bytes go to `data`; respond_data sends. For 101. */
void connection_tunnel(struct connection *conn, void (*data)(struct request *request, struct str bytes));

#endif
