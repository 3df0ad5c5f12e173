/* SPDX-License-Identifier: Apache-2.0 */
/* Header fields: the known names, and the list of one message's fields. */
#include "http/header.h"

#include <assert.h>

#include "http/char_class.h"

enum {
    FIRST_ROOM = 16, /* most heads have fewer fields, so most lists never move */
    SLOT_COUNT = 128,
};

static const struct str names[HEADER_ID_COUNT] = {
    [HEADER_ACCEPT_RANGES] = STR_INIT("Accept-Ranges"),
    [HEADER_ALLOW] = STR_INIT("Allow"),
    [HEADER_AUTHORIZATION] = STR_INIT("Authorization"),
    [HEADER_CACHE_CONTROL] = STR_INIT("Cache-Control"),
    [HEADER_CONNECTION] = STR_INIT("Connection"),
    [HEADER_CONTENT_ENCODING] = STR_INIT("Content-Encoding"),
    [HEADER_CONTENT_LENGTH] = STR_INIT("Content-Length"),
    [HEADER_CONTENT_RANGE] = STR_INIT("Content-Range"),
    [HEADER_CONTENT_TYPE] = STR_INIT("Content-Type"),
    [HEADER_COOKIE] = STR_INIT("Cookie"),
    [HEADER_DATE] = STR_INIT("Date"),
    [HEADER_ETAG] = STR_INIT("ETag"),
    [HEADER_EXPECT] = STR_INIT("Expect"),
    [HEADER_EXPIRES] = STR_INIT("Expires"),
    [HEADER_HOST] = STR_INIT("Host"),
    [HEADER_IF_MATCH] = STR_INIT("If-Match"),
    [HEADER_IF_MODIFIED_SINCE] = STR_INIT("If-Modified-Since"),
    [HEADER_IF_NONE_MATCH] = STR_INIT("If-None-Match"),
    [HEADER_IF_RANGE] = STR_INIT("If-Range"),
    [HEADER_IF_UNMODIFIED_SINCE] = STR_INIT("If-Unmodified-Since"),
    [HEADER_KEEP_ALIVE] = STR_INIT("Keep-Alive"),
    [HEADER_LAST_MODIFIED] = STR_INIT("Last-Modified"),
    [HEADER_LOCATION] = STR_INIT("Location"),
    [HEADER_PROXY_CONNECTION] = STR_INIT("Proxy-Connection"),
    [HEADER_RANGE] = STR_INIT("Range"),
    [HEADER_REFERER] = STR_INIT("Referer"),
    [HEADER_REFRESH] = STR_INIT("Refresh"),
    [HEADER_SERVER] = STR_INIT("Server"),
    [HEADER_SET_COOKIE] = STR_INIT("Set-Cookie"),
    [HEADER_TE] = STR_INIT("TE"),
    [HEADER_TRAILER] = STR_INIT("Trailer"),
    [HEADER_TRANSFER_ENCODING] = STR_INIT("Transfer-Encoding"),
    [HEADER_UPGRADE] = STR_INIT("Upgrade"),
    [HEADER_USER_AGENT] = STR_INIT("User-Agent"),
    [HEADER_WWW_AUTHENTICATE] = STR_INIT("WWW-Authenticate"),
    [HEADER_X_ACCEL_BUFFERING] = STR_INIT("X-Accel-Buffering"),
    [HEADER_X_ACCEL_CHARSET] = STR_INIT("X-Accel-Charset"),
    [HEADER_X_ACCEL_EXPIRES] = STR_INIT("X-Accel-Expires"),
    [HEADER_X_ACCEL_LIMIT_RATE] = STR_INIT("X-Accel-Limit-Rate"),
    [HEADER_X_ACCEL_REDIRECT] = STR_INIT("X-Accel-Redirect"),
    [HEADER_X_FORWARDED_FOR] = STR_INIT("X-Forwarded-For"),
};

/*
 * A perfect hash: every known name has a slot of its own. Two names in one slot do not compile (the
 * second initialiser would override the first, which is an error); choose other factors then.
 */
#define SLOT(n, first, last) (((n) + (first)*11u + (last)*9u) % SLOT_COUNT)

static const unsigned char slots[SLOT_COUNT] = {
    [SLOT(13, 'a', 's')] = HEADER_ACCEPT_RANGES,
    [SLOT(5, 'a', 'w')] = HEADER_ALLOW,
    [SLOT(13, 'a', 'n')] = HEADER_AUTHORIZATION,
    [SLOT(13, 'c', 'l')] = HEADER_CACHE_CONTROL,
    [SLOT(10, 'c', 'n')] = HEADER_CONNECTION,
    [SLOT(16, 'c', 'g')] = HEADER_CONTENT_ENCODING,
    [SLOT(14, 'c', 'h')] = HEADER_CONTENT_LENGTH,
    [SLOT(13, 'c', 'e')] = HEADER_CONTENT_RANGE,
    [SLOT(12, 'c', 'e')] = HEADER_CONTENT_TYPE,
    [SLOT(6, 'c', 'e')] = HEADER_COOKIE,
    [SLOT(4, 'd', 'e')] = HEADER_DATE,
    [SLOT(4, 'e', 'g')] = HEADER_ETAG,
    [SLOT(6, 'e', 't')] = HEADER_EXPECT,
    [SLOT(7, 'e', 's')] = HEADER_EXPIRES,
    [SLOT(4, 'h', 't')] = HEADER_HOST,
    [SLOT(8, 'i', 'h')] = HEADER_IF_MATCH,
    [SLOT(17, 'i', 'e')] = HEADER_IF_MODIFIED_SINCE,
    [SLOT(13, 'i', 'h')] = HEADER_IF_NONE_MATCH,
    [SLOT(8, 'i', 'e')] = HEADER_IF_RANGE,
    [SLOT(19, 'i', 'e')] = HEADER_IF_UNMODIFIED_SINCE,
    [SLOT(10, 'k', 'e')] = HEADER_KEEP_ALIVE,
    [SLOT(13, 'l', 'd')] = HEADER_LAST_MODIFIED,
    [SLOT(8, 'l', 'n')] = HEADER_LOCATION,
    [SLOT(16, 'p', 'n')] = HEADER_PROXY_CONNECTION,
    [SLOT(5, 'r', 'e')] = HEADER_RANGE,
    [SLOT(7, 'r', 'r')] = HEADER_REFERER,
    [SLOT(7, 'r', 'h')] = HEADER_REFRESH,
    [SLOT(6, 's', 'r')] = HEADER_SERVER,
    [SLOT(10, 's', 'e')] = HEADER_SET_COOKIE,
    [SLOT(2, 't', 'e')] = HEADER_TE,
    [SLOT(7, 't', 'r')] = HEADER_TRAILER,
    [SLOT(17, 't', 'g')] = HEADER_TRANSFER_ENCODING,
    [SLOT(7, 'u', 'e')] = HEADER_UPGRADE,
    [SLOT(10, 'u', 't')] = HEADER_USER_AGENT,
    [SLOT(16, 'w', 'e')] = HEADER_WWW_AUTHENTICATE,
    [SLOT(17, 'x', 'g')] = HEADER_X_ACCEL_BUFFERING,
    [SLOT(15, 'x', 't')] = HEADER_X_ACCEL_CHARSET,
    [SLOT(15, 'x', 's')] = HEADER_X_ACCEL_EXPIRES,
    [SLOT(18, 'x', 'e')] = HEADER_X_ACCEL_LIMIT_RATE,
    [SLOT(16, 'x', 't')] = HEADER_X_ACCEL_REDIRECT,
    [SLOT(15, 'x', 'r')] = HEADER_X_FORWARDED_FOR,
};

enum header_id header_id_of(struct str name)
{
    if (name.n == 0) {
        return HEADER_OTHER;
    }
    unsigned first = (unsigned char)char_lower(name.p[0]);
    unsigned last = (unsigned char)char_lower(name.p[name.n - 1]);
    enum header_id id = slots[SLOT((unsigned)name.n, first, last)];
    return id != HEADER_OTHER && str_ieq(name, names[id]) ? id : HEADER_OTHER;
}

struct str header_name(enum header_id id)
{
    assert((size_t)id < HEADER_ID_COUNT);
    return id == HEADER_OTHER ? STR("") : names[id];
}

/*
 * Room is FIRST_ROOM at first and then the next power of two, so it need not be stored: a list that
 * reaches such a size moves. After headers_remove it may move once too often, never too late.
 */
static struct header *next_item(struct headers *headers, struct arena *arena)
{
    size_t n = headers->n;
    if (n == 0 || (n >= FIRST_ROOM && (n & (n - 1)) == 0)) {
        size_t room = n == 0 ? FIRST_ROOM : n * 2;
        struct header *items = arena_alloc(arena, room * sizeof(*items));
        if (n) {
            memcpy(items, headers->items, n * sizeof(*items));
        }
        headers->items = items;
    }
    headers->n++;
    return &headers->items[n];
}

void headers_add(struct headers *headers, struct arena *arena, struct str name, struct str value)
{
    *next_item(headers, arena) = (struct header){header_id_of(name), name, value};
}

void headers_add_field(struct headers *headers, struct arena *arena, const struct header *field)
{
    *next_item(headers, arena) = *field;
}

void headers_add_id(struct headers *headers, struct arena *arena, enum header_id id,
                    struct str value)
{
    assert(id != HEADER_OTHER); /* it has no name */
    *next_item(headers, arena) = (struct header){id, header_name(id), value};
}

const struct header *headers_find(const struct headers *headers, enum header_id id)
{
    for (size_t i = 0; i < headers->n; i++) {
        if (headers->items[i].id == id) {
            return &headers->items[i];
        }
    }
    return NULL;
}

const struct header *headers_find_name(const struct headers *headers, struct str name)
{
    enum header_id id = header_id_of(name);
    if (id != HEADER_OTHER) {
        return headers_find(headers, id);
    }
    for (size_t i = 0; i < headers->n; i++) {
        const struct header *header = &headers->items[i];
        if (header->id == HEADER_OTHER && str_ieq(header->name, name)) {
            return header;
        }
    }
    return NULL;
}

void headers_remove(struct headers *headers, enum header_id id)
{
    size_t kept = 0;
    for (size_t i = 0; i < headers->n; i++) {
        if (headers->items[i].id != id) {
            headers->items[kept++] = headers->items[i];
        }
    }
    headers->n = kept;
}

static bool list_has(struct str list, struct str token)
{
    while (list.n) {
        if (str_ieq(str_trim(str_split(&list, ',')), token)) {
            return true;
        }
    }
    return false;
}

bool headers_has_token(const struct headers *headers, enum header_id id, struct str token)
{
    for (size_t i = 0; i < headers->n; i++) {
        if (headers->items[i].id == id && list_has(headers->items[i].value, token)) {
            return true;
        }
    }
    return false;
}

bool header_name_valid(struct str name)
{
    for (size_t i = 0; i < name.n; i++) {
        if (!char_is(name.p[i], CHAR_TOKEN)) {
            return false;
        }
    }
    return name.n > 0;
}

size_t headers_size(const struct headers *headers)
{
    size_t n = 2;
    for (size_t i = 0; i < headers->n; i++) {
        n += headers->items[i].name.n + headers->items[i].value.n + 4;
    }
    return n;
}

char *headers_put(char *p, const struct headers *headers)
{
    for (size_t i = 0; i < headers->n; i++) {
        p = header_put(p, headers->items[i].name, headers->items[i].value);
    }
    return str_put(p, STR("\r\n"));
}

bool header_is_of_connection(enum header_id id)
{
    switch (id) {
    case HEADER_CONNECTION:
    case HEADER_KEEP_ALIVE:
    case HEADER_PROXY_CONNECTION:
    case HEADER_TRANSFER_ENCODING:
    case HEADER_UPGRADE: return true;
    default: return false;
    }
}

bool header_value_valid(struct str value)
{
    return value.n == 0 || (!memchr(value.p, '\n', value.n) && !memchr(value.p, '\r', value.n) &&
                            !memchr(value.p, '\0', value.n));
}
