/* SPDX-License-Identifier: Apache-2.0 */
/* What a connection to a backend carries through its handshake: the SSL object's app data. */
#ifndef TLS_DIAL_H
#define TLS_DIAL_H

#include <openssl/ssl.h>
#include <time.h>

#include "tls/client.h"

struct dial_state {
    struct tls_client *client;
    struct verdict verdict;
    char *name;            /* NULL: none to check */
    struct str key;        /* of the session cache; empty: not kept */
    struct proof *proof;   /* of a good verdict, from this handshake or from that of the session */
    uint64_t lists_serial; /* before anything was judged */
    time_t until;          /* how long the verdict on the backend holds for its sessions */
};

void dial_state_free(struct dial_state *state);

/* What judges the backend; NULL: it is not verified. */
const struct trust *dial_trust(const struct dial_state *state);

/*
 * After the handshake, done or failed: the verdict, and whether to go on. On a refused certificate
 * *err is nginx's sentence for it.
 */
MUST_CHECK bool dial_judge(SSL *ssl, const struct dial_state *state, struct verdict *verdict,
                           struct error *err);

#endif
