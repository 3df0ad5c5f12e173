/* SPDX-License-Identifier: Apache-2.0 */
#include "conf/quote.h"

#include <assert.h>

#include "conf/lexer.h"

/* Between quotes a backslash takes these; before any other character it stands for itself. */
static bool needs_escape(char c)
{
    return c == '"' || c == '\\';
}

bool conf_quote(struct str text, struct arena *arena, struct str *out)
{
    char *bytes = arena_bytes(arena, 2 * text.n + 3);
    size_t n = 0;
    bytes[n++] = '"';
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == '\0') {
            return false;
        }
        if (needs_escape(text.p[i])) {
            bytes[n++] = '\\';
        }
        bytes[n++] = text.p[i];
    }
    bytes[n++] = '"';
    assert(n <= 2 * text.n + 2);
    bytes[n] = '\0';
    *out = (struct str){bytes, n};
    return n < LEXER_WORD_MAX;
}
