/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Our certificates' OCSP responses, kept for the workers and the generations to come: with a
 * responder that is down, they would have nothing to staple. Each is a file in memory, named after
 * its certificate. Master and generation only hand the files on; the worker reads them, and
 * believes them for the same reasons as one that it has just fetched.
 */
#ifndef APP_KEPT_STAPLES_H
#define APP_KEPT_STAPLES_H

#include <stddef.h>

#include "base/error.h"
#include "base/str.h"
#include "site/settings.h"

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
/* Whether the settings have a certificate of that name whose responses are fetched. */
bool kept_staples_wanted(const struct settings *settings, struct str name);

/* Takes the descriptor over, in place of an earlier one of that name. */
void kept_staples_put(struct kept_staples *kept, struct str name, int fd);
/* Moves those that the settings want from `from`, and empties it. */
void kept_staples_take(struct kept_staples *kept, struct kept_staples *from,
                       const struct settings *settings);
/* All of them, as CHANNEL_STAPLE. */
MUST_CHECK bool kept_staples_send(const struct kept_staples *kept, int end, struct error *err);
/* Offers each to the settings' staples of its certificate. What has ended, or was tampered with, is
 * not taken. */
void kept_staples_offer(const struct kept_staples *kept, const struct settings *settings,
                        time_t now);

#endif
