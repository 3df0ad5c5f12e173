/* SPDX-License-Identifier: Apache-2.0 */
/* Variables of the request: its line, its header fields, its body, the file it asks for. */
#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <openssl/evp.h>
#include <stdlib.h>

#include "base/clock.h"
#include "facts/variable_getters.h"
#include "gate/connection.h"
#include "http/uri.h"
#include "site/filename.h"

/* --- the request line --- */

struct value variable_request(void *facts, struct arena *arena, const struct builtin *row,
                              struct str suffix)
{
    const struct request *request = facts;
    return value_if_any(request->head.line);
}

/* As handled: an error page is fetched with GET. */
struct value variable_request_method(void *facts, struct arena *arena, const struct builtin *row,
                                     struct str suffix)
{
    const struct request *request = facts;
    return value_if_any(request->walk.method_name);
}

struct value variable_request_uri(void *facts, struct arena *arena, const struct builtin *row,
                                  struct str suffix)
{
    const struct request *request = facts;
    return value_if_any(request->head.target);
}

/* Read from the line itself, which may be all there is of a malformed request. */
struct value variable_server_protocol(void *facts, struct arena *arena, const struct builtin *row,
                                      struct str suffix)
{
    const struct request *request = facts;
    struct str line = request->head.line;
    struct str last = str_skip(line, str_rfind(line, ' ') + 1);
    return str_starts(last, STR("HTTP/")) ? value_of(last) : VALUE_IS_ABSENT;
}

struct value variable_uri(void *facts, struct arena *arena, const struct builtin *row,
                          struct str suffix)
{
    const struct request *request = facts;
    return value_of(request->walk.path);
}

struct value variable_args(void *facts, struct arena *arena, const struct builtin *row,
                           struct str suffix)
{
    const struct request *request = facts;
    return value_if_any(request->walk.args);
}

void variable_put_args(void *facts, struct str value)
{
    struct request *request = facts;
    request->walk.args = value;
    request->walk.path_plain = false;
}

struct value variable_is_args(void *facts, struct arena *arena, const struct builtin *row,
                              struct str suffix)
{
    const struct request *request = facts;
    return value_of(request->walk.args.n ? STR("?") : STR(""));
}

struct value variable_arg(void *facts, struct arena *arena, const struct builtin *row,
                          struct str suffix)
{
    const struct request *request = facts;
    struct str value;
    return uri_arg(request->walk.args, suffix, &value) ? value_of(value) : VALUE_IS_ABSENT;
}

struct value variable_scheme(void *facts, struct arena *arena, const struct builtin *row,
                             struct str suffix)
{
    const struct request *request = facts;
    return value_of(request->conn->transport.ssl ? STR("https") : STR("http"));
}

struct value variable_https(void *facts, struct arena *arena, const struct builtin *row,
                            struct str suffix)
{
    const struct request *request = facts;
    return value_of(request->conn->transport.ssl ? STR("on") : STR(""));
}

/* --- header fields --- */

struct value variable_host(void *facts, struct arena *arena, const struct builtin *row,
                           struct str suffix)
{
    const struct request *request = facts;
    return value_of(request->walk.host.n ? request->walk.host : request->walk.server->name);
}

struct value variable_server_name(void *facts, struct arena *arena, const struct builtin *row,
                                  struct str suffix)
{
    const struct request *request = facts;
    return value_of(request->walk.server->name);
}

static bool is_named(struct str field, struct str name)
{
    if (field.n != name.n) {
        return false;
    }
    for (size_t i = 0; i < field.n; i++) {
        char c = field.p[i] == '-' ? '_' : char_lower(field.p[i]);
        if (c != char_lower(name.p[i])) {
            return false;
        }
    }
    return true;
}

static size_t count_named(const struct headers *headers, struct str name)
{
    size_t n = 0;
    for (size_t i = 0; i < headers->n; i++) {
        n += is_named(headers->items[i].name, name);
    }
    return n;
}

struct str *fields_named(const struct headers *headers, struct str name, size_t spare, size_t *n,
                         struct arena *arena)
{
    size_t count = count_named(headers, name);
    struct str *values = arena_alloc(arena, (count + spare) * sizeof(*values));
    *n = 0;
    for (size_t i = 0; i < headers->n && *n < count; i++) {
        if (is_named(headers->items[i].name, name)) {
            values[(*n)++] = headers->items[i].value;
        }
    }
    assert(*n == count);
    return values;
}

struct value value_of_fields(const struct headers *headers, struct str name, struct str separator,
                             struct arena *arena)
{
    size_t n;
    const struct str *values = fields_named(headers, name, 0, &n, arena);
    return n == 0   ? VALUE_IS_ABSENT
           : n == 1 ? value_of(values[0])
                    : value_of(arena_join(arena, values, n, separator));
}

struct value variable_http(void *facts, struct arena *arena, const struct builtin *row,
                           struct str suffix)
{
    const struct request *request = facts;
    /* RFC 6265, 5.4 and RFC 9110, 5.3: cookies are not a comma-separated list. */
    struct str separator = str_ieq(suffix, STR("cookie")) ? STR("; ") : STR(", ");
    return value_of_fields(&request->head.headers, suffix, separator, arena);
}

struct value variable_content_type(void *facts, struct arena *arena, const struct builtin *row,
                                   struct str suffix)
{
    const struct request *request = facts;
    return value_of_fields(&request->head.headers, STR("content_type"), STR(", "), arena);
}

struct value variable_content_length(void *facts, struct arena *arena, const struct builtin *row,
                                     struct str suffix)
{
    const struct request *request = facts;
    const struct header *field = headers_find(&request->head.headers, HEADER_CONTENT_LENGTH);
    if (field) {
        return value_of(field->value);
    }
    bool counted = request->body.length < 0 && request->body.state == REQUEST_BODY_COMPLETE;
    return counted ? value_of_u64(request->body.received, arena) : VALUE_IS_ABSENT;
}

static struct str skip_blanks(struct str s)
{
    while (s.n && s.p[0] == ' ') {
        s = str_skip(s, 1);
    }
    return s;
}

/* "NAME = VALUE" in one part of a cookie field. Blanks behind the value are part of it, as in
 * nginx. */
static bool cookie_value(struct str pair, struct str name, struct str *value)
{
    struct str rest = skip_blanks(pair);
    if (!str_istarts(rest, name)) {
        return false;
    }
    rest = skip_blanks(str_skip(rest, name.n));
    if (rest.n == 0 || rest.p[0] != '=') {
        return false;
    }
    *value = skip_blanks(str_skip(rest, 1));
    return true;
}

struct value value_of_cookie(const struct headers *headers, enum header_id id, struct str name)
{
    struct str value;
    for (size_t i = 0; name.n && i < headers->n; i++) {
        struct str rest = headers->items[i].value;
        while (headers->items[i].id == id && rest.n) {
            struct str pair = str_split(&rest, ';');
            if (cookie_value(pair, name, &value)) {
                return value_of(value);
            }
            if (id == HEADER_SET_COOKIE) {
                break; /* attributes follow, no more cookies (RFC 6265, 4.1.1) */
            }
        }
    }
    return VALUE_IS_ABSENT;
}

struct value variable_cookie(void *facts, struct arena *arena, const struct builtin *row,
                             struct str suffix)
{
    const struct request *request = facts;
    return value_of_cookie(&request->head.headers, HEADER_COOKIE, suffix);
}

/* --- the user of HTTP basic authentication (RFC 7617) --- */

static bool is_base64_digit(char c)
{
    return char_is_alnum(c) || c == '+' || c == '/';
}

/* RFC 4648, 4. As nginx: padding may be missing. OpenSSL takes blanks and inner padding: they are
 * refused before it is asked. */
static bool base64_decode(struct str in, struct arena *arena, struct str *out)
{
    while (in.n && in.p[in.n - 1] == '=') {
        in.n--;
    }
    for (size_t i = 0; i < in.n; i++) {
        if (!is_base64_digit(in.p[i])) {
            return false;
        }
    }
    size_t padding = (4 - in.n % 4) % 4;
    size_t n = in.n + padding;
    if (padding == 3 || n > INT_MAX) {
        return false;
    }
    char *text = arena_bytes(arena, n + 1);
    unsigned char *data = (unsigned char *)arena_bytes(arena, n + 1);
    memcpy(text, in.p ? in.p : "", in.n);
    memset(text + in.n, '=', padding);
    int got = EVP_DecodeBlock(data, (const unsigned char *)text, (int)n);
    assert(got < 0 || (size_t)got >= padding); /* three octets for each group of four */
    *out = (struct str){(const char *)data, got < 0 ? 0 : (size_t)got - padding};
    return got >= 0;
}

struct value variable_remote_user(void *facts, struct arena *arena, const struct builtin *row,
                                  struct str suffix)
{
    const struct request *request = facts;
    const struct header *field = headers_find_name(&request->head.headers, STR("Authorization"));
    struct str user;
    if (!field || !str_istarts(field->value, STR("Basic ")) ||
        !base64_decode(str_trim(str_skip(field->value, strlen("Basic "))), arena, &user)) {
        return VALUE_IS_ABSENT;
    }
    size_t colon = str_find(user, ':');
    return colon < user.n ? value_if_any(str_head(user, colon)) : VALUE_IS_ABSENT;
}

/* --- the body --- */

struct value variable_request_body(void *facts, struct arena *arena, const struct builtin *row,
                                   struct str suffix)
{
    const struct request *request = facts;
    if (request->body.state != REQUEST_BODY_COMPLETE || request->body.fd >= 0) {
        return VALUE_IS_ABSENT;
    }
    return value_if_any(buf_view(&request->body.memory));
}

/* A temporary file has no name that lasts: it is unlinked as soon as it is open. */
struct value variable_request_body_file(void *facts, struct arena *arena, const struct builtin *row,
                                        struct str suffix)
{
    const struct request *request = facts;
    if (request->body.fd < 0) {
        return VALUE_IS_ABSENT;
    }
    return value_of(arena_printf(arena, "/proc/self/fd/%d", request->body.fd));
}

/* --- the file --- */

struct value variable_document_root(void *facts, struct arena *arena, const struct builtin *row,
                                    struct str suffix)
{
    struct request *request = facts;
    return filename_root(&request->walk);
}

struct value variable_realpath_root(void *facts, struct arena *arena, const struct builtin *row,
                                    struct str suffix)
{
    struct request *request = facts;
    char real[PATH_MAX];
    struct str root = filename_root(&request->walk).s;
    if (!realpath(root.n ? root.p : ".", real)) {
        request_log(request, LEVEL_CRIT, "realpath() \"%.*s\" failed (%d: %s)", STR_ARG(root),
                    errno, strerror(errno));
        return VALUE_IS_ABSENT;
    }
    return value_of(arena_dup(arena, str_of(real)));
}

struct value variable_request_filename(void *facts, struct arena *arena, const struct builtin *row,
                                       struct str suffix)
{
    struct request *request = facts;
    struct str name;
    size_t root_n;
    return filename_of(&request->walk, request->walk.path, &name, &root_n) ? value_of(name)
                                                                           : VALUE_IS_ABSENT;
}

/* --- counts and marks --- */

struct value variable_request_id(void *facts, struct arena *arena, const struct builtin *row,
                                 struct str suffix)
{
    return value_if_any(request_id(facts));
}

struct value variable_client_denial_reason(void *facts, struct arena *arena,
                                           const struct builtin *row, struct str suffix)
{
    const struct request *request = facts;
    return value_if_any(str_of(request->walk.denial));
}

struct value variable_request_length(void *facts, struct arena *arena, const struct builtin *row,
                                     struct str suffix)
{
    const struct request *request = facts;
    return value_of_u64(request->received, arena);
}

struct value variable_request_time(void *facts, struct arena *arena, const struct builtin *row,
                                   struct str suffix)
{
    const struct request *request = facts;
    uint64_t now = clock_now().real_ms;
    return value_of_ms(now > request->start_ms ? now - request->start_ms : 0, arena);
}
