/* SPDX-License-Identifier: Apache-2.0 */
/* Writes base64 and PEM (RFC 7468). */
#ifndef PKI_PEM_WRITE_H
#define PKI_PEM_WRITE_H

#include "base/buf.h"
#include "base/str.h"

/* Appends the bytes as base64, in lines of 64 that each end with a line feed (RFC 7468, 2). No
 * copy is left elsewhere if the buffer has room: base64 takes 65/48 of the bytes, and 66 more. */
void pem_write_lines(struct buf *out, struct str bytes);

/* The same between "-----BEGIN LABEL-----" and "-----END LABEL-----". */
void pem_write_block(struct buf *out, const char *label, struct str der);

#endif
