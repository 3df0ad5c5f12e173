/* SPDX-License-Identifier: Apache-2.0 */
/* Byte sequences in structured fields (RFC 9651, 3.3.5): ":BASE64:". */
#ifndef HTTP_STRUCTURED_FIELD_H
#define HTTP_STRUCTURED_FIELD_H

#include "base/arena.h"
#include "base/str.h"

/* The bytes as a byte sequence, in the arena. */
struct str byte_sequence_write(struct str bytes, struct arena *arena);

/* Several, as a list (RFC 9651, 3.1): ", " between them. */
struct str byte_sequences_write(const struct str *items, size_t n, struct arena *arena);

#endif
