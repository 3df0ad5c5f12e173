/* SPDX-License-Identifier: Apache-2.0 */
/* The client's side of HTTP/2 on a connection: some requests at once, and their answers. */
#ifndef BENCH_LOAD_H2_H
#define BENCH_LOAD_H2_H

#include <openssl/ssl.h>
#include <stddef.h>
#include <stdint.h>

enum h2_progress {
    H2_MORE,   /* answers are incomplete */
    H2_DONE,   /* every answer came, and was as expected */
    H2_BAD,    /* not HTTP/2, or a stream was reset */
    H2_STATUS, /* an answer had another status … */
    H2_LENGTH, /* … or another length */
    H2_TLS,    /* SSL_write stopped: `written` has its result */
};

struct h2_request {
    const char *authority;
    const char *path;
    unsigned at_once;
    int status;     /* expected */
    int64_t length; /* expected bytes of each body, or -1 for any */
};

struct h2_client;

/* NULL if there is no memory. The settings are sent with the first request. */
struct h2_client *h2_client_new(void);
void h2_client_free(struct h2_client *client);

/* Queues `request`, which must live until the answers are there. */
void h2_client_ask(struct h2_client *client, const struct h2_request *request);

/* Writes all that is queued. H2_TLS if SSL_write stopped: call it again when that can go on. */
enum h2_progress h2_client_send(struct h2_client *client, SSL *ssl, int *written);

/* Takes the next bytes from the server. What they lead to must be sent afterwards. */
enum h2_progress h2_client_feed(struct h2_client *client, const char *bytes, size_t count);

#endif
