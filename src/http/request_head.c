/* SPDX-License-Identifier: Apache-2.0 */
/* The head of an HTTP/1 request: found in a stream, then parsed (RFC 9112). */
#include "http/request_head.h"

#include <assert.h>
#include <stdint.h>

#include "http/field_line.h"
#include "http/status.h"
#include "http/uri.h"

static const char invalid_request[] = "client sent invalid request";
static const char invalid_field[] = "client sent invalid header line";
static const char invalid_method[] = "client sent invalid method";
static const char too_large[] = "client sent too large request";

/* Where the parts of the parser put their verdict. Always returns false. */
struct refusal {
    int *status;
    const char **reason;
};

static bool request_head_refuse(struct refusal refusal, int status, const char *reason)
{
    *refusal.status = status;
    *refusal.reason = reason;
    return false;
}

/* RFC 9112, 2.3. Without a version it is HTTP/0.9, which is obsolete. */
static bool version_parse(struct str version, int *minor, struct refusal refusal)
{
    if (version.n != 8 || memcmp(version.p, "HTTP/", 5) != 0 || version.p[6] != '.' ||
        !char_is_digit(version.p[5]) || !char_is_digit(version.p[7]) || version.p[5] == '0') {
        return request_head_refuse(refusal, 400, invalid_request);
    }
    if (version.p[5] != '1' || version.p[7] > '1') {
        return request_head_refuse(refusal, 505, "client sent invalid version");
    }
    *minor = version.p[7] - '0';
    return true;
}

static enum scan request_head_scan_bad(struct head_scan *scan, int status, const char *reason)
{
    scan->status = status;
    scan->reason = reason;
    return SCAN_BAD;
}

/* nginx takes these; RFC 9110, 9.1 would allow any token, but no method needs more. */
static bool is_method_char(char c)
{
    return (c >= 'A' && c <= 'Z') || c == '_' || c == '-';
}

static bool refuse_line(bool is_first, struct refusal refusal)
{
    return is_first ? request_head_refuse(refusal, 414, "client sent too long URI")
                    : request_head_refuse(refusal, STATUS_HEADER_TOO_LARGE,
                                          "client sent too long header line");
}

static bool refuse_number(struct refusal refusal)
{
    return request_head_refuse(refusal, STATUS_HEADER_TOO_LARGE,
                               "client sent too many header lines");
}

static enum scan line_too_long(struct head_scan *scan)
{
    (void)refuse_line(scan->lines == 0, (struct refusal){&scan->status, &scan->reason});
    return SCAN_BAD;
}

/* A client that speaks no HTTP/1 would wait for an answer without ever sending an empty line. */
static enum scan request_line_end(struct head_scan *scan, struct str line)
{
    struct refusal refusal = {&scan->status, &scan->reason};
    int minor;
    size_t blank = str_rfind(line, ' ');
    if (!version_parse(str_skip(line, blank + 1), &minor, refusal)) {
        return SCAN_BAD;
    }
    return SCAN_MORE;
}

/* A CR LF was found at scan->pos. */
static enum scan request_head_line_end(struct head_scan *scan, struct str in,
                                       const struct head_limits *limits)
{
    assert(scan->line <= scan->pos && scan->pos + 1 < in.n);
    struct str line = {in.p + scan->line, scan->pos - scan->line};
    scan->pos += 2;
    if (line.n + 2 > limits->line_max) {
        return line_too_long(scan);
    }
    scan->line = scan->pos;
    if (line.n == 0 && scan->lines == 0) {
        /* RFC 9112, 2.2: empty lines before the request line are ignored, within reason. */
        scan->skipped = scan->pos;
        return scan->skipped > limits->line_max ? request_head_scan_bad(scan, 400, invalid_request)
                                                : SCAN_MORE;
    }
    if (scan->pos - scan->skipped > limits->total_max) {
        return request_head_scan_bad(scan, STATUS_HEADER_TOO_LARGE, too_large);
    }
    if (line.n == 0) {
        scan->head_n = scan->pos - scan->skipped;
        return SCAN_DONE;
    }
    if (scan->lines++ == 0) {
        return request_line_end(scan, line);
    }
    if (scan->lines - 1 > limits->fields_max) {
        (void)refuse_number((struct refusal){&scan->status, &scan->reason});
        return SCAN_BAD;
    }
    return SCAN_MORE;
}

/* All of `in` was looked at and the last line has no end yet. */
static enum scan scan_rest(struct head_scan *scan, struct str in, const struct head_limits *limits)
{
    assert(scan->skipped <= scan->line && scan->line <= in.n);
    if (in.n - scan->line >= limits->line_max) {
        return line_too_long(scan);
    }
    if (in.n - scan->skipped >= limits->total_max) {
        return request_head_scan_bad(scan, STATUS_HEADER_TOO_LARGE, too_large);
    }
    return SCAN_MORE;
}

enum scan request_head_scan(struct head_scan *scan, struct str in, const struct head_limits *limits)
{
    while (scan->pos < in.n) {
        char first = in.p[scan->line];
        if (scan->lines == 0 && first != '\r' && !is_method_char(first)) {
            return request_head_scan_bad(scan, 400, invalid_method);
        }
        scan->pos = control_find(in, scan->pos);
        if (scan->pos == in.n) {
            break;
        }
        if (in.p[scan->pos] == '\t' && scan->lines > 0) {
            scan->pos++;
            continue;
        }
        if (in.p[scan->pos] == '\r' && scan->pos + 1 == in.n) {
            break;
        }
        /* RFC 9112, 2.2: a bare CR is an error, and a bare LF is to us. */
        if (in.p[scan->pos] != '\r' || in.p[scan->pos + 1] != '\n') {
            return request_head_scan_bad(scan, 400,
                                         scan->lines == 0 ? invalid_request : invalid_field);
        }
        enum scan result = request_head_line_end(scan, in, limits);
        if (result != SCAN_MORE) {
            return result;
        }
    }
    return scan_rest(scan, in, limits);
}

/* RFC 9112, 3.2.2: http://host[:port][/path][?query]. */
static bool absolute_form(struct str target, struct arena *arena, struct request_head *out,
                          struct refusal refusal)
{
    size_t scheme = str_istarts(target, STR("http://"))    ? 7
                    : str_istarts(target, STR("https://")) ? 8
                                                           : 0;
    if (scheme == 0) {
        return request_head_refuse(refusal, 400, invalid_request);
    }
    struct str rest = str_skip(target, scheme);
    size_t n = 0;
    while (n < rest.n && rest.p[n] != '/' && rest.p[n] != '?') {
        n++;
    }
    out->form = TARGET_ABSOLUTE;
    out->authority = str_head(rest, n);
    out->target = str_skip(rest, n);
    if (out->target.n == 0 || out->target.p[0] != '/') {
        out->target = out->target.n ? arena_concat(arena, STR("/"), out->target) : STR("/");
    }
    if (!host_valid(out->authority)) {
        return request_head_refuse(refusal, 400, "client sent invalid host in request line");
    }
    return true;
}

static bool target_parse(struct str target, struct arena *arena, struct request_head *out,
                         struct refusal refusal)
{
    if (target.n && target.p[0] == '/') {
        out->form = TARGET_ORIGIN;
        out->target = target;
        return true;
    }
    if (str_eq(target, STR("*")) && out->method == METHOD_OPTIONS) {
        out->form = TARGET_ASTERISK;
        out->target = target;
        return true;
    }
    return absolute_form(target, arena, out, refusal);
}

static bool method_parse(struct str name, struct request_head *out, struct refusal refusal)
{
    for (size_t i = 0; i < name.n; i++) {
        if (!is_method_char(name.p[i])) {
            return request_head_refuse(refusal, 400, invalid_method);
        }
    }
    out->method = method_of(name);
    out->method_name = name;
    return name.n > 0 || request_head_refuse(refusal, 400, invalid_request);
}

/* What a request line says, whatever the protocol. */
static bool words_parse(struct str target, struct arena *arena, struct request_head *out,
                        struct refusal refusal)
{
    if (out->method == METHOD_CONNECT) {
        return request_head_refuse(refusal, 405, "client sent CONNECT method");
    }
    if (out->method == METHOD_TRACE) {
        return request_head_refuse(refusal, 405, "client sent TRACE method");
    }
    return target_parse(target, arena, out, refusal);
}

/* RFC 9112, 3: method SP request-target SP HTTP-version, with single spaces. */
static bool request_line_parse(struct str line, struct arena *arena, struct request_head *out,
                               struct refusal refusal)
{
    out->line = line;
    struct str rest = line;
    struct str method = str_split(&rest, ' ');
    struct str target = str_split(&rest, ' ');
    return method_parse(method, out, refusal) && version_parse(rest, &out->minor, refusal) &&
           words_parse(target, arena, out, refusal);
}

/* Fields that nginx allows once. The next server could read a second one differently. */
static const bool is_unique[HEADER_ID_COUNT] = {
    [HEADER_AUTHORIZATION] = true,
    [HEADER_CONTENT_LENGTH] = true,
    [HEADER_CONTENT_RANGE] = true,
    [HEADER_EXPECT] = true,
    [HEADER_HOST] = true,
    [HEADER_IF_MATCH] = true,
    [HEADER_IF_MODIFIED_SINCE] = true,
    [HEADER_IF_NONE_MATCH] = true,
    [HEADER_IF_RANGE] = true,
    [HEADER_IF_UNMODIFIED_SINCE] = true,
    [HEADER_TRANSFER_ENCODING] = true,
};

static bool field_is_dropped(enum field_line kind, struct str name,
                             const struct head_options *options)
{
    if (kind == FIELD_USUAL || !options->ignore_invalid_headers) {
        return false;
    }
    return !options->underscores_in_headers || !field_name_usual_or_underscore(name);
}

struct fields_in {
    const struct head_options *options;
    struct arena *arena;
    struct headers *out;
    uint64_t seen; /* a bit for each known field */
    struct refusal refusal;
};

/* Takes, drops or refuses one field, whose name is of that `kind`. */
static inline bool field_take(struct fields_in *in, enum field_line kind,
                              const struct header *field)
{
    _Static_assert(HEADER_ID_COUNT <= 64, "`seen` has a bit for each known field");
    if (kind == FIELD_MALFORMED) {
        return request_head_refuse(in->refusal, 400, invalid_field);
    }
    if (field_is_dropped(kind, field->name, in->options)) {
        return true;
    }
    if (kind == FIELD_NO_TOKEN) {
        return request_head_refuse(in->refusal, 400, invalid_field);
    }
    headers_add_field(in->out, in->arena, field);
    if (is_unique[field->id] && in->seen >> field->id & 1) {
        return request_head_refuse(in->refusal, 400,
                                   field->id == HEADER_HOST ? "client sent duplicate host header"
                                                            : "client sent duplicate header line");
    }
    in->seen |= UINT64_C(1) << field->id;
    return true;
}

static bool lines_parse(struct str lines, struct fields_in *in)
{
    struct str line;
    while (line_take(&lines, &line) && line.n) {
        struct header field = {0};
        enum field_line kind = field_line_parse(line, &field.name, &field.value);
        field.id = header_id_of(field.name);
        if (!field_take(in, kind, &field)) {
            return false;
        }
    }
    return true;
}

/* RFC 9112, 3.2.2. A later reader of the field ($http_host) must not get another name. */
static void host_replace(struct headers *headers, struct str authority)
{
    for (size_t i = 0; i < headers->n; i++) {
        if (headers->items[i].id == HEADER_HOST) {
            headers->items[i].value = authority;
        }
    }
}

/* RFC 9112, 3.2. An authority in the target wins over Host, which must be valid all the same. */
static bool host_find(struct request_head *out, struct refusal refusal)
{
    const struct header *host = headers_find(&out->headers, HEADER_HOST);
    if (host && !host_valid(host->value)) {
        return request_head_refuse(refusal, 400, "client sent invalid host header");
    }
    if (!host && out->minor > 0) {
        return request_head_refuse(refusal, 400,
                                   "client sent HTTP/1.1 request without \"Host\" header");
    }
    if (out->form == TARGET_ABSOLUTE) {
        out->host = out->authority;
        host_replace(&out->headers, out->authority);
    } else if (host) {
        out->host = host->value;
    }
    assert(out->form != TARGET_ABSOLUTE || out->host.n > 0);
    out->has_host = out->form == TARGET_ABSOLUTE || host;
    return true;
}

bool request_head_parse(struct str head, const struct head_options *options, struct arena *arena,
                        struct request_head *out, int *status, const char **reason)
{
    struct refusal refusal = {status, reason};
    struct fields_in in = {options, arena, &out->headers, 0, refusal};
    struct str line;
    *out = (struct request_head){0};
    if (!line_take(&head, &line)) {
        return request_head_refuse(refusal, 400, invalid_request);
    }
    return request_line_parse(line, arena, out, refusal) && lines_parse(head, &in) &&
           host_find(out, refusal);
}

/* --- a head in parts --- */

/* By the length of the lines that HTTP/1.1 would have, as the scanner does. */
static bool parts_within(const struct head_parts *parts, const struct head_limits *limits,
                         struct refusal refusal)
{
    size_t line = parts->method.n + parts->target.n + sizeof("  HTTP/1.1\r\n") - 1;
    size_t total = 0;
    for (size_t i = 0;; i++) {
        total += line;
        if (line > limits->line_max) {
            return refuse_line(i == 0, refusal);
        }
        if (total > limits->total_max) {
            return request_head_refuse(refusal, STATUS_HEADER_TOO_LARGE, too_large);
        }
        if (i > parts->fields.n) {
            return true; /* that was the empty line */
        }
        if (i > limits->fields_max) {
            return refuse_number(refusal);
        }
        const struct header *next = i < parts->fields.n ? &parts->fields.items[i] : NULL;
        line = next ? next->name.n + next->value.n + sizeof(": \r\n") - 1 : sizeof("\r\n") - 1;
    }
}

bool request_head_take(const struct head_parts *parts, const struct head_limits *limits,
                       const struct head_options *options, struct arena *arena,
                       struct request_head *out, int *status, const char **reason)
{
    struct refusal refusal = {status, reason};
    struct fields_in in = {options, arena, &out->headers, 0, refusal};
    *out = (struct request_head){.minor = 1};
    if (!parts->method.n || !is_method_char(parts->method.p[0])) {
        return request_head_refuse(refusal, 400, invalid_method);
    }
    if (!parts_within(parts, limits, refusal) || !method_parse(parts->method, out, refusal) ||
        !words_parse(parts->target, arena, out, refusal)) {
        return false;
    }
    for (size_t i = 0; i < parts->fields.n; i++) {
        const struct header *field = &parts->fields.items[i];
        if (!field_take(&in, field_name_judge(field->name), field)) {
            return false;
        }
    }
    return host_find(out, refusal);
}
