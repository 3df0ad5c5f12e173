/* SPDX-License-Identifier: Apache-2.0 */
#include "modules/log/log_line.h"

static bool is_plain(char c)
{
    return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

static void log_line_put_escaped(struct buf *line, struct str s)
{
    while (s.n) {
        size_t n = 0;
        while (n < s.n && is_plain(s.p[n])) {
            n++;
        }
        buf_append(line, str_head(s, n));
        s = str_skip(s, n);
        if (s.n) {
            buf_printf(line, "\\x%02X", (unsigned)(unsigned char)s.p[0]);
            s = str_skip(s, 1);
        }
    }
}

static char json_letter(char c)
{
    switch (c) {
    case '"':
    case '\\': return c;
    case '\n': return 'n';
    case '\r': return 'r';
    case '\t': return 't';
    case '\b': return 'b';
    case '\f': return 'f';
    default: return 0;
    }
}

static void put_json(struct buf *line, struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        char letter = json_letter(s.p[i]);
        if (letter) {
            buf_byte(line, '\\');
            buf_byte(line, letter);
        } else if ((unsigned char)s.p[i] < 0x20) {
            buf_printf(line, "\\u%04X", (unsigned)s.p[i]);
        } else {
            buf_byte(line, s.p[i]);
        }
    }
}

void log_line_value(struct buf *line, enum log_escape escape, struct value value)
{
    switch (escape) {
    case LOG_ESCAPE_DEFAULT:
        if (value.state == VALUE_SET) {
            log_line_put_escaped(line, value.s);
        } else {
            buf_byte(line, '-');
        }
        break;
    case LOG_ESCAPE_JSON: put_json(line, value.s); break;
    case LOG_ESCAPE_NONE: buf_append(line, value.s); break;
    }
}
