/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The header of an HTTP/1 request (with its request line): found in a stream, then parsed (RFC
 * 9112).
 */
#ifndef HTTP_REQUEST_HEAD_H
#define HTTP_REQUEST_HEAD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/str.h"
#include "http/header.h"
#include "http/method.h"

enum scan {
    SCAN_MORE, /* the header is not complete yet */
    SCAN_DONE,
    SCAN_BAD, /* `status` says what to answer; the connection is to be closed */
};

/* What large_client_header_buffers and client_header_buffer_size allow. */
struct head_limits {
    size_t line_max;   /* the request line and each field line must fit (nginx: size of one large
                          buffer) */
    size_t total_max;  /* the whole header (nginx: number * size of the large buffers) */
    size_t fields_max; /* number of field lines (max_headers) */
};

/* Zeroed at the start of each header. Remembers the position, so that no byte is read twice. */
struct head_scan {
    size_t skipped; /* empty lines before the request line (RFC 9112, 2.2), to be consumed first */
    size_t pos;     /* looked at so far, from the start of the input */
    size_t line;    /* where the current line starts */
    size_t lines;
    size_t head_n; /* when SCAN_DONE: bytes of the header after `skipped`, with its empty line */
    int status;    /* when SCAN_BAD: 400, 414 (line too long), 494 (field too long; nginx), 505 */
    const char *reason; /* when SCAN_BAD: nginx's words for the log */
};

/*
 * Looks for the end of the header in `in`, all the unread input so far. Lines end in CR LF; a bare
 * CR or LF, a NUL, or a first byte that cannot start a method is refused as soon as it is seen.
 */
enum scan request_head_scan(struct head_scan *scan, struct str in,
                            const struct head_limits *limits);

enum target_form {
    TARGET_ORIGIN,   /* "/path?args" */
    TARGET_ABSOLUTE, /* "http://host/path": `authority` is its host, and wins over Host (RFC
                        9112, 3.2.2) */
    TARGET_ASTERISK, /* "*" with OPTIONS */
};

struct request_head {
    struct str line; /* the request line without its CR LF: $request */
    enum method method;
    struct str method_name;
    struct str
        target; /* as sent: $request_uri (for TARGET_ABSOLUTE only from the path on; "/" if none) */
    enum target_form form;
    struct str authority; /* host[:port] of TARGET_ABSOLUTE, else empty */
    int minor;            /* 0 or 1: the x of HTTP/1.x */
    struct headers headers;
    struct str host; /* Host field or authority, as sent; n == 0 and !has_host when absent */
    bool has_host;
};

/* How field names that are no usual names are treated (ignore_invalid_headers,
 * underscores_in_headers). */
struct head_options {
    bool ignore_invalid_headers; /* drop names with other characters than [-A-Za-z0-9_]; off: let
                                    them pass */
    bool underscores_in_headers; /* off: a name with '_' counts as invalid */
};

/*
 * Parses a header that request_head_scan found (`head`: head_n bytes, which the result points into
 * and which must live as long). Refuses what RFC 9112 refuses: a space before the colon (5.1),
 * folding (5.2), control characters, a missing or repeated or malformed Host (3.2), CONNECT and
 * TRACE (405), versions other than 1.0 and 1.1 (505). True on success; else *status and *reason are
 * set.
 */
MUST_CHECK bool request_head_parse(struct str head, const struct head_options *options,
                                   struct arena *arena, struct request_head *out, int *status,
                                   const char **reason);

#endif
