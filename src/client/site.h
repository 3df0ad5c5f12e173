/* SPDX-License-Identifier: Apache-2.0 */
/* Parses the URL of a site that needs a client certificate: https://HOST[:PORT][/PATH]. */
#ifndef CLIENT_SITE_H
#define CLIENT_SITE_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/compiler.h"
#include "base/error.h"
#include "base/str.h"

/*
 * All parts are printable ASCII without quotes, blanks, "*" and "\": they are safe in comments, and
 * in all quotation marks but a shell's double ones.
 */
struct site {
    struct str url;    /* "https://git.example.test:8443/team": no default port, no last slash */
    struct str origin; /* "https://git.example.test:8443": always with a port, never with a path */
    struct str host;   /* lower case; "[2001:db8::1]" */
    struct str path;   /* "" or "/team" */
    unsigned port;
};

/*
 * Refuses other schemes, userinfo, queries, fragments, wildcards, and host names that are not ASCII
 * (programs disagree on their spelling, so the user must give the form on the wire: "xn--…").
 * Writes addresses as browsers do (RFC 5952). Strings are in the arena.
 */
MUST_CHECK bool site_parse(struct str text, struct arena *arena, struct site *out,
                           struct error *err);

#endif
