/* SPDX-License-Identifier: Apache-2.0 */
/* OCSP requests about client certificates in one thread: connections that wait for the same
 * certificate share one. */
#ifndef GATE_OCSP_INQUIRY_H
#define GATE_OCSP_INQUIRY_H

#include <openssl/x509.h>

#include "gate/gate.h"
#include "pki/ocsp.h"
#include "site/settings.h"

struct inquiries; /* a gate's; made when first used */

/* One waiter, part of the caller's struct. Zeroed but for `done` is valid. */
struct inquiry_waiter {
    /* Called once, and ends the waiting; NULL: the status could not be determined. */
    void (*done)(struct inquiry_waiter *waiter, const struct ocsp_answer *answer);
    struct inquiry_waiter *next;
    struct inquiry_waiter **at; /* what points here; NULL: not waiting */
};

/*
 * Asks the server's responder, or the one that the certificate names, unless a request for this
 * server and certificate is under way already. The response also goes into the server's cache.
 * Never calls done before it returns. False: the request cannot be made; the log says why.
 */
MUST_CHECK bool inquiry_join(struct gate *gate, const struct server *server, X509 *cert,
                             X509 *issuer, struct inquiry_waiter *waiter);
/* Whether so many requests are open that no other is made. */
bool inquiries_full(const struct gate *gate);
/* Stops waiting, if it waited. The request goes on, for the cache and for others. */
void inquiry_leave(struct inquiry_waiter *waiter);

/* Ends all requests of a gate without connections. NULL is legal. */
void inquiries_free(struct inquiries *inquiries);

#endif
