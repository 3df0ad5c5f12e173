/* SPDX-License-Identifier: Apache-2.0 */
/* The request of `yett explain`: from the command line to a head that the gate's own parser read.
 */
#include <assert.h>
#include <string.h>

#include "base/vec.h"
#include "cli/explain.h"
#include "facts/variable_getters.h"
#include "facts/variables.h"
#include "http/field_line.h"
#include "http/framing.h"
#include "http/uri.h"

/* --- the URL --- */

static bool explain_url_scheme(struct str *rest, struct explain_url *out)
{
    out->tls = str_istarts(*rest, STR("https://"));
    if (!out->tls && !str_istarts(*rest, STR("http://"))) {
        return false;
    }
    *rest = str_skip(*rest, out->tls ? strlen("https://") : strlen("http://"));
    return true;
}

/* The colon of a port, which is not one in "[v6]"; or n. */
static size_t port_colon(struct str authority)
{
    size_t colon = str_rfind(authority, ':');
    size_t bracket = str_rfind(authority, ']');
    return bracket < authority.n && colon < bracket ? authority.n : colon;
}

static bool explain_url_authority(struct str authority, struct explain_url *out, struct error *err)
{
    if (str_find(authority, '@') < authority.n) {
        return error_set(err, "a URL with a user name is not supported: leave out \"%.*s\"",
                         STR_ARG(str_head(authority, str_rfind(authority, '@') + 1)));
    }
    size_t colon = port_colon(authority);
    uint64_t usual = out->tls ? 443 : 80;
    uint64_t port = usual;
    out->host = str_head(authority, colon);
    if (colon < authority.n &&
        (!str_to_u64(str_skip(authority, colon + 1), 65535, &port) || port == 0)) {
        return error_set(err, "invalid port in \"%.*s\"", STR_ARG(authority));
    }
    if (!host_valid(out->host)) {
        return error_set(err, "invalid host \"%.*s\" in the URL", STR_ARG(out->host));
    }
    out->port = (uint16_t)port;
    out->has_port = port != usual;
    return true;
}

bool explain_url_parse(struct str text, struct arena *arena, struct explain_url *out,
                       struct error *err)
{
    struct str rest = text;
    *out = (struct explain_url){0};
    if (!explain_url_scheme(&rest, out)) {
        return error_set(err, "\"%.*s\" is not a URL: use https://HOST[:PORT][/PATH] or http://…",
                         STR_ARG(text));
    }
    rest = str_head(rest, str_find(rest, '#')); /* a client does not send it */
    size_t end = 0;
    while (end < rest.n && rest.p[end] != '/' && rest.p[end] != '?') {
        end++;
    }
    struct str path = str_skip(rest, end);
    out->target = str_starts(path, STR("/")) ? path : arena_concat(arena, STR("/"), path);
    return explain_url_authority(str_head(rest, end), out, err);
}

/* --- the head --- */

struct writer {
    struct arena *arena;
    struct str *parts;
    size_t n;
    bool has_host;
};

static void write_part(struct writer *writer, struct str part)
{
    struct str *slot = vec_push(writer->arena, &writer->parts, &writer->n, sizeof(*slot));
    *slot = part;
}

/* "Name: value"; as with curl, one without a value takes a field away that would be sent. */
static bool write_field(struct writer *writer, struct str text, struct error *err)
{
    size_t colon = str_find(text, ':');
    struct str name = str_head(text, colon);
    struct str value = str_trim(str_skip(text, colon < text.n ? colon + 1 : colon));
    if (colon == text.n || !header_name_valid(name)) {
        return error_set(err, "\"%.*s\" is no header: use -H \"Name: value\"", STR_ARG(text));
    }
    if (!header_value_valid(value)) {
        return error_set(err, "the value of the header \"%.*s\" has a line break or a NUL",
                         STR_ARG(name));
    }
    writer->has_host = writer->has_host || str_ieq(name, STR("Host"));
    if (value.n) {
        write_part(writer,
                   arena_printf(writer->arena, "%.*s: %.*s\r\n", STR_ARG(name), STR_ARG(value)));
    }
    return true;
}

static bool explain_write_head(struct explain *explain, struct str method, struct str *out)
{
    const struct explain_url *url = &explain->url;
    const struct words *fields = &explain->options.fields;
    struct writer writer = {.arena = &explain->arena};
    if (!header_name_valid(method)) {
        return error_set(&explain->err, "\"%.*s\" is no method", STR_ARG(method));
    }
    if (has_blank_or_control(url->target)) {
        return error_set(&explain->err, "the URL has a blank or a control character: write %%20");
    }
    write_part(&writer, arena_printf(&explain->arena, "%.*s %.*s HTTP/1.1\r\n", STR_ARG(method),
                                     STR_ARG(url->target)));
    for (size_t i = 0; i < fields->n; i++) {
        if (!write_field(&writer, fields->items[i], &explain->err)) {
            return false;
        }
    }
    if (!writer.has_host) {
        struct str host = url->has_port ? arena_printf(&explain->arena, "%.*s:%u",
                                                       STR_ARG(url->host), (unsigned)url->port)
                                        : url->host;
        write_part(&writer, arena_printf(&explain->arena, "Host: %.*s\r\n", STR_ARG(host)));
    }
    write_part(&writer, STR("\r\n"));
    *out = arena_join(&explain->arena, writer.parts, writer.n, STR(""));
    return true;
}

static bool refuse_head(struct explain *explain, int status, const char *reason)
{
    return error_set(&explain->err, "%s: the server answers %d before it decides anything", reason,
                     status);
}

bool explain_read_head(struct explain *explain, struct str method)
{
    const struct server_settings *settings = &explain->entry.server->settings;
    const struct head_options options = {settings->ignore_invalid_headers,
                                         settings->underscores_in_headers};
    struct request_head *head = &explain->head;
    struct framing framing;
    struct str text;
    struct uri uri;
    int status = 400;
    const char *reason = "";
    if (!explain_write_head(explain, method, &text)) {
        return false;
    }
    if (!request_head_parse(text, &options, &explain->arena, head, &status, &reason) ||
        !framing_of_request(head, &framing, &status, &reason)) {
        return refuse_head(explain, status, reason);
    }
    if (head->host.n && !host_normalize(head->host, &explain->arena, &explain->host)) {
        return refuse_head(explain, 400, "client sent invalid host header");
    }
    if (!uri_parse(head->target, settings->merge_slashes, &explain->arena, &uri)) {
        return refuse_head(explain, 400, "client sent invalid request");
    }
    explain->question.body_length = framing.kind == BODY_LENGTH ? framing.length : 0;
    return true;
}

/* --- the variables that it determines --- */

/* Of TLS itself: what was negotiated is not known, but without TLS they are empty. */
static bool explain_is_of_tls(struct str name)
{
    return str_starts(name, STR("ssl_"));
}

static struct value told_port(const struct explain *explain, struct arena *arena)
{
    uint16_t port = address_port(&explain->entry.listener->address);
    return port ? value_of_u64(port, arena) : value_of(STR(""));
}

static struct value told_server_addr(struct explain *explain)
{
    char text[ADDRESS_TEXT_MAX];
    const struct listener *listener = explain->entry.listener;
    if (listener->wildcard && !explain->has_address) {
        return VALUE_IS_UNKNOWN;
    }
    const struct address *local = listener->wildcard ? &explain->address : &listener->address;
    bool is_unix = local->u.sa.sa_family == AF_UNIX;
    return value_of(arena_dup(&explain->arena,
                              is_unix ? address_text(local, text) : address_host(local, text)));
}

static struct value told_peer(struct explain *explain)
{
    char text[ADDRESS_TEXT_MAX];
    return explain->options.from
               ? value_of(arena_dup(&explain->arena, address_host(&explain->peer, text)))
               : VALUE_IS_UNKNOWN;
}

/* Of a field, or of one of several with that name. */
static struct value told_field(struct explain *explain, const struct variable *variable)
{
    struct str family = str_of(variable->source.builtin->name);
    const struct headers *headers = &explain->head.headers;
    if (str_eq(family, STR("http_"))) {
        struct str separator = str_ieq(variable->suffix, STR("cookie")) ? STR("; ") : STR(", ");
        return value_of_fields(headers, variable->suffix, separator, &explain->arena);
    }
    if (str_eq(family, STR("cookie_"))) {
        return value_of_cookie(headers, HEADER_COOKIE, variable->suffix);
    }
    if (str_eq(family, STR("content_type")) || str_eq(family, STR("content_length"))) {
        return value_of_fields(headers, family, STR(", "), &explain->arena);
    }
    return VALUE_IS_UNKNOWN;
}

static struct value told_value(struct explain *explain, const struct variable *variable)
{
    const struct builtin *row = variable->source.builtin;
    struct str name = str_of(row->name);
    if (row->get == variable_constant || row->get == variable_not_here) {
        return row->get(NULL, &explain->arena, row, variable->suffix);
    }
    if (explain_is_of_tls(name) && !explain->entry.secure) {
        return VALUE_IS_ABSENT;
    }
    if (str_eq(name, STR("ssl_server_name"))) {
        return value_of(explain->sni);
    }
    if (str_eq(name, STR("ssl_early_data"))) {
        return VALUE_IS_ABSENT; /* never accepted */
    }
    if (str_eq(name, STR("remote_user"))) {
        bool has_user = headers_find_name(&explain->head.headers, STR("Authorization"));
        return has_user ? VALUE_IS_UNKNOWN : VALUE_IS_ABSENT;
    }
    return str_eq(name, STR("server_port"))          ? told_port(explain, &explain->arena)
           : str_eq(name, STR("server_addr"))        ? told_server_addr(explain)
           : str_eq(name, STR("realip_remote_addr")) ? told_peer(explain)
                                                     : told_field(explain, variable);
}

/* The walk itself knows the verdict, and where it counts. */
static bool told_of_client(struct explain *explain, const struct variable *variable,
                           struct value *value)
{
    const X509 *cert = explain->client.verdict.status == VERDICT_NO_CERTIFICATE
                           ? NULL
                           : sk_X509_value(explain->certs, 0);
    return explain->entry.secure && !explain->given &&
           !str_eq(variable->name, STR("ssl_client_verify")) &&
           variable_of_client(variable->source.builtin, cert, &explain->client.verdict,
                              &explain->arena, value);
}

const struct told *explain_told(struct explain *explain, size_t *n)
{
    const struct variables *vars = &explain->settings->vars;
    struct told *items = NULL;
    *n = 0;
    for (size_t i = 0; i < vars->n; i++) {
        const struct variable *variable = vars->items[i];
        struct value value = VALUE_IS_UNKNOWN;
        if (variable->kind != VARIABLE_BUILTIN) {
            continue;
        }
        bool of_client = told_of_client(explain, variable, &value);
        if (!of_client && !str_eq(variable->name, STR("ssl_client_verify"))) {
            value = told_value(explain, variable);
        }
        if (value.state != VALUE_UNKNOWN) {
            struct told *slot = vec_push(&explain->arena, &items, n, sizeof(*slot));
            *slot = (struct told){arena_lower(&explain->arena, variable->name), value.s, of_client};
        }
    }
    return items;
}
