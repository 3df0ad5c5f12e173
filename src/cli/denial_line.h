/* SPDX-License-Identifier: Apache-2.0 */
/* The line of the error log about a refused client (gate/denial.h), in parts. */
#ifndef CLI_DENIAL_LINE_H
#define CLI_DENIAL_LINE_H

#include "base/arena.h"
#include "base/str.h"

/* All borrow from the line. */
struct denial {
    struct str time; /* "2026/12/01 10:00:00" */
    struct str id;
    struct str reason;      /* a word */
    struct str why;         /* a sentence */
    struct str certificate; /* 'subject "…", …'; empty: the client showed none */
    struct str request;     /* 'client: …, server: …, request: "…", …' */
};

/* Whether the line of an error log says that a client was refused. */
bool denial_read(struct str line, struct denial *out);

/* The value of a name in `certificate` ("subject", "serial", "SHA-256", …), without its quotes; in
 * the arena. Empty: it is not there. */
struct str denial_field(const struct denial *denial, struct str name, struct arena *arena);

#endif
