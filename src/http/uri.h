/* SPDX-License-Identifier: Apache-2.0 */
/* Request targets and host names, read the way nginx reads them. */
#ifndef HTTP_URI_H
#define HTTP_URI_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/compiler.h"
#include "base/str.h"

struct uri {
    struct str path; /* $uri: decoded, dots resolved, slashes merged; starts with '/' */
    struct str args; /* $args: as sent, without '?' and without a fragment */
    bool has_args;   /* a '?' was there */
    bool plain;      /* path is byte for byte what was sent: it may be passed on as it came */
};

/*
 * Normalises an origin-form target: %XX decoded, "." and ".." resolved, "//" merged when asked,
 * "#fragment" cut. False for what nginx answers 400: no leading '/', ".." above the root, a broken
 * %-sequence, %00, a control character or a space. The result may point into target, and args does.
 */
MUST_CHECK bool uri_parse(struct str target, bool merge_slashes, struct arena *arena,
                          struct uri *out);

/* Which segments lead one level up. */
enum parent {
    PARENT_FILE, /* ".." */
    PARENT_URI,  /* and ".." with parameters behind it, "..;x", which some backends read as ".."
                    (RFC 3986, 3.3). uri_parse leaves those as they are. */
};

/* How many segments of `path` lead one level up. Nothing is decoded. */
size_t uri_parents(enum parent how, struct str path);
/* Whether such a segment is in `rest`, or comes about where `rest` is written behind `prefix`. */
bool uri_join_climbs(enum parent how, struct str prefix, struct str rest);
/* Whether `path` has PARENT_URI, however often it is decoded; true if that cannot be determined. */
bool uri_climbs_encoded(struct str path, struct arena *arena);

enum escape {
    ESCAPE_URI,  /* a path to be sent: space " # % < > ? \ ^ ` { | }, control and bytes >= 0x7f */
    ESCAPE_ARGS, /* an argument value in a query string: these and & + ; */
    ESCAPE_COMPONENT, /* all but RFC 3986 unreserved: $ssl_client_escaped_cert */
};

/* The result is s itself when nothing has to be escaped (or unescaped), else a copy in the arena.
 */
struct str uri_escape(enum escape how, struct str s, struct arena *arena);
/* Decodes %XX, leaves broken sequences as they are. */
struct str uri_unescape(struct str s, struct arena *arena);
/* The value of NAME in a query string (any case of NAME as nginx: $arg_NAME). False when absent. */
bool uri_arg(struct str args, struct str name, struct str *value);

/*
 * A Host value, read as nginx does: lower case, port and one trailing dot cut, "[v6]" kept in
 * brackets. False when it is malformed (empty, a character no host has, two ports, a port that is
 * no number): such a request is answered 400. RFC 9110, 7.2; RFC 3986, 3.2.2.
 */
MUST_CHECK bool host_normalize(struct str host, struct arena *arena, struct str *out);
/* Whether host_normalize would take it. */
bool host_valid(struct str host);

#endif
