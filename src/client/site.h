/* SPDX-License-Identifier: Apache-2.0 */
/* A site that a client certificate is for, as it is typed: https://HOST[:PORT][/PATH]. */
#ifndef CLIENT_SITE_H
#define CLIENT_SITE_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/compiler.h"
#include "base/error.h"
#include "base/str.h"

/*
 * All parts are printable ASCII without quotes, blanks, "*" and "\": they may stand in comments,
 * and in quotation marks of every notation but a shell's double ones.
 */
struct site {
    struct str url;    /* "https://git.example.test:8443/team": no default port, no last slash */
    struct str origin; /* "https://git.example.test:8443": always with a port, never with a path */
    struct str host;   /* lower case; "[2001:db8::1]" */
    struct str path;   /* "" or "/team" */
    unsigned port;
};

/*
 * Refused: other schemes, userinfo, queries, fragments, wildcards, host names that are not in ASCII
 * (programs disagree on their spelling, so the one sent on the wire has to be given: "xn--…").
 * Addresses are brought into the form that browsers use (RFC 5952). Strings are in the arena.
 */
MUST_CHECK bool site_parse(struct str text, struct arena *arena, struct site *out,
                           struct error *err);

#endif
