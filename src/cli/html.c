/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/html.h"

#include "base/utf8.h"

static const char *html_reference(uint32_t character)
{
    switch (character) {
    case '&': return "&amp;";
    case '<': return "&lt;";
    case '>': return "&gt;";
    case '"': return "&quot;";
    case '\'': return "&#39;";
    default: return NULL;
    }
}

void html_text(FILE *out, struct str text)
{
    while (text.n > 0) {
        uint32_t c;
        size_t size = utf8_first(text, &c);
        const char *reference = size ? html_reference(c) : NULL;
        if (reference) {
            fputs(reference, out);
        } else if (size > 0 && utf8_is_visible(c)) {
            fwrite(text.p, 1, size, out);
        } else {
            size = size ? size : 1;
            for (size_t i = 0; i < size; i++) {
                fprintf(out, "\\x%02x", (unsigned char)text.p[i]);
            }
        }
        text = str_skip(text, size);
    }
}
