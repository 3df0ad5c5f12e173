/* SPDX-License-Identifier: Apache-2.0 */
/* The chunked transfer coding, both ways (RFC 9112, 7.1). */
#include "http/chunked.h"

#include <assert.h>

#include "http/char_class.h"
#include "http/field_line.h"

enum {
    DIGITS_MAX = 15, /* so that a size never overflows */
    EXTENSIONS_MAX = 4096,
};

/* What comes next in the input. Sizes count their digits: SIZE + n after n of them. */
enum state {
    SIZE,
    SIZE_LAST = SIZE + DIGITS_MAX,
    EXTENSION,
    SIZE_LF,
    DATA,
    DATA_CR,
    DATA_LF,
    TRAILER,
    END,
    BAD,
};

static int size_digit(struct chunked *chunked, char c)
{
    assert(chunked->state >= SIZE && chunked->state <= SIZE_LAST);
    int digit = char_hex(c);
    if (digit >= 0) {
        chunked->left = chunked->left * 16 + (unsigned)digit;
        return chunked->state == SIZE_LAST ? BAD : chunked->state + 1;
    }
    if (chunked->state == SIZE) {
        return BAD;
    }
    /*
     * RFC 9112, 7.1.1 allows blanks before ';'. No client sends them, and some parsers misread
     * them.
     */
    return c == '\r' ? SIZE_LF : c == ';' ? EXTENSION : BAD;
}

/* Extensions mean nothing to us, but are bounded: they are work without a body. */
static int extension_byte(struct chunked *chunked, char c)
{
    if (c == '\r') {
        return SIZE_LF;
    }
    chunked->extension_n++;
    bool is_bad = c != '\t' && char_is(c, CHAR_CONTROL);
    return is_bad || chunked->extension_n > EXTENSIONS_MAX ? BAD : EXTENSION;
}

/* The state after one byte of what stands between the data. */
static int next_state(struct chunked *chunked, char c)
{
    switch (chunked->state) {
    case EXTENSION: return extension_byte(chunked, c);
    case SIZE_LF: return c != '\n' ? BAD : chunked->left ? DATA : TRAILER;
    case DATA_CR: return c == '\r' ? DATA_LF : BAD;
    case DATA_LF: return c == '\n' ? SIZE : BAD;
    default: return size_digit(chunked, c);
    }
}

/* Fields that must not be learned from a trailer (RFC 9110, 6.5.1): framing, routing, conditions.
 */
static const bool is_banned[HEADER_ID_COUNT] = {
    [HEADER_AUTHORIZATION] = true,
    [HEADER_CACHE_CONTROL] = true,
    [HEADER_CONNECTION] = true,
    [HEADER_CONTENT_ENCODING] = true,
    [HEADER_CONTENT_LENGTH] = true,
    [HEADER_CONTENT_RANGE] = true,
    [HEADER_CONTENT_TYPE] = true,
    [HEADER_COOKIE] = true,
    [HEADER_EXPECT] = true,
    [HEADER_HOST] = true,
    [HEADER_IF_MATCH] = true,
    [HEADER_IF_MODIFIED_SINCE] = true,
    [HEADER_IF_NONE_MATCH] = true,
    [HEADER_IF_RANGE] = true,
    [HEADER_IF_UNMODIFIED_SINCE] = true,
    [HEADER_KEEP_ALIVE] = true,
    [HEADER_LOCATION] = true,
    [HEADER_PROXY_CONNECTION] = true,
    [HEADER_RANGE] = true,
    [HEADER_SET_COOKIE] = true,
    [HEADER_TE] = true,
    [HEADER_TRAILER] = true,
    [HEADER_TRANSFER_ENCODING] = true,
    [HEADER_UPGRADE] = true,
    [HEADER_WWW_AUTHENTICATE] = true,
    [HEADER_X_ACCEL_BUFFERING] = true,
    [HEADER_X_ACCEL_CHARSET] = true,
    [HEADER_X_ACCEL_EXPIRES] = true,
    [HEADER_X_ACCEL_LIMIT_RATE] = true,
    [HEADER_X_ACCEL_REDIRECT] = true,
    [HEADER_X_FORWARDED_FOR] = true,
};

bool trailer_allows(enum header_id id)
{
    return !is_banned[id];
}

/* Looks for the empty line that ends the trailer section at the start of `in`. */
static enum scan trailer_scan(struct head_scan *scan, struct str in, size_t max)
{
    for (;;) {
        scan->pos = control_find(in, scan->pos);
        if (scan->pos == in.n || (in.p[scan->pos] == '\r' && scan->pos + 1 == in.n)) {
            /* The empty line is not counted; its CR may be here already. */
            return in.n > max + 1 ? SCAN_BAD : SCAN_MORE;
        }
        if (in.p[scan->pos] == '\t') {
            scan->pos++;
            continue;
        }
        if (in.p[scan->pos] != '\r' || in.p[scan->pos + 1] != '\n') {
            return SCAN_BAD;
        }
        bool is_empty = scan->pos == scan->line;
        scan->pos += 2;
        scan->line = scan->pos;
        if (is_empty) {
            scan->head_n = scan->pos;
            return scan->head_n - 2 > max ? SCAN_BAD : SCAN_DONE;
        }
    }
}

static bool trailer_parse(struct str section, struct arena *arena, struct headers *trailers)
{
    struct str line;
    while (line_take(&section, &line) && line.n) {
        struct str name;
        struct str value;
        enum field_line kind = field_line_parse(line, &name, &value);
        if (kind == FIELD_MALFORMED) {
            return false;
        }
        /* As for heads with ignore_invalid_headers: unusual names go. */
        if (kind == FIELD_USUAL && trailer_allows(header_id_of(name))) {
            headers_add(trailers, arena, arena_dup(arena, name), arena_dup(arena, value));
        }
    }
    return true;
}

static enum chunked_step trailer_step(struct chunked *chunked, struct str *in, size_t trailer_max,
                                      struct arena *arena, struct headers *trailers)
{
    enum scan scan = trailer_scan(&chunked->trailer, *in, trailer_max);
    if (scan == SCAN_MORE) {
        return CHUNKED_MORE;
    }
    if (scan == SCAN_BAD ||
        !trailer_parse(str_head(*in, chunked->trailer.head_n), arena, trailers)) {
        chunked->state = BAD;
        return CHUNKED_BAD;
    }
    *in = str_skip(*in, chunked->trailer.head_n);
    chunked->state = END;
    return CHUNKED_END;
}

static void data_step(struct chunked *chunked, struct str *in, struct str *data)
{
    assert(chunked->left > 0 && in->n > 0);
    *data = str_head(*in, chunked->left < in->n ? (size_t)chunked->left : in->n);
    *in = str_skip(*in, data->n);
    chunked->left -= data->n;
    if (chunked->left == 0) {
        chunked->state = DATA_CR;
    }
}

enum chunked_step chunked_decode(struct chunked *chunked, struct str *in, size_t trailer_max,
                                 struct arena *arena, struct headers *trailers, struct str *data)
{
    for (;;) {
        switch (chunked->state) {
        case END: return CHUNKED_END;
        case BAD: return CHUNKED_BAD;
        case TRAILER: return trailer_step(chunked, in, trailer_max, arena, trailers);
        default: break;
        }
        if (in->n == 0) {
            return CHUNKED_MORE;
        }
        if (chunked->state == DATA) {
            data_step(chunked, in, data);
            return CHUNKED_DATA;
        }
        chunked->state = next_state(chunked, in->p[0]);
        *in = str_skip(*in, 1);
    }
}

size_t chunk_head(uint64_t n, char out[static CHUNK_HEAD_MAX])
{
    static const char hex[] = "0123456789abcdef";
    size_t digits = 1;
    while (digits < 16 && n >> (4 * digits)) {
        digits++;
    }
    for (size_t i = 0; i < digits; i++) {
        out[digits - 1 - i] = hex[n >> (4 * i) & 15];
    }
    assert(digits + 2 <= CHUNK_HEAD_MAX);
    out[digits] = '\r';
    out[digits + 1] = '\n';
    return digits + 2;
}
