/* SPDX-License-Identifier: Apache-2.0 */
/* A client's connection: opened, shaken hands on, asked one request at a time, without blocking. */
#ifndef BENCH_LOAD_CONNECTION_H
#define BENCH_LOAD_CONNECTION_H

#include "bench/load_answer.h"
#include "bench/load_h2.h"
#include "bench/load_leaves.h"

#include <netinet/in.h>
#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum failure {
    FAILURE_NONE,
    FAILURE_CONNECT,
    FAILURE_HANDSHAKE,
    FAILURE_NOT_RESUMED,
    FAILURE_RESUMED,
    FAILURE_CLOSED,
    FAILURE_PROTOCOL,
    FAILURE_STATUS,
    FAILURE_LENGTH,
    FAILURE_NOT_CLOSED,
    FAILURE_CLOSE_NOTIFY,
    FAILURE_TIMEOUT,
    FAILURE_COUNT
};

/* What every connection of a run shares. Constant while it runs. */
struct target {
    struct sockaddr_in address;
    char *name; /* SNI, verified name and Host; not written to, but OpenSSL's SNI macro takes no
                   const */
    SSL_CTX *tls;
    struct leaves *leaves; /* NULL: each handshake is of the certificate of `tls` */
    const char *request;
    size_t request_length;
    int status;     /* expected */
    int64_t length; /* expected length of body in bytes, or -1 for any */
    bool keep;      /* the connection outlives its answer */
    bool resume;    /* the handshake is to resume the connection's session, when it has one */
    bool http2;     /* an operation is `h2` instead of `request` */
    struct h2_request h2;
};

enum step {
    STEP_CLOSED,
    STEP_CONNECT,
    STEP_HANDSHAKE,
    STEP_SEND,
    STEP_RECEIVE,
    STEP_RECEIVE_H2,
    STEP_DRAIN,
    STEP_KEPT
};

enum progress { PROGRESS_WAIT, PROGRESS_DONE, PROGRESS_FAILED };

struct connection {
    enum step step;
    int fd;
    SSL *ssl;
    SSL_SESSION *session; /* owned: the newest ticket that the server gave */
    struct answer answer;
    struct h2_client *h2; /* owned; NULL with HTTP/1.1 */
    uint64_t bytes; /* read from the server since the connection was initialised, inside TLS */
    enum failure failure;
    char detail[160];
};

/* The failure's name in reports, lower case. */
const char *failure_name(enum failure failure);

/* Neither opens anything; `deinit` closes and frees. */
void connection_init(struct connection *connection);
void connection_deinit(struct connection *connection);

/*
 * Begins one operation: a request on the open connection, or connect, handshake and request on a
 * new one, which joins `epoll` edge-triggered with `connection` as its data. Then advances as
 * `connection_advance` does.
 */
enum progress connection_begin(struct connection *connection, const struct target *target,
                               int epoll);

/*
 * Goes as far as the sockets allow. DONE at the end of the operation: its answer is as expected
 * and, if it is not kept, the server closed in order. FAILED leaves the connection closed and sets
 * `failure` and `detail`.
 */
enum progress connection_advance(struct connection *connection, const struct target *target);

/* Ends the operation as failed, from outside: a timeout. */
void connection_fail(struct connection *connection, enum failure failure, const char *detail);

/* Whether a kept connection is still open and silent. */
bool connection_is_alive(struct connection *connection);

/* Called by TLS with each new session: the connection takes a reference to it. */
int connection_session_new(SSL *ssl, SSL_SESSION *session);

#endif
