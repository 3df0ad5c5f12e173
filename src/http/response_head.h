/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finds and parses the header of a backend's HTTP/1 response, with its status line (RFC 9112, 4).
 */
#ifndef HTTP_RESPONSE_HEAD_H
#define HTTP_RESPONSE_HEAD_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"
#include "http/header.h"
#include "http/request_head.h"

struct response_head {
    int minor; /* HTTP/1.x */
    int status;
    struct str reason; /* as sent, may be empty */
    struct headers headers;
};

/*
 * Finds the end of a response header in `in`, at most max bytes. Accepts lines that end in a bare
 * LF, as nginx does; refuses a bare CR or a NUL. SCAN_DONE: scan->head_n is its length.
 */
enum scan response_head_scan(struct head_scan *scan, struct str in, size_t max);

/* Parses a whole header, into which the result points. False: malformed (*reason says how). */
MUST_CHECK bool response_head_parse(struct str head, struct arena *arena, struct response_head *out,
                                    const char **reason);

#endif
