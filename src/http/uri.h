/* SPDX-License-Identifier: Apache-2.0 */
/* Request targets and host names, parsed as in nginx. */
#ifndef HTTP_URI_H
#define HTTP_URI_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/compiler.h"
#include "base/str.h"

struct uri {
    struct str path; /* $uri: decoded, dots resolved, slashes merged; starts with '/' */
    struct str args; /* $args: as sent, without '?' and without a fragment */
    bool has_args;   /* the target has a '?' */
    bool plain;      /* path is exactly what was sent: it may be passed on unchanged */
};

/*
 * Normalises an origin-form target: decodes %XX, resolves "." and "..", merges "//" if
 * merge_slashes, cuts "#fragment". False, as nginx's 400: no leading '/', ".." above the root, a
 * broken %-sequence, %00, a control character or a space. args, and perhaps path, points into
 * target.
 */
MUST_CHECK bool uri_parse(struct str target, bool merge_slashes, struct arena *arena,
                          struct uri *out);

/* Which segments lead one level up. */
enum parent {
    PARENT_FILE, /* ".." */
    PARENT_URI,  /* also ".." with parameters, "..;x", which some backends read as ".." (RFC
                    3986, 3.3). uri_parse does not resolve those. */
};

/* The number of segments of `path` that lead one level up. Decodes nothing. */
size_t uri_parents(enum parent how, struct str path);
/* Whether such a segment is in `rest`, or forms where `rest` follows `prefix`. */
bool uri_join_climbs(enum parent how, struct str prefix, struct str rest);
/* Whether `path` has PARENT_URI, however often it is decoded; true if that cannot be determined. */
bool uri_climbs_encoded(struct str path, struct arena *arena);

enum escape {
    ESCAPE_URI,  /* in a path: space " # % < > ? \ ^ ` { | }, control bytes and bytes >= 0x7f */
    ESCAPE_ARGS, /* in an argument of a query string: also & + ; */
    ESCAPE_COMPONENT, /* all but RFC 3986 unreserved: $ssl_client_escaped_cert */
};

/* Both return s itself if there is nothing to change, else a copy in the arena. */
struct str uri_escape(enum escape how, struct str s, struct arena *arena);
/* Decodes %XX; keeps broken sequences. */
struct str uri_unescape(struct str s, struct arena *arena);
/* The value of an argument in a query string; ignores case, as nginx ($arg_NAME). False: absent. */
bool uri_arg(struct str args, struct str name, struct str *value);

/*
 * Normalises a Host value as nginx does: lower case, without port and one trailing dot, "[v6]" in
 * brackets. False: malformed (empty, an invalid character, two ports, a port that is no number);
 * answer 400. RFC 9110, 7.2; RFC 3986, 3.2.2.
 */
MUST_CHECK bool host_normalize(struct str host, struct arena *arena, struct str *out);
/* Whether host_normalize accepts it. */
bool host_valid(struct str host);

#endif
