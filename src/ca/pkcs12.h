/* SPDX-License-Identifier: Apache-2.0 */
/* Certificate, key and intermediate in one file, for browsers and key stores (RFC 7292). */
#ifndef CA_PKCS12_H
#define CA_PKCS12_H

#include <stdbool.h>

#include "base/compiler.h"
#include "base/error.h"
#include "ca/authority.h"

/*
 * Appends the file to `out`, which then holds a secret. AES-256 and SHA-256; `legacy`: 3DES and
 * SHA-1, for older systems (Windows before 10 1709, macOS before 15). The key must have been made
 * here.
 */
MUST_CHECK bool pkcs12_write(struct ca *ca, const struct record *record, struct str password,
                             bool legacy, struct buf *out, struct error *err);

#endif
