/* SPDX-License-Identifier: Apache-2.0 */
/*
 * OCSP responses for server certificates, kept for later workers and generations, so that they can
 * staple while the responder is down. Each is a file in memory, named after its certificate. Master
 * and generation only pass the files on. The worker reads them, and verifies them like a fetched
 * response.
 */
#ifndef APP_KEPT_STAPLES_H
#define APP_KEPT_STAPLES_H

#include <stddef.h>

#include "base/error.h"
#include "base/str.h"
#include "site/live_state.h"

struct kept_staple {
    char *name;
    int fd;
};

/* Zeroed is empty. */
struct kept_staples {
    struct kept_staple *items;
    size_t n;
};

void kept_staples_deinit(struct kept_staples *kept);

/* The name under which the staple's response is kept: hexadecimal. False: OpenSSL failed. */
enum { KEPT_STAPLE_NAME = 65 };
MUST_CHECK bool kept_staples_name(const struct staple *staple, char name[static KEPT_STAPLE_NAME]);
/* Whether yett fetches responses for the certificate of that name. */
bool kept_staples_wanted(const struct live_state *live, struct str name);

/* Takes the descriptor, and replaces an earlier one of that name. */
void kept_staples_put(struct kept_staples *kept, struct str name, int fd);
/* Moves the wanted responses from `from`, and empties it. */
void kept_staples_take(struct kept_staples *kept, struct kept_staples *from,
                       const struct live_state *live);
/* Sends all of them as CHANNEL_STAPLE. */
MUST_CHECK bool kept_staples_send(const struct kept_staples *kept, int end, struct error *err);
/* Offers each response to the staples of its certificate, which do not take expired or changed
 * responses. */
void kept_staples_offer(const struct kept_staples *kept, const struct live_state *live, time_t now);

#endif
