/* SPDX-License-Identifier: Apache-2.0 */
/*
 * X-Forwarded-Client-Cert, as Envoy writes it: the certificate of a client, and some of
 * its fields, as "Key=value" pairs separated by ';'. A ',' begins the element of another proxy.
 */
#ifndef HTTP_XFCC_H
#define HTTP_XFCC_H

#include "base/arena.h"
#include "base/str.h"

struct xfcc {
    struct str hash;    /* SHA-256 of the certificate, hexadecimal */
    struct str cert;    /* PEM */
    struct str chain;   /* PEM: the certificate and what follows it; empty: not told */
    struct str subject; /* RFC 2253 */
    const struct str *uris;
    size_t uris_n;
    const struct str *names; /* DNS */
    size_t names_n;
};

/*
 * One element, in the arena. No value can be read as another pair or element: what the subject has
 * a backslash before is written as the hexadecimal pair of RFC 2253, 2.4; URIs and names with a
 * byte that would need quoting are left out.
 */
struct str xfcc_write(const struct xfcc *fields, struct arena *arena);

#endif
