/* SPDX-License-Identifier: Apache-2.0 */
/* listen and server_name: the words of one server block. */
#include <assert.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/vec.h"
#include "conf/value.h"
#include "load/loader.h"

/* --- listen --- */

static bool parse_number(struct str value, int *out)
{
    uint64_t number;
    if (!str_to_u64(value, INT32_MAX, &number) || number == 0) {
        return false;
    }
    *out = (int)number;
    return true;
}

static bool parse_size(struct str value, int *out)
{
    uint64_t bytes;
    if (!value_size(value, &bytes) || bytes == 0 || bytes > INT32_MAX) {
        return false;
    }
    *out = (int)bytes;
    return true;
}

static bool parse_switch(struct str value, bool *out)
{
    *out = str_eq(value, STR("on"));
    return *out || str_eq(value, STR("off"));
}

/* "name=value" parameters. False when there is no such parameter or its value is wrong. */
static bool parse_valued(struct str word, struct listen_entry *entry)
{
    struct str value = word;
    struct str name = str_split(&value, '=');
    entry->has_options = true;
    if (str_eq(name, STR("backlog"))) {
        return parse_number(value, &entry->options.backlog);
    }
    if (str_eq(name, STR("fastopen"))) {
        return parse_number(value, &entry->options.fastopen);
    }
    if (str_eq(name, STR("rcvbuf"))) {
        return parse_size(value, &entry->options.rcvbuf);
    }
    if (str_eq(name, STR("sndbuf"))) {
        return parse_size(value, &entry->options.sndbuf);
    }
    if (str_eq(name, STR("ipv6only"))) {
        return parse_switch(value, &entry->options.ipv6only);
    }
    if (str_eq(name, STR("so_keepalive"))) {
        return parse_switch(value, &entry->options.keepalive);
    }
    return false;
}

static bool parse_parameter(struct str word, struct listen_entry *entry, struct error *err)
{
    static const char *const LATER[] = {"quic", "proxy_protocol", "multipath"};
    if (str_eq(word, STR("ssl"))) {
        entry->ssl = true;
        return true;
    }
    if (str_eq(word, STR("http2"))) {
        entry->http2 = true;
        return true;
    }
    if (str_eq(word, STR("default_server")) || str_eq(word, STR("default"))) {
        entry->default_server = true;
        return true;
    }
    if (str_eq(word, STR("deferred"))) {
        entry->options.deferred = entry->has_options = true;
        return true;
    }
    if (str_eq(word, STR("reuseport"))) {
        entry->options.reuseport = entry->has_options = true;
        return true;
    }
    if (str_eq(word, STR("bind"))) {
        return true; /* every address has a socket of its own anyway */
    }
    for (size_t i = 0; i < COUNT_OF(LATER); i++) {
        if (str_eq(word, str_of(LATER[i]))) {
            return error_set(err, "the parameter \"%s\" is not supported yet", LATER[i]);
        }
    }
    return parse_valued(word, entry) || error_set(err, "invalid parameter \"%.*s\"", STR_ARG(word));
}

static void set_any(struct address *address, uint16_t port)
{
    assert(port > 0);
    memset(address, 0, sizeof(*address));
    address->u.in.sin_family = AF_INET;
    address->u.in.sin_addr.s_addr = htonl(INADDR_ANY);
    address->u.in.sin_port = htons(port);
    address->len = sizeof(address->u.in);
}

static bool listen_conf_parse_port(struct str text, uint16_t *port)
{
    uint64_t number;
    if (!str_to_u64(text, UINT16_MAX, &number) || number == 0) {
        return false;
    }
    *port = (uint16_t)number;
    return true;
}

enum { HTTP_PORT = 80, UNPRIVILEGED_PORT = 8000 };

/* A port, "*:port", an address, or a name, which may stand for several addresses. */
static bool parse_addresses(struct conf_scope *scope, struct str text, struct address **out,
                            size_t *n, struct error *err)
{
    *out = arena_zalloc(scope->arena, sizeof(**out));
    *n = 1;
    uint16_t port = HTTP_PORT;
    if (listen_conf_parse_port(text, &port)) {
        set_any(*out, port);
        return true;
    }
    if (address_parse(text, HTTP_PORT, *out)) {
        return true;
    }
    struct str rest = text;
    struct str host = str_split(&rest, ':');
    if (rest.n && !listen_conf_parse_port(rest, &port)) {
        return error_set(err, "invalid port in \"%.*s\" of the \"listen\" directive",
                         STR_ARG(text));
    }
    if (str_eq(host, STR("*"))) {
        set_any(*out, port);
        return true;
    }
    if (host.n == 0 || host.p[0] == '[' || !address_lookup(host, port, scope->arena, out, n, err)) {
        return error_set(err, "host not found in \"%.*s\" of the \"listen\" directive",
                         STR_ARG(text));
    }
    return true;
}

static bool add_listen(struct conf_scope *scope, const struct listen_entry *entry,
                       struct error *err)
{
    struct loader *loader = loader_of(scope);
    /* Those of one server are next to each other. */
    for (size_t i = loader->listens_n; i > 0; i--) {
        const struct listen_entry *other = &loader->listens[i - 1];
        if (other->server != entry->server) {
            break;
        }
        if (address_equal(&other->address, &entry->address)) {
            char text[ADDRESS_TEXT_MAX];
            return error_set(err, "a duplicate listen %s", address_text(&entry->address, text).p);
        }
    }
    assert(entry->server && entry->node);
    struct listen_entry *slot =
        vec_push(scope->arena, &loader->listens, &loader->listens_n, sizeof(*slot));
    *slot = *entry;
    return true;
}

bool set_listen(struct conf_scope *scope, const struct directive *row, void *field,
                struct error *err)
{
    (void)row;
    (void)field;
    struct loader *loader = loader_of(scope);
    struct listen_entry entry = {.server = loader->block.server, .node = scope->node};
    entry.options.ipv6only = true;
    bool ok = true;
    struct error why;
    for (size_t i = 1; i < scope->node->n; i++) {
        if (!parse_parameter(scope->node->args[i], &entry, ok ? err : &why)) {
            ok = false; /* the server listens all the same: what else is wrong with it is seen */
        }
    }
    struct address *addresses;
    size_t n;
    if (!parse_addresses(scope, scope->node->args[0], &addresses, &n, ok ? err : &why)) {
        return false;
    }
    if (entry.http2) {
        loader_warn(loader, LEVEL_WARN,
                    "the \"listen ... http2\" directive is deprecated, use the \"http2\" directive "
                    "instead in %s:%u",
                    entry.node->file, entry.node->line);
    }
    assert(n > 0); /* a name without an address is an error */
    for (size_t i = 0; i < n; i++) {
        entry.address = addresses[i];
        if (!add_listen(scope, &entry, ok ? err : &why)) {
            return false;
        }
    }
    return ok;
}

/* What nginx had until 1.25: listeners_build says what follows from it. */
bool set_ssl(struct conf_scope *scope, const struct directive *row, void *field, struct error *err)
{
    (void)field;
    struct loader *loader = loader_of(scope);
    struct server_settings *server = loader->block.server_settings;
    if (!set_flag(scope, row, &server->ssl_on, err)) {
        return false;
    }
    server->ssl_file = scope->node->file;
    server->ssl_line = scope->node->line;
    loader_warn(loader, LEVEL_WARN,
                "the \"ssl\" directive is deprecated, use the \"listen ... ssl\" directive instead "
                "in %s:%u",
                server->ssl_file, server->ssl_line);
    return true;
}

bool listen_default(struct loader *loader, const struct conf_node *server, struct error *err)
{
    struct listen_entry entry = {.server = loader->block.server, .node = server};
    set_any(&entry.address, geteuid() == 0 ? HTTP_PORT : UNPRIVILEGED_PORT);
    return add_listen(&loader->scope, &entry, err);
}

/* --- server_name --- */

static bool check_name(struct str name, struct error *err)
{
    size_t star = str_find(name, '*');
    bool leading = str_starts(name, STR("*."));
    bool trailing = name.n >= 2 && str_ends(name, STR(".*"));
    bool one = star == name.n || star == str_rfind(name, '*');
    if ((star < name.n && (!one || !(leading || trailing))) || str_eq(name, STR(".")) ||
        memchr(name.p, '/', name.n)) {
        return error_set(err, "server name \"%.*s\" is invalid", STR_ARG(name));
    }
    return true;
}

static bool listen_conf_add_name(struct conf_scope *scope, struct server *server, struct str word,
                                 struct error *err)
{
    struct server_name name = {.name = arena_lower(scope->arena, word)};
    if (str_starts(word, STR("~"))) {
        name.name = word;
        /* Host names know no case: nginx compiles these patterns so as well. */
        if (!variables_regex(scope->vars, str_skip(word, 1), true, &name.regex, err)) {
            return false;
        }
    } else if (str_eq(name.name, STR("$hostname"))) {
        char host[256] = "";
        gethostname(host, sizeof(host) - 1);
        name.name = arena_lower(scope->arena, str_of(host));
    } else if (word.n && !check_name(name.name, err)) {
        return false;
    }
    struct server_name *slot =
        vec_push(scope->arena, &server->names, &server->names_n, sizeof(*slot));
    *slot = name;
    return true;
}

bool set_server_name(struct conf_scope *scope, const struct directive *row, void *field,
                     struct error *err)
{
    (void)row;
    (void)field;
    struct server *server = loader_of(scope)->block.server;
    for (size_t i = 0; i < scope->node->n; i++) {
        if (!listen_conf_add_name(scope, server, scope->node->args[i], err)) {
            return false;
        }
    }
    assert(server->names_n > 0); /* the row takes one at least */
    struct str first = server->names[0].name;
    server->name = str_starts(first, STR(".")) ? str_skip(first, 1) : first;
    return true;
}
