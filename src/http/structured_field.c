/* SPDX-License-Identifier: Apache-2.0 */
#include "http/structured_field.h"

#include <limits.h>
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

static int digit_value(char c)
{
    char lower = char_lower(c);
    if (c >= 'A' && c <= 'Z') {
        return c - 'A';
    }
    if (lower >= 'a' && lower <= 'z') {
        return c - 'a' + 26;
    }
    return char_is_digit(c) ? c - '0' + 52 : c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* EVP_DecodeBlock would skip blanks, and ignore what padding hides. */
static bool base64_read(struct str text, struct arena *arena, struct str *out)
{
    size_t pad = str_ends(text, STR("==")) ? 2 : str_ends(text, STR("=")) ? 1 : 0;
    if (text.n == 0 || text.n % 4) {
        return false;
    }
    char *bytes = arena_bytes(arena, text.n / 4 * 3);
    size_t n = 0;
    uint32_t group = 0;
    for (size_t i = 0; i < text.n; i++) {
        int digit = i + pad < text.n ? digit_value(text.p[i]) : 0;
        if (digit < 0) {
            return false;
        }
        group = group << 6 | (uint32_t)digit;
        if (i % 4 == 3) {
            bytes[n++] = (char)(group >> 16 & 0xff);
            bytes[n++] = (char)(group >> 8 & 0xff);
            bytes[n++] = (char)(group & 0xff);
            group = 0;
        }
    }
    for (size_t i = n - pad; i < n; i++) {
        if (bytes[i] != 0) {
            return false; /* bits below the padding */
        }
    }
    *out = (struct str){bytes, n - pad};
    return true;
}

size_t byte_sequences_read(struct str value, struct arena *arena, struct str *items, size_t max)
{
    size_t n = 0;
    struct str rest = value;
    do {
        struct str item = str_trim(str_split(&rest, ','));
        if (n == max || item.n < 2 || item.p[0] != ':' || item.p[item.n - 1] != ':' ||
            !base64_read(str_range(item.p + 1, item.p + item.n - 1), arena, &items[n])) {
            return 0;
        }
        n++;
    } while (rest.n);
    return str_ends(str_trim(value), STR(",")) ? 0 : n;
}
