/* SPDX-License-Identifier: Apache-2.0 */
/* What a server block does with a client that presents a chain: the verdict of its handshake, the
 * line in its log, the status. `yett cert show --config` and `yett explain` show it. */
#ifndef CLI_CLIENT_VERDICT_H
#define CLI_CLIENT_VERDICT_H

#include <openssl/x509.h>
#include <stdbool.h>
#include <time.h>

#include "base/arena.h"
#include "base/str.h"
#include "pki/verdict.h"
#include "site/settings.h"

struct client_verdict {
    bool too_large; /* the handshake would fail; the rest is not set */
    struct verdict verdict;
    int status;     /* of the rejection: 0, or 495, 496 */
    struct str log; /* the sentence of the log; empty: the certificate is valid, or none counts */
    bool by_ocsp;   /* ssl_ocsp is on: a server also asks responders, and here none is asked */
};

/* The block has TLS. No certificate, or NULL: the client has none. The sentence is in the arena. */
void client_judge(const struct server *server, STACK_OF(X509) * certs, time_t now,
                  struct arena *arena, struct client_verdict *out);

/* ssl_verify_client as it is written: "optional_no_ca". */
const char *verify_mode_name(enum verify_mode mode);

#endif
