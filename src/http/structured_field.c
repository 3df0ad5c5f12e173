/* SPDX-License-Identifier: Apache-2.0 */
#include "http/structured_field.h"

#include <openssl/evp.h>

struct str byte_sequence_write(struct str bytes, struct arena *arena)
{
    size_t n = (bytes.n + 2) / 3 * 4;
    char *text = arena_bytes(arena, n + 3); /* two colons, and the NUL of EVP_EncodeBlock */
    text[0] = ':';
    EVP_EncodeBlock((unsigned char *)text + 1, (const unsigned char *)bytes.p, (int)bytes.n);
    text[n + 1] = ':';
    return (struct str){text, n + 2};
}

struct str byte_sequences_write(const struct str *items, size_t n, struct arena *arena)
{
    struct str *texts = arena_alloc(arena, (n ? n : 1) * sizeof(*texts));
    for (size_t i = 0; i < n; i++) {
        texts[i] = byte_sequence_write(items[i], arena);
    }
    return arena_join(arena, texts, n, STR(", "));
}
