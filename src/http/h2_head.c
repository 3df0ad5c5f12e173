/* SPDX-License-Identifier: Apache-2.0 */
#include "http/h2_head.h"

#include "http/char_class.h"
#include "http/field_line.h"

/* The pseudo-fields of a request, by their order in `parts`. */
enum part { PART_METHOD, PART_SCHEME, PART_AUTHORITY, PART_PATH, PART_PROTOCOL, PARTS };

static const struct str part_names[PARTS] = {
    [PART_METHOD] = STR_INIT(":method"),       [PART_SCHEME] = STR_INIT(":scheme"),
    [PART_AUTHORITY] = STR_INIT(":authority"), [PART_PATH] = STR_INIT(":path"),
    [PART_PROTOCOL] = STR_INIT(":protocol"),
};

struct parts {
    struct str values[PARTS];
    bool seen[PARTS];
};

static bool malformed(struct error *err, const char *what, struct str name)
{
    return error_set(err, "%s: \"%.*s\"", what, STR_ARG(name));
}

/* RFC 9113, 8.3: each once, none after a usual field. */
static bool take_pseudo(struct parts *parts, const struct header *field, struct error *err)
{
    for (size_t i = 0; i < PARTS; i++) {
        if (!str_eq(field->name, part_names[i])) {
            continue;
        }
        if (parts->seen[i]) {
            return malformed(err, "client sent a pseudo-header field twice", field->name);
        }
        parts->seen[i] = true;
        parts->values[i] = field->value;
        return true;
    }
    return malformed(err, "client sent an unknown pseudo-header field", field->name);
}

/* The kinds of requests, by which pseudo-header fields they have. */
enum shape { SHAPE_USUAL, SHAPE_CONNECT, SHAPE_EXTENDED_CONNECT, SHAPES };
enum presence { FORBIDDEN, ALLOWED, NEEDED };

/* RFC 9113, 8.3.1 and 8.5; RFC 8441, 4. */
static const enum presence presences[SHAPES][PARTS] = {
    [SHAPE_USUAL] = {[PART_METHOD] = NEEDED,
                     [PART_SCHEME] = NEEDED,
                     [PART_AUTHORITY] = ALLOWED,
                     [PART_PATH] = NEEDED},
    [SHAPE_CONNECT] = {[PART_METHOD] = NEEDED, [PART_AUTHORITY] = NEEDED},
    [SHAPE_EXTENDED_CONNECT] = {[PART_METHOD] = NEEDED,
                                [PART_SCHEME] = NEEDED,
                                [PART_AUTHORITY] = NEEDED,
                                [PART_PATH] = NEEDED,
                                [PART_PROTOCOL] = NEEDED},
};

static enum shape shape_of(const struct parts *parts)
{
    if (!str_eq(parts->values[PART_METHOD], STR("CONNECT"))) {
        return SHAPE_USUAL;
    }
    return parts->seen[PART_PROTOCOL] ? SHAPE_EXTENDED_CONNECT : SHAPE_CONNECT;
}

static bool check_presence(const struct parts *parts, struct error *err)
{
    enum shape shape = shape_of(parts);
    const enum presence *presence = presences[shape];
    for (size_t i = 0; i < PARTS; i++) {
        if (presence[i] == NEEDED && (!parts->seen[i] || parts->values[i].n == 0)) {
            return malformed(err, "client sent no pseudo-header field", part_names[i]);
        }
        if (presence[i] == FORBIDDEN && parts->seen[i]) {
            return shape == SHAPE_CONNECT
                       ? malformed(err, "client sent CONNECT with a pseudo-header field",
                                   part_names[i])
                       : malformed(err, "client sent a \":protocol\" with method",
                                   parts->values[PART_METHOD]);
        }
    }
    return !parts->seen[PART_PROTOCOL] || header_name_valid(parts->values[PART_PROTOCOL]) ||
           malformed(err, "client sent an invalid protocol", parts->values[PART_PROTOCOL]);
}

/* Each part becomes a word of the request line, or the whole of a field. */
static bool check_parts(const struct parts *parts, struct error *err)
{
    const struct str *values = parts->values;
    if (!check_presence(parts, err)) {
        return false;
    }
    for (size_t i = 0; i < PARTS; i++) {
        if (parts->seen[i] && has_blank_or_control(values[i])) {
            return malformed(err, "client sent an invalid pseudo-header field", part_names[i]);
        }
    }
    if (shape_of(parts) == SHAPE_CONNECT) {
        return true;
    }
    if (!str_eq(values[PART_SCHEME], STR("https")) && !str_eq(values[PART_SCHEME], STR("http"))) {
        return malformed(err, "client sent an invalid scheme", values[PART_SCHEME]);
    }
    if (values[PART_PATH].p[0] != '/' && !str_eq(values[PART_PATH], STR("*"))) {
        return malformed(err, "client sent an invalid path", values[PART_PATH]);
    }
    return true;
}

/* RFC 9113, 8.2.1: what would be refused in HTTP/1 as well, and capital letters. */
static bool h2_head_check_name(struct str name, struct error *err)
{
    for (size_t i = 0; i < name.n; i++) {
        if (char_lower(name.p[i]) != name.p[i]) {
            return malformed(err, "client sent a header name with capital letters", name);
        }
    }
    return header_name_valid(name) || malformed(err, "client sent an invalid header name", name);
}

static bool check_value(const struct header *field, struct error *err)
{
    struct str value = field->value;
    bool blank_ends = value.n && (str_trim(value).n != value.n);
    for (size_t at = control_find(value, 0); at < value.n; at = control_find(value, at + 1)) {
        if (value.p[at] != '\t') {
            return malformed(err, "client sent an invalid value of header", field->name);
        }
    }
    return !blank_ends || malformed(err, "client sent a value with blanks around it", field->name);
}

/* RFC 9113, 8.2.2. */
static bool check_connection(const struct header *field, struct error *err)
{
    if (header_is_of_connection(field->id)) {
        return malformed(err, "client sent a header of HTTP/1.1", field->name);
    }
    return field->id != HEADER_TE || str_ieq(field->value, STR("trailers")) ||
           malformed(err, "client sent an invalid value of header", field->name);
}

static bool check_usual(const struct header *field, const struct parts *parts, struct error *err)
{
    if (!h2_head_check_name(field->name, err) || !check_value(field, err) ||
        !check_connection(field, err)) {
        return false;
    }
    if (field->id == HEADER_CONTENT_LENGTH && parts->seen[PART_PROTOCOL]) {
        return malformed(err, "client sent a CONNECT with header", field->name);
    }
    /* 8.3.1: which of two would the backend believe? */
    bool differs = field->id == HEADER_HOST && parts->seen[PART_AUTHORITY] &&
                   !str_ieq(field->value, parts->values[PART_AUTHORITY]);
    return !differs ||
           malformed(err, "client sent a Host that is not its :authority", field->value);
}

static bool check_fields(const struct headers *fields, struct parts *parts, struct error *err)
{
    bool is_usual = false;
    for (size_t i = 0; i < fields->n; i++) {
        const struct header *field = &fields->items[i];
        bool is_part = field->name.n && field->name.p[0] == ':';
        if (is_part && is_usual) {
            return malformed(err, "client sent a pseudo-header field late", field->name);
        }
        is_usual = !is_part;
        if (is_part ? !take_pseudo(parts, field, err) : !check_usual(field, parts, err)) {
            return false;
        }
    }
    return true;
}

/* --- the parts --- */

/* RFC 9113, 8.2.3: a cookie may come in crumbs; HTTP/1 knows one field. An empty crumb would leave
 * a blank at its end, which no value has (RFC 9110, 5.5). */
static void add_cookie(const struct headers *fields, struct arena *arena, struct headers *out)
{
    struct header cookie = {HEADER_COOKIE, STR("cookie"), STR("")};
    size_t n = 0, size = 0;
    for (size_t i = 0; i < fields->n; i++) {
        if (fields->items[i].id == HEADER_COOKIE) {
            cookie.value = fields->items[i].value;
            size += cookie.value.n + 2;
            n++;
        }
    }
    if (n > 1) {
        char *start = arena_bytes(arena, size), *p = start;
        for (size_t i = 0; i < fields->n; i++) {
            if (fields->items[i].id == HEADER_COOKIE && fields->items[i].value.n > 0) {
                p = str_put(p, p == start ? STR("") : STR("; "));
                p = str_put(p, fields->items[i].value);
            }
        }
        cookie.value = str_range(start, p);
    }
    if (n > 0) {
        headers_add_field(out, arena, &cookie);
    }
}

static bool goes_apart(const struct header *field, const struct parts *parts)
{
    return field->name.p[0] == ':' || field->id == HEADER_COOKIE ||
           (field->id == HEADER_HOST && parts->seen[PART_AUTHORITY]) ||
           (parts->seen[PART_PROTOCOL] && str_eq(field->name, STR("sec-websocket-key")));
}

static struct str target_of(const struct parts *parts)
{
    return parts->values[shape_of(parts) == SHAPE_CONNECT ? PART_AUTHORITY : PART_PATH];
}

static void put_fields(const struct headers *fields, const struct parts *parts, struct str key,
                       struct arena *arena, struct headers *out)
{
    if (parts->seen[PART_AUTHORITY]) {
        const struct header host = {HEADER_HOST, STR("host"), parts->values[PART_AUTHORITY]};
        headers_add_field(out, arena, &host);
    }
    for (size_t i = 0; i < fields->n; i++) {
        if (!goes_apart(&fields->items[i], parts)) {
            headers_add_field(out, arena, &fields->items[i]);
        }
    }
    add_cookie(fields, arena, out);
    const struct header upgrade[] = {
        {HEADER_UPGRADE, STR("upgrade"), parts->values[PART_PROTOCOL]},
        {HEADER_CONNECTION, STR("connection"), STR("upgrade")},
        {HEADER_OTHER, STR("sec-websocket-key"), key},
    };
    for (size_t i = 0; parts->seen[PART_PROTOCOL] && i < COUNT_OF(upgrade); i++) {
        headers_add_field(out, arena, &upgrade[i]);
    }
}

bool h2_head_read(const struct headers *fields, struct str key, struct arena *arena,
                  struct h2_head *out, struct error *err)
{
    struct parts parts = {0};
    *out = (struct h2_head){0};
    if (!check_fields(fields, &parts, err) || !check_parts(&parts, err)) {
        return false;
    }
    struct str method = parts.values[PART_METHOD];
    const struct str words[] = {method, target_of(&parts), STR("HTTP/2.0")};
    out->line = arena_join(arena, words, COUNT_OF(words), STR(" "));
    out->protocol = parts.values[PART_PROTOCOL];
    out->parts.method = parts.seen[PART_PROTOCOL] ? STR("GET") : method;
    out->parts.target = target_of(&parts);
    put_fields(fields, &parts, key, arena, &out->parts.fields);
    return true;
}
