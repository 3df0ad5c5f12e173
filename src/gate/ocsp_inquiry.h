/* SPDX-License-Identifier: Apache-2.0 */
/* OCSP requests about client certificates. The connections of a thread that wait for the same
 * certificate share a request. */
#ifndef GATE_OCSP_INQUIRY_H
#define GATE_OCSP_INQUIRY_H

#include <openssl/x509.h>

#include "gate/gate.h"
#include "pki/ocsp.h"
#include "site/settings.h"

struct inquiries; /* a gate's; made when first used */

/* One waiter, part of the caller's struct. Set `done`, zero the rest. */
struct inquiry_waiter {
    /* Called once, at the end; NULL: the status could not be determined. */
    void (*done)(struct inquiry_waiter *waiter, const struct ocsp_answer *answer);
    struct inquiry_waiter *next;
    struct inquiry_waiter **at; /* the pointer to this waiter; NULL: it does not wait */
};

/*
 * Asks the server's responder, or the one that the certificate names, or joins a request for this
 * server and certificate. The response also goes into the server's cache. Never calls `done` before
 * it returns. False: the request cannot be made; the log says why.
 */
MUST_CHECK bool inquiry_join(struct gate *gate, const struct server *server, X509 *cert,
                             X509 *issuer, struct inquiry_waiter *waiter);
/* Whether no further request may be made, because too many are open. */
bool inquiries_full(const struct gate *gate);
/* Stops waiting, if it waits. The request goes on, for the cache and for other waiters. */
void inquiry_leave(struct inquiry_waiter *waiter);

/* Ends all requests of a gate without connections. NULL is legal. */
void inquiries_free(struct inquiries *inquiries);

#endif
