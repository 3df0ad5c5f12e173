/* SPDX-License-Identifier: Apache-2.0 */
/* Status codes and their reason phrases (RFC 9110, 15, and nginx's own 444, 494-499). */
#ifndef HTTP_STATUS_H
#define HTTP_STATUS_H

#include <stdbool.h>

#include "base/str.h"

enum {
    STATUS_CLOSE = 444,            /* nginx: close without an answer */
    STATUS_HEADER_TOO_LARGE = 494, /* nginx: shown as 400 */
    STATUS_CERT_ERROR = 495,       /* nginx: client certificate not valid; shown as 400 */
    STATUS_NO_CERT = 496,          /* nginx: client certificate required; shown as 400 */
    STATUS_TO_HTTPS = 497,         /* nginx: plain HTTP on a TLS port; shown as 400 */
    STATUS_CLIENT_CLOSED = 499,    /* nginx: the client closed the connection; only logged */
};

/* 301, 302, 303, 307, 308: sent with Location (RFC 9110, 15.4). */
bool status_is_redirect(int status);
/*
 * The status that the client gets: 400 for nginx's own 494 to 497, which only error_page and the
 * log use.
 */
int status_shown(int status);
/* The reason phrase: "Not Found"; "" for a code without one. */
struct str status_reason(int status);
/* "404 Not Found", as in the status line and in nginx's error pages; without a phrase only the
 * number. */
struct str status_line(int status, char buf[static 4]);

#endif
