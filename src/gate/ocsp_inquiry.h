/* SPDX-License-Identifier: Apache-2.0 */
/* Questions about clients' certificates that are under way in one thread: one for all who wait. */
#ifndef GATE_OCSP_INQUIRY_H
#define GATE_OCSP_INQUIRY_H

#include <openssl/x509.h>

#include "gate/gate.h"
#include "pki/ocsp.h"
#include "site/settings.h"

struct inquiries; /* a gate's; made when first used */

/* Part of whoever waits for an answer. Zeroed but for `done` is valid. */
struct inquiry_waiter {
    /* Once, with NULL when nobody could say. It waits no longer then. */
    void (*done)(struct inquiry_waiter *waiter, const struct ocsp_answer *answer);
    struct inquiry_waiter *next;
    struct inquiry_waiter **at; /* what points here; NULL: not waiting */
};

/*
 * Asks the server's responder, or the one that the certificate names, unless the server's clients
 * are asking already. The answer goes into the server's cache as well. Never calls done before it
 * returns. False: it cannot be asked; the log says why.
 */
MUST_CHECK bool inquiry_join(struct gate *gate, const struct server *server, X509 *cert,
                             X509 *issuer, struct inquiry_waiter *waiter);
/* Whether so many questions are open that no other is asked. */
bool inquiries_full(const struct gate *gate);
/* Waits no longer, if it did. The question goes on, for the cache and for others. */
void inquiry_leave(struct inquiry_waiter *waiter);

/* Ends all of a gate that has no connections any more. NULL is legal. */
void inquiries_free(struct inquiries *inquiries);

#endif
