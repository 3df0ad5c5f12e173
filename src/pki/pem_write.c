/* SPDX-License-Identifier: Apache-2.0 */
#include "pki/pem_write.h"

#include <openssl/evp.h>

enum { LINE_BYTES = 48, LINE_TEXT = 64 + 1 };

void pem_write_lines(struct buf *out, struct str bytes)
{
    /* EVP_EncodeBlock ends each line with a NUL, in the place of the line feed. */
    char *start = buf_reserve(out, bytes.n / LINE_BYTES * LINE_TEXT + LINE_TEXT + 1);
    char *to = start;
    while (bytes.n > 0) {
        struct str part = str_head(bytes, LINE_BYTES);
        to += EVP_EncodeBlock((unsigned char *)to, (const unsigned char *)part.p, (int)part.n);
        *to++ = '\n';
        bytes = str_skip(bytes, part.n);
    }
    buf_grew(out, (size_t)(to - start));
}

void pem_write_block(struct buf *out, const char *label, struct str der)
{
    buf_printf(out, "-----BEGIN %s-----\n", label);
    pem_write_lines(out, der);
    buf_printf(out, "-----END %s-----\n", label);
}
