/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finds the header of an HTTP/1 request (with its request line) in a stream, and parses it (RFC
 * 9112). The same rules judge the header of an HTTP/2 request.
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
    SCAN_BAD, /* answer `status`, and close the connection */
};

/* The limits by large_client_header_buffers and client_header_buffer_size. */
struct head_limits {
    size_t line_max;   /* of the request line and each header line (nginx: size of one large
                          buffer) */
    size_t total_max;  /* the whole header (nginx: number * size of the large buffers) */
    size_t fields_max; /* number of header lines (max_headers) */
};

/* Zero it at the start of each header. Keeps the position, so no byte is scanned twice. */
struct head_scan {
    size_t skipped; /* empty lines before the request line (RFC 9112, 2.2), to be consumed first */
    size_t pos;     /* scanned so far, from the start of the input */
    size_t line;    /* where the current line starts */
    size_t lines;
    size_t head_n;      /* SCAN_DONE: bytes of the header after `skipped`, with its empty line */
    int status;         /* SCAN_BAD: 400, 414 (line too long), 494 (header too long; nginx), 505 */
    const char *reason; /* SCAN_BAD: nginx's words for the log */
};

/*
 * Looks for the header's end in `in`, all the unread input so far. Lines end in CR LF. Refuses at
 * once a bare CR or LF, a NUL, or a first byte that cannot start a method.
 */
enum scan request_head_scan(struct head_scan *scan, struct str in,
                            const struct head_limits *limits);

enum target_form {
    TARGET_ORIGIN,   /* "/path?args" */
    TARGET_ABSOLUTE, /* "http://host/path": `authority` is its host, and overrides Host (RFC
                        9112, 3.2.2) */
    TARGET_ASTERISK, /* "*" with OPTIONS */
};

struct request_head {
    struct str line; /* the request line without its CR LF: $request */
    enum method method;
    struct str method_name;
    struct str target; /* as sent: $request_uri (TARGET_ABSOLUTE: only from the path on, or "/") */
    enum target_form form;
    struct str authority; /* host[:port] of TARGET_ABSOLUTE, else empty */
    int minor;            /* 0 or 1: the x of HTTP/1.x */
    struct headers headers;
    struct str host; /* Host or authority, as sent; n == 0 and !has_host: absent */
    bool has_host;
};

/* How to treat unusual header names (ignore_invalid_headers, underscores_in_headers). */
struct head_options {
    bool ignore_invalid_headers; /* drop names with characters other than [-A-Za-z0-9_]; off: keep
                                    them */
    bool underscores_in_headers; /* off: a name with '_' counts as invalid */
};

/*
 * Parses a header that request_head_scan found (`head`: head_n bytes, into which the result
 * points). Refuses what RFC 9112 refuses: a space before the colon (5.1), folding (5.2), control
 * characters, a missing, repeated or malformed Host (3.2); also CONNECT and TRACE (405), and
 * versions other than 1.0 and 1.1 (505). False: *status and *reason are set.
 */
MUST_CHECK bool request_head_parse(struct str head, const struct head_options *options,
                                   struct arena *arena, struct request_head *out, int *status,
                                   const char **reason);

/* What HTTP/2 says of a request (http/h2_head.h), in the words of HTTP/1.1. */
struct head_parts {
    struct str method;
    struct str target;
    struct headers fields;
};

/*
 * Judges and takes a head in parts: the result is what request_head_scan and request_head_parse
 * make of the same head as text, with a line for each field, the same refusals included. The parts
 * have no byte that could end a word or a line there, and no blanks around a value. *out points
 * into them; out->line stays empty.
 */
MUST_CHECK bool request_head_take(const struct head_parts *parts, const struct head_limits *limits,
                                  const struct head_options *options, struct arena *arena,
                                  struct request_head *out, int *status, const char **reason);

#endif
