/* SPDX-License-Identifier: Apache-2.0 */
/* One connection of the probe, as lax as a client can be: it trusts every server. It blocks. */
#ifndef PROBE_WIRE_H
#define PROBE_WIRE_H

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "net/address.h"
#include "probe/identity.h"

struct wire_target {
    const struct address *address;
    bool secure;
    struct str sni;                  /* empty: none is sent */
    const struct identity *identity; /* NULL: no certificate */
    int version;                     /* TLS1_2_VERSION, TLS1_3_VERSION; 0: any */
    bool h2;                         /* ALPN offers h2, and nothing else */
    SSL_SESSION *session;            /* to resume; may be NULL */
    uint64_t timeout_ms;             /* for each step */
};

struct wire {
    int fd;
    SSL_CTX *ctx; /* NULL: not over TLS */
    SSL *ssl;
    uint64_t timeout_ms;
};

/* False: there is no connection (*err), or the handshake failed. */
enum wire_opened { WIRE_OPEN, WIRE_NO_CONNECTION, WIRE_NO_HANDSHAKE };
enum wire_opened wire_open(struct wire *wire, const struct wire_target *target, struct error *err);
void wire_close(struct wire *wire);

/* Sends all. False: the peer has closed, or does not read. */
bool wire_send(struct wire *wire, struct str bytes);
/* Appends what comes next. */
enum wire_read { WIRE_SOME, WIRE_END, WIRE_TIMEOUT };
enum wire_read wire_read(struct wire *wire, struct buf *in);

/* The session to resume later; NULL: none. The caller frees it. */
SSL_SESSION *wire_session(struct wire *wire);
bool wire_resumed(const struct wire *wire);
bool wire_is_h2(const struct wire *wire);

#endif
