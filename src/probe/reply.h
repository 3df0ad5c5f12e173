/* SPDX-License-Identifier: Apache-2.0 */
/* The responses that came on a connection of the probe. */
#ifndef PROBE_REPLY_H
#define PROBE_REPLY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/str.h"

struct reply {
    int status;      /* 0: there is no response */
    struct str body; /* the first REPLY_BODY_MAX bytes, after the transfer coding */
};

enum { REPLY_BODY_MAX = 65536 };

/*
 * Takes one HTTP/1 response off the front of *in; skips interim ones (RFC 9110, 15.2), but not 101.
 * `head`: it answers HEAD. False: it is not complete. With `ended` the connection is closed, and
 * what has come is all there is.
 */
bool reply_take(struct str *in, bool head, bool ended, struct arena *arena, struct reply *out);

#endif
