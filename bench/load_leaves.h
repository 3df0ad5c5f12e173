/* SPDX-License-Identifier: Apache-2.0 */
/* Client certificates of which each handshake takes another: no server has met it before. */
#ifndef BENCH_LOAD_LEAVES_H
#define BENCH_LOAD_LEAVES_H

#include <openssl/ssl.h>
#include <stdbool.h>

struct leaves;

/*
 * The certificates of a PEM file, in its order; the caller frees them. On failure, or if there is
 * none, prints a sentence to stderr and returns NULL.
 */
struct leaves *leaves_load(const char *path);
void leaves_free(struct leaves *leaves);

/*
 * Puts the next one in the place of the certificate that `ssl` has from its context, whose chain
 * and key it keeps: all are of one issuer and one key. False if none is left, or the key is
 * another.
 */
bool leaves_use_next(struct leaves *leaves, SSL *ssl);

#endif
