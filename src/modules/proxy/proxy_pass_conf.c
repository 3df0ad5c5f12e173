/* SPDX-License-Identifier: Apache-2.0 */
/* Setters of proxy_pass and of what is sent to a backend; what is completed once all is read. */
#include <assert.h>
#include <string.h>

#include "base/file.h"
#include "base/vec.h"
#include "load/client_identity_conf.h"
#include "load/field_conf.h"
#include "modules/proxy/forward.h"
#include "modules/proxy/proxy_conf.h"
#include "modules/proxy/proxy_setters_conf.h"
#include "modules/proxy/proxy_url.h"
#include "script/template_conf.h"
#include "tls/command.h"

/* --- proxy_pass --- */

static bool may_have_uri(const struct conf_scope *scope, const struct location_settings *location)
{
    const struct location *block = location->location;
    return scope->context == CONTEXT_LOCATION && block && block->kind != LOCATION_REGEX &&
           block->kind != LOCATION_NAMED;
}

static bool resolve_peers(struct conf_scope *scope, const struct proxy_url *url,
                          struct upstream_group *group, struct error *err)
{
    struct peer like = {
        .server = url->authority, .weight = 1, .max_fails = 1, .fail_timeout_ms = 10000};
    if (url->is_address) {
        upstream_conf_add_peers(group, scope->arena, &url->address, 1, &like);
        return true;
    }
    struct address *addresses;
    size_t n;
    struct error why;
    if (!address_lookup(url->host, url->port, scope->arena, &addresses, &n, &why)) {
        return error_set(err, "host not found in upstream \"%.*s\"", STR_ARG(url->authority));
    }
    upstream_conf_add_peers(group, scope->arena, addresses, n, &like);
    return true;
}

/* The upstream block of that name, or a group made for the address. */
static const struct upstream_group *group_for(struct conf_scope *scope, const struct proxy_url *url,
                                              struct error *err)
{
    struct upstream_group *group = settings_group(loader_of(scope)->settings, url->host);
    if (group && url->has_port) {
        error_set(err, "upstream \"%.*s\" may not have port %u", STR_ARG(url->host), url->port);
        return NULL;
    }
    if (group) {
        return group;
    }
    if (!url->is_unix && url->port == 0) {
        error_set(err, "no port in upstream \"%.*s\"", STR_ARG(url->authority));
        return NULL;
    }
    struct str name = url->is_unix
                          ? url->authority
                          : arena_printf(scope->arena, "%.*s:%u", STR_ARG(url->host), url->port);
    group = settings_group(loader_of(scope)->settings, name);
    if (group) {
        return group;
    }
    group = upstream_conf_group(loader_of(scope)->settings, name);
    return resolve_peers(scope, url, group, err) ? group : NULL;
}

const struct proxy_pass_kind proxy_pass_http = {&forward_handler, PROXY_URL_HTTP};
const struct proxy_pass_kind proxy_pass_grpc = {&forward_grpc_handler, PROXY_URL_GRPC};

bool set_proxy_pass(struct conf_scope *scope, const struct directive *row, void *field,
                    struct error *err)
{
    struct proxy_pass *pass = field;
    const struct proxy_pass_kind *kind = row->extra;
    struct location_settings *location = loader_of(scope)->block.location;
    struct proxy_url url;
    *pass = (struct proxy_pass){.set = true};
    location->handler = kind->handler;
    location->slash_redirect = true;
    if (!set_template(scope, row, &pass->url, err)) {
        return false;
    }
    if (!pass->url.constant) {
        return true;
    }
    if (!proxy_url_parse(pass->url.text, kind->urls, &url, err)) {
        return false;
    }
    if (url.uri.n && !may_have_uri(scope, location)) {
        return error_set(err, "\"proxy_pass\" cannot have URI part in location given by regular "
                              "expression, or inside named location, or inside \"if\" statement, "
                              "or inside \"limit_except\" block");
    }
    pass->tls = url.tls;
    pass->has_uri = url.uri.n > 0;
    pass->uri =
        str_starts(url.uri, STR("?")) ? arena_concat(scope->arena, STR("/"), url.uri) : url.uri;
    pass->host = proxy_url_host(&url);
    pass->port = proxy_url_port(&url, scope->arena);
    pass->group = group_for(scope, &url, err);
    return pass->group != NULL;
}

/* --- headers and body --- */

bool set_proxy_header(struct conf_scope *scope, const struct directive *row, void *field,
                      struct error *err)
{
    struct proxy_headers *list = field;
    const struct conf_node *node = scope->node;
    if (scope->first) {
        *list = (struct proxy_headers){0};
    }
    if (!header_name_valid(node->args[0])) {
        return error_set(err, "invalid header name \"%.*s\" in \"%s\" directive",
                         STR_ARG(node->args[0]), row->name);
    }
    struct proxy_header *header = vec_push(scope->arena, &list->items, &list->n, sizeof(*header));
    header->name = node->args[0];
    header->id = header_id_of(node->args[0]);
    return template_compile(node->args[1], scope->vars, scope->arena, node->file, node->line,
                            &header->value, err) &&
           field_conf_check(scope, row, header->name, &header->value, &header->place, err);
}

bool set_proxy_names(struct conf_scope *scope, const struct directive *row, void *field,
                     struct error *err)
{
    struct proxy_names *list = field;
    if (scope->first) {
        *list = (struct proxy_names){0};
    }
    struct str *name = vec_push(scope->arena, &list->items, &list->n, sizeof(*name));
    *name = scope->node->args[0];
    return true;
}

bool set_ignored_headers(struct conf_scope *scope, const struct directive *row, void *field,
                         struct error *err)
{
    static const char *const known[] = {
        "X-Accel-Redirect",  "X-Accel-Expires", "X-Accel-Limit-Rate",
        "X-Accel-Buffering", "X-Accel-Charset", "Expires",
        "Cache-Control",     "Set-Cookie",      "Vary",
    };
    struct proxy_names *list = field;
    *list = (struct proxy_names){0};
    for (size_t i = 0; i < scope->node->n; i++) {
        struct str value = scope->node->args[i];
        bool is_known = false;
        for (size_t k = 0; k < COUNT_OF(known); k++) {
            is_known = is_known || str_ieq(value, str_of(known[k]));
        }
        if (!is_known) {
            return error_set(err, "invalid value \"%.*s\" in \"%s\" directive", STR_ARG(value),
                             row->name);
        }
        struct str *name = vec_push(scope->arena, &list->items, &list->n, sizeof(*name));
        *name = value;
    }
    return true;
}

bool set_proxy_body(struct conf_scope *scope, const struct directive *row, void *field,
                    struct error *err)
{
    struct proxy_settings *proxy = field;
    proxy->request.has_body = true;
    return set_template(scope, row, &proxy->request.body, err);
}

bool set_proxy_bind(struct conf_scope *scope, const struct directive *row, void *field,
                    struct error *err)
{
    struct template *bind = field;
    if (scope->node->n == 2) {
        return str_eq(scope->node->args[1], STR("transparent"))
                   ? error_set(err, "\"proxy_bind … transparent\" is refused: it needs a worker "
                                    "that may use any address")
                   : error_set(err, "invalid parameter \"%.*s\"", STR_ARG(scope->node->args[1]));
    }
    if (!set_template(scope, row, bind, err)) {
        return false;
    }
    struct address address;
    if (bind->constant && !str_eq(bind->text, STR("off")) &&
        !address_parse(bind->text, 0, &address)) {
        return error_set(err, "invalid address \"%.*s\"", STR_ARG(bind->text));
    }
    return true;
}

bool set_proxy_buffers(struct conf_scope *scope, const struct directive *row, void *field,
                       struct error *err)
{
    struct proxy_settings *proxy = field;
    struct directive size_row = *row;
    assert(scope->node->n == 2); /* so its row says */
    struct conf_node size_node = *scope->node;
    struct conf_scope size_scope = *scope;
    size_node.args = scope->node->args + 1;
    size_scope.node = &size_node;
    if (!set_number(scope, row, &proxy->response.buffers_n, err) ||
        !set_size(&size_scope, &size_row, &proxy->response.buffers_size, err)) {
        return false;
    }
    if (proxy->response.buffers_n < 2 || proxy->response.buffers_size == 0) {
        return error_set(err, "there must be at least 2 \"proxy_buffers\"");
    }
    return true;
}

/* --- TLS --- */

bool set_tls_path(struct conf_scope *scope, const struct directive *row, void *field,
                  struct error *err)
{
    const struct conf_node *node = scope->node;
    struct str path = node->args[0];
    if (path.n && str_find(path, '$') == path.n) { /* else what it is relative to is seen later */
        path = str_of(path_resolve(scope->arena, str_of(scope->conf_prefix), path));
    }
    return template_compile(path, scope->vars, scope->arena, node->file, node->line, field, err);
}

bool set_tls_command(struct conf_scope *scope, const struct directive *row, void *field,
                     struct error *err)
{
    struct tls_client_settings *tls = field;
    assert(scope->node->n == 2); /* so its row says */
    if (scope->first) {
        tls->commands = NULL;
        tls->commands_n = 0;
    }
    struct tls_command *command =
        vec_push(scope->arena, &tls->commands, &tls->commands_n, sizeof(*command));
    *command = tls_command_make(scope->arena, scope->conf_prefix, scope->node->args[0],
                                scope->node->args[1]);
    return true;
}

static bool same_text(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

static bool same_client(const struct tls_client_settings *a, const struct tls_client_settings *b)
{
    return a->protocols == b->protocols && str_eq(a->ciphers, b->ciphers) &&
           a->commands == b->commands && a->commands_n == b->commands_n && a->verify == b->verify &&
           same_text(a->trusted_certificate, b->trusted_certificate) &&
           a->verify_depth == b->verify_depth && same_text(a->crl, b->crl) &&
           same_text(a->password_file, b->password_file) && a->session_reuse == b->session_reuse;
}

static bool make_client(struct proxy_settings *proxy, struct live_state *live, struct error *err)
{
    assert(!proxy->tls.client); /* a level is completed once */
    for (size_t i = 0; i < live->backend_clients_n; i++) {
        if (same_client(&live->backend_clients[i].settings, &proxy->tls.settings)) {
            proxy->tls.client = live->backend_clients[i].client;
            return true;
        }
    }
    if (proxy->tls.settings.verify && !proxy->tls.settings.trusted_certificate) {
        const char *prefix = proxy->is_grpc ? "grpc" : "proxy";
        return error_set(err, "no %s_ssl_trusted_certificate for %s_ssl_verify", prefix, prefix);
    }
    if (!tls_client_new(&proxy->tls.settings, live->crls, &proxy->tls.client, err)) {
        return false;
    }
    struct backend_client *client =
        vec_push(live->arena, &live->backend_clients, &live->backend_clients_n, sizeof(*client));
    *client = (struct backend_client){proxy->tls.settings, proxy->tls.client};
    return true;
}

/* When certificate and key have no variables they are loaded now. */
static bool proxy_pass_conf_load_keypair(struct proxy_settings *proxy, struct live_state *live,
                                         struct error *err)
{
    const struct template *certificate = &proxy->tls.certificate;
    const struct template *key = &proxy->tls.key;
    if (!certificate->source.n) {
        return true;
    }
    if (!key->source.n) {
        return error_set(err, "no \"%s_ssl_certificate_key\" is defined for certificate \"%.*s\"",
                         proxy->is_grpc ? "grpc" : "proxy", STR_ARG(certificate->source));
    }
    if (!certificate->constant || !key->constant) {
        return true;
    }
    for (size_t i = 0; i < live->backend_keypairs_n; i++) {
        const struct backend_keypair *known = &live->backend_keypairs[i];
        if (str_eq(known->certificate, certificate->text) && str_eq(known->key, key->text)) {
            proxy->tls.keypair = known->pair;
            return true;
        }
    }
    if (!tls_keypair_load(arena_cstr(live->arena, certificate->text),
                          arena_cstr(live->arena, key->text), proxy->tls.settings.password_file,
                          &proxy->tls.keypair, err)) {
        return false;
    }
    struct backend_keypair *pair =
        vec_push(live->arena, &live->backend_keypairs, &live->backend_keypairs_n, sizeof(*pair));
    *pair = (struct backend_keypair){certificate->text, key->text, proxy->tls.keypair};
    return true;
}

/* --- completion --- */

static struct template constant(struct str text)
{
    return (struct template){.source = text, .constant = true, .text = text};
}

/* proxy_redirect default: what proxy_pass says becomes the location's name, or "/". */
static void add_default_redirect(struct location_settings *location, struct arena *arena)
{
    struct proxy_slot *slot = location->modules[SLOT_proxy];
    struct proxy_settings *proxy = &slot->http;
    struct str url = proxy->pass.url.text;
    bool has_uri = proxy->pass.has_uri && location->location;
    struct proxy_rewrites *list = &proxy->rewrite.redirect;
    assert(proxy->pass.set && proxy->pass.url.constant && list->by_default);
    struct proxy_rewrite *items = arena_zalloc(arena, (list->n + 1) * sizeof(*items));
    items[0].from = constant(has_uri ? url : arena_concat(arena, url, STR("/")));
    items[0].to = constant(has_uri ? location->location->name : STR("/"));
    if (list->n) {
        memcpy(items + 1, list->items, list->n * sizeof(*items));
    }
    list->items = items;
    list->n++;
    list->by_default = false;
}

static void complete_resolver(struct location_settings *location, struct settings *settings)
{
    struct resolver_settings *resolver = (struct resolver_settings *)(uintptr_t)location->resolver;
    if (!resolver || resolver->timeout_ms == location->resolver_timeout_ms) {
        return;
    }
    if (resolver->timeout_ms) {
        resolver = arena_alloc(&settings->arena, sizeof(*resolver));
        *resolver = *location->resolver;
        location->resolver = resolver;
    }
    resolver->timeout_ms = location->resolver_timeout_ms;
}

static bool complete_settings(struct loader *loader, struct location_settings *location,
                              struct proxy_settings *proxy, struct error *err)
{
    struct live_state *live = loader->live;
    const char *clear_text = proxy->is_grpc ? "grpc://" : "http://";
    if (!proxy->pass.set) {
        return true;
    }
    for (size_t i = 0; i < proxy->headers.set.n; i++) {
        struct proxy_header *header = &proxy->headers.set.items[i];
        field_conf_warn(&loader->warnings, header->name, &header->value, &header->place);
        if (!client_identity_sends(loader, location, header->name, &header->value, err)) {
            return error_prefix(err, "%s:%u", header->place.file, header->place.line);
        }
    }
    if (proxy->rewrite.redirect.by_default && proxy->pass.url.constant) {
        add_default_redirect(location, &loader->settings->arena);
    }
    bool may_be_tls = proxy->pass.tls || (!proxy->pass.url.constant &&
                                          !str_istarts(proxy->pass.url.source, str_of(clear_text)));
    return !may_be_tls ||
           (make_client(proxy, live, err) && proxy_pass_conf_load_keypair(proxy, live, err));
}

bool proxy_conf_complete(struct loader *loader, struct location_settings *location,
                         struct error *err)
{
    struct proxy_slot *slot = location->modules[SLOT_proxy];
    bool is_grpc = location->handler == &forward_grpc_handler;
    complete_resolver(location, loader->settings);
    location->answer_memory = (is_grpc ? &slot->grpc : &slot->http)->response.buffer_size;
    return complete_settings(loader, location, &slot->http, err) &&
           complete_settings(loader, location, &slot->grpc, err);
}
