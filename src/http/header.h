/* SPDX-License-Identifier: Apache-2.0 */
/* Headers in the order received, and the names that yett itself uses. */
#ifndef HTTP_HEADER_H
#define HTTP_HEADER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/str.h"

/* Names that yett reads or writes; all others are HEADER_OTHER. */
enum header_id {
    HEADER_OTHER,
    HEADER_ACCEPT_RANGES,
    HEADER_ALLOW,
    HEADER_AUTHORIZATION,
    HEADER_CACHE_CONTROL,
    HEADER_CONNECTION,
    HEADER_CONTENT_ENCODING,
    HEADER_CONTENT_LENGTH,
    HEADER_CONTENT_RANGE,
    HEADER_CONTENT_TYPE,
    HEADER_COOKIE,
    HEADER_DATE,
    HEADER_ETAG,
    HEADER_EXPECT,
    HEADER_EXPIRES,
    HEADER_HOST,
    HEADER_IF_MATCH,
    HEADER_IF_MODIFIED_SINCE,
    HEADER_IF_NONE_MATCH,
    HEADER_IF_RANGE,
    HEADER_IF_UNMODIFIED_SINCE,
    HEADER_KEEP_ALIVE,
    HEADER_LAST_MODIFIED,
    HEADER_LOCATION,
    HEADER_PROXY_CONNECTION,
    HEADER_RANGE,
    HEADER_REFERER,
    HEADER_REFRESH,
    HEADER_SERVER,
    HEADER_SET_COOKIE,
    HEADER_TE,
    HEADER_TRAILER,
    HEADER_TRANSFER_ENCODING,
    HEADER_UPGRADE,
    HEADER_USER_AGENT,
    HEADER_WWW_AUTHENTICATE,
    HEADER_X_ACCEL_BUFFERING,
    HEADER_X_ACCEL_CHARSET,
    HEADER_X_ACCEL_EXPIRES,
    HEADER_X_ACCEL_LIMIT_RATE,
    HEADER_X_ACCEL_REDIRECT,
    HEADER_X_FORWARDED_FOR,
    HEADER_ID_COUNT,
};

struct header {
    enum header_id id;
    struct str name;  /* as received, or as to be sent */
    struct str value; /* trimmed */
};

/* Zeroed is valid and empty. Grows in the arena given to headers_add. */
struct headers {
    struct header *items;
    size_t n;
};

/* Looks a name up; ignores case (RFC 9110, 5.1). */
enum header_id header_id_of(struct str name);
/* The name in its usual spelling; "" for HEADER_OTHER. */
struct str header_name(enum header_id id);

/* Fields about one connection, which say nothing to the next (RFC 9110, 7.6.1). HTTP/2 has none of
 * them (RFC 9113, 8.2.2). */
bool header_is_of_connection(enum header_id id);

/* Appends a header; borrows name and value. */
void headers_add(struct headers *headers, struct arena *arena, struct str name, struct str value);
void headers_add_id(struct headers *headers, struct arena *arena, enum header_id id,
                    struct str value);
/* The same for a field whose id is known; borrows name and value. */
void headers_add_field(struct headers *headers, struct arena *arena, const struct header *field);
/* The first header with that id, or NULL. */
const struct header *headers_find(const struct headers *headers, enum header_id id);
/* The first header with that name, in any case, or NULL. */
const struct header *headers_find_name(const struct headers *headers, struct str name);
/* Removes all headers with that id. */
void headers_remove(struct headers *headers, enum header_id id);
/* Whether the comma-separated value of a header with that id has `token` (case ignored). */
bool headers_has_token(const struct headers *headers, enum header_id id, struct str token);

/* Writes "NAME: VALUE" and a line end to p; returns what is behind them. */
static inline char *header_put(char *p, struct str name, struct str value)
{
    p = str_put(p, name);
    p = str_put(p, STR(": "));
    p = str_put(p, value);
    return str_put(p, STR("\r\n"));
}

/* The same for all fields, and the empty line that ends a head; headers_size is how many bytes that
 * takes. */
size_t headers_size(const struct headers *headers);
char *headers_put(char *p, const struct headers *headers);

/* RFC 9110: a token (5.6.2); a field-value without CR, LF, NUL (5.5). */
bool header_name_valid(struct str name);
bool header_value_valid(struct str value);

#endif
