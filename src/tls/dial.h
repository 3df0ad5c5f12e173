/* SPDX-License-Identifier: Apache-2.0 */
/* The state of a handshake with a backend: the SSL object's app data. */
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
    struct proof *proof;   /* of a good verdict, from this handshake or the session */
    uint64_t lists_serial; /* trust_lists_serial() before the verdict */
    time_t until;          /* until when the verdict holds for sessions */
};

void dial_state_free(struct dial_state *state);

/* The trust set that verifies the backend; NULL: it is not verified. */
const struct trust *dial_trust(const struct dial_state *state);

/*
 * After a complete or failed handshake: gives the verdict. False: the handshake failed, or the
 * certificate is rejected: then *err is nginx's sentence.
 */
MUST_CHECK bool dial_judge(SSL *ssl, const struct dial_state *state, struct verdict *verdict,
                           struct error *err);

#endif
