/* SPDX-License-Identifier: Apache-2.0 */
/* The server_name extension of a ClientHello. */
#ifndef TLS_HELLO_H
#define TLS_HELLO_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

enum { SNI_MAX = 255 };

/*
 * Reads the host name from the extension's bytes (RFC 6066, 3), in lower case and without a last
 * dot. False: it is malformed, or no host name.
 */
bool hello_sni(const unsigned char *data, size_t n, char out[static SNI_MAX + 1], size_t *out_n);

#endif
