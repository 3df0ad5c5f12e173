/* SPDX-License-Identifier: Apache-2.0 */
/* From the listen lines of all servers to listeners: one an address, with its names and TLS. */
#include <assert.h>
#include <netinet/in.h>
#include <stdlib.h>

#include "base/strmap.h"
#include "base/vec.h"
#include "load/http2_conf.h"
#include "load/loader.h"
#include "load/ocsp_load.h"
#include "tls/shared_servers.h"

static bool is_any(const struct address *address)
{
    switch (address->u.sa.sa_family) {
    case AF_INET: return address->u.in.sin_addr.s_addr == htonl(INADDR_ANY);
    case AF_INET6: return IN6_IS_ADDR_UNSPECIFIED(&address->u.in6.sin6_addr);
    default: return false;
    }
}

/* --- addresses --- */

static struct listener *listeners_add_listener(struct loader *loader, const struct address *address)
{
    struct arena *arena = &loader->settings->arena;
    struct listener *listener = arena_zalloc(arena, sizeof(*listener));
    char text[ADDRESS_TEXT_MAX];
    listener->address = *address;
    listener->text = arena_dup(arena, address_text(address, text));
    listener->wildcard = is_any(address);
    struct listener **slot = vec_push(arena, &loader->settings->listeners,
                                      &loader->settings->listeners_n, sizeof(*slot));
    *slot = listener;
    return listener;
}

/* The first listen of an address says how the socket is made, unless a later one says more. */
static void join(struct loader *loader, struct listener *listener, bool is_new,
                 const struct listen_entry *entry, bool *has_default)
{
    struct error err;
    assert(is_new == !listener->fallback); /* the first listen gives it a server */
    if (is_new || entry->has_options) {
        listener->options = entry->options;
    }
    if (!is_new && listener->ssl != entry->ssl) {
        loader_warn(loader, LEVEL_WARN,
                    "protocol options redefined for %.*s in %s:%u: all servers on it use TLS",
                    STR_ARG(listener->text), entry->node->file, entry->node->line);
    }
    listener->ssl = listener->ssl || entry->ssl;
    if (entry->default_server && *has_default) {
        error_set(&err, "a duplicate default server for %.*s in %s:%u", STR_ARG(listener->text),
                  entry->node->file, entry->node->line);
        errors_add(loader->errors, &err);
    }
    if (entry->default_server || is_new) {
        listener->fallback = entry->server;
    }
    *has_default = *has_default || entry->default_server;
}

/* What is known of an address while its entries are joined. */
struct joined {
    struct listener *listener;
    size_t number; /* in settings->listeners */
    struct listen_entry *last;
    bool has_default;
};

static struct joined *joined_get(struct loader *loader, struct strmap *by_address,
                                 const struct address *address)
{
    struct arena *arena = &loader->settings->arena;
    char bytes[ADDRESS_KEY_MAX];
    struct str key = address_key(address, bytes);
    struct joined *joined = strmap_get(by_address, key);
    if (!joined) {
        joined = arena_zalloc(arena, sizeof(*joined));
        joined->number = loader->settings->listeners_n;
        joined->listener = listeners_add_listener(loader, address);
        struct listen_entry **first =
            vec_push(arena, &loader->first_listens, &loader->first_listens_n, sizeof(*first));
        *first = NULL;
        strmap_put(by_address, arena, arena_dup(arena, key), joined);
    }
    return joined;
}

static void join_all(struct loader *loader)
{
    struct settings *settings = loader->settings;
    struct strmap by_address = {NULL};
    for (size_t i = 0; i < loader->listens_n; i++) {
        struct listen_entry *entry = &loader->listens[i];
        struct joined *joined = joined_get(loader, &by_address, &entry->address);
        entry->listener = joined->number;
        *(joined->last ? &joined->last->next : &loader->first_listens[joined->number]) = entry;
        joined->last = entry;
        join(loader, joined->listener, !joined->listener->fallback, entry, &joined->has_default);
    }
    for (size_t i = 0; i < settings->listeners_n; i++) {
        struct listener *listener = settings->listeners[i];
        listener->ssl = listener->ssl || listener->fallback->settings.ssl_on;
    }
}

static struct listener *listener_of(const struct loader *loader, const struct listen_entry *entry)
{
    assert(entry->listener < loader->settings->listeners_n);
    return loader->settings->listeners[entry->listener];
}

/* --- names --- */

static void warn_conflict(struct loader *loader, const struct listener *listener, struct str name)
{
    loader_warn(loader, LEVEL_WARN, "conflicting server name \"%.*s\" on %.*s, ignored",
                STR_ARG(name), STR_ARG(listener->text));
}

static bool has_mask(const struct name_mask *masks, size_t n, struct str rest, bool with_self)
{
    for (size_t i = 0; i < n; i++) {
        if (str_eq(masks[i].rest, rest) && masks[i].with_self == with_self) {
            return true;
        }
    }
    return false;
}

static void add_mask(struct loader *loader, struct listener *listener, struct name_mask **masks,
                     size_t *n, struct str name, const struct name_mask *mask)
{
    if (has_mask(*masks, *n, mask->rest, mask->with_self)) {
        warn_conflict(loader, listener, name);
        return;
    }
    struct name_mask *slot = vec_push(&loader->settings->arena, masks, n, sizeof(*slot));
    *slot = *mask;
}

static void listeners_add_name(struct loader *loader, struct listener *listener,
                               struct server *server, const struct server_name *name)
{
    struct arena *arena = &loader->settings->arena;
    if (name->regex) {
        struct name_regex *slot =
            vec_push(arena, &listener->regexes, &listener->regexes_n, sizeof(*slot));
        *slot = (struct name_regex){name->regex, server};
    } else if (str_starts(name->name, STR("*."))) {
        struct name_mask mask = {str_skip(name->name, 2), server, false};
        add_mask(loader, listener, &listener->suffixes, &listener->suffixes_n, name->name, &mask);
    } else if (str_starts(name->name, STR("."))) {
        struct name_mask mask = {str_skip(name->name, 1), server, true};
        add_mask(loader, listener, &listener->suffixes, &listener->suffixes_n, name->name, &mask);
    } else if (str_ends(name->name, STR(".*"))) {
        struct name_mask mask = {str_head(name->name, name->name.n - 2), server, false};
        add_mask(loader, listener, &listener->prefixes, &listener->prefixes_n, name->name, &mask);
    } else if (strmap_get(&listener->exact, name->name)) {
        warn_conflict(loader, listener, name->name);
    } else {
        strmap_put(&listener->exact, arena, name->name, server);
    }
}

static int compare_masks(const void *a, const void *b)
{
    const struct name_mask *x = a, *y = b;
    return x->rest.n == y->rest.n ? 0 : x->rest.n > y->rest.n ? -1 : 1;
}

static void name_listener(struct loader *loader, struct listener *listener,
                          const struct listen_entry *first)
{
    for (const struct listen_entry *entry = first; entry; entry = entry->next) {
        for (size_t j = 0; j < entry->server->names_n; j++) {
            listeners_add_name(loader, listener, entry->server, &entry->server->names[j]);
        }
        if (entry->server->names_n == 0 && !strmap_get(&listener->exact, STR(""))) {
            strmap_put(&listener->exact, &loader->settings->arena, STR(""), entry->server);
        }
    }
    if (listener->suffixes_n) {
        qsort(listener->suffixes, listener->suffixes_n, sizeof(struct name_mask), compare_masks);
    }
    if (listener->prefixes_n) {
        qsort(listener->prefixes, listener->prefixes_n, sizeof(struct name_mask), compare_masks);
    }
}

/* --- TLS --- */

/*
 * A block without a certificate of its own shows the default server's, as in nginx; what it
 * requires of clients stays its own.
 */
static void borrow_certificate(struct server *server, const struct server *fallback)
{
    struct tls_server_settings *tls = &server->settings.tls;
    if (tls->certificates.n == 0 && !tls->reject_handshake) {
        tls->certificates = fallback->settings.tls.certificates;
        tls->keys = fallback->settings.tls.keys;
        tls->password_file = fallback->settings.tls.password_file;
    }
}

/*
 * Blocks with the same TLS settings share a context, unless its staples would be fetched with
 * another resolver, or failures be logged elsewhere.
 */
static struct str fetched_apart(struct loader *loader, const struct server *server)
{
    const struct location_settings *root = &server->root;
    return !server->settings.tls.stapling
               ? STR("")
               : arena_printf(&loader->settings->arena, "%p %p %llu", (const void *)root->log,
                              (const void *)root->resolver,
                              (unsigned long long)root->resolver_timeout_ms);
}

/* The block's context, or all that is wrong with it. */
static void secure(struct loader *loader, struct server *server, const struct listener *listener)
{
    struct error err;
    assert(listener->ssl && !server->tls);
    borrow_certificate(server, listener->fallback);
    const struct tls_server_settings *tls = &server->settings.tls;
    if (tls->certificates.n == 0 && !tls->reject_handshake) {
        error_set(&err,
                  "no \"ssl_certificate\" is defined for the \"listen ... ssl\" directive in %s:%u",
                  server->file, server->line);
        errors_add(loader->errors, &err);
        return;
    }
    struct errors errors;
    errors_init(&errors);
    struct str name = arena_printf(&loader->settings->arena, "%s:%u", server->file, server->line);
    struct tls_server_context context = {loader->live->sessions, loader->live->crls,
                                         &loader->warnings, &loader->keys_warned, &errors};
    if (!shared_servers_get(loader->settings->tls_servers, tls, fetched_apart(loader, server),
                            name.p, &context, &server->tls, &err) &&
        errors.n == 0) {
        errors_add(loader->errors, &err);
    }
    for (size_t i = 0; i < errors.n; i++) {
        error_set(&err, "%s", errors.items[i]);
        loader_error(loader, "ssl_", server->file, server->line, NULL, &err);
    }
    errors_deinit(&errors);
}

/* "ssl on" asks for a certificate wherever it stands; on an address it is the default server's word
 * that counts. */
static void check_ssl_on(struct loader *loader, const struct listener *listener,
                         const struct server *server)
{
    const struct server_settings *settings = &server->settings;
    if (!settings->ssl_on) {
        return;
    }
    if (settings->tls.certificates.n == 0 && !settings->tls.reject_handshake) {
        struct error err;
        error_set(&err, "no \"ssl_certificate\" is defined for the \"ssl\" directive in %s:%u",
                  settings->ssl_file, settings->ssl_line);
        errors_add(loader->errors, &err);
        return;
    }
    if (!listener->ssl) {
        loader_warn(
            loader, LEVEL_WARN,
            "\"ssl on\" has no effect on %.*s for the server in %s:%u: the default server of "
            "that address does not use TLS; use the \"listen ... ssl\" directive",
            STR_ARG(listener->text), server->file, server->line);
    }
}

static void check_all_ssl_on(struct loader *loader)
{
    for (size_t i = 0; i < loader->listens_n; i++) {
        const struct listen_entry *entry = &loader->listens[i];
        check_ssl_on(loader, listener_of(loader, entry), entry->server);
    }
}

/* A server that is on several listeners is built once. */
static void secure_listener(struct loader *loader, struct listener *listener,
                            const struct listen_entry *first)
{
    for (const struct listen_entry *entry = first; entry; entry = entry->next) {
        if (!entry->server->tls) {
            secure(loader, entry->server, listener);
        }
        /* What every check of a client rests on; where it failed nothing is served. */
        assert(entry->server->tls || loader->errors->n);
    }
}

/* A block requires certificates only over TLS: its addresses without TLS accept every client. */
static void warn_plain(struct loader *loader)
{
    for (size_t i = 0; i < loader->listens_n; i++) {
        const struct listen_entry *entry = &loader->listens[i];
        const struct server *server = entry->server;
        const struct listener *listener = listener_of(loader, entry);
        if (server->tls && server->settings.tls.verify != VERIFY_OFF && !listener->ssl) {
            loader_warn(loader, LEVEL_WARN,
                        "this server block has \"ssl_verify_client\", but clients that connect "
                        "to %.*s without TLS need no certificate in %s:%u",
                        STR_ARG(listener->text), entry->node->file, entry->node->line);
        }
    }
}

/* --- sockets --- */

static bool covers(const struct listener *any, const struct listener *one)
{
    return any->wildcard && !one->wildcard &&
           any->address.u.sa.sa_family == one->address.u.sa.sa_family &&
           address_port(&any->address) == address_port(&one->address);
}

/*
 * The kernel binds no address beside a wildcard of the same port: the wildcard's socket takes those
 * connections too, and the address they came to says which listener they belong to.
 */
static void fold_into_wildcards(struct settings *settings, struct arena *arena)
{
    size_t n = settings->listeners_n, kept = 0;
    if (n == 0) {
        return;
    }
    struct listener **all = arena_alloc(arena, n * sizeof(struct listener *));
    struct listener **wildcards = arena_alloc(arena, n * sizeof(struct listener *));
    size_t wildcards_n = 0;
    memcpy(all, settings->listeners, n * sizeof(struct listener *));
    for (size_t i = 0; i < n; i++) {
        if (all[i]->wildcard) {
            wildcards[wildcards_n++] = all[i];
        }
    }
    for (size_t i = 0; i < n; i++) {
        struct listener *one = all[i];
        struct listener *any = NULL;
        for (size_t j = 0; j < wildcards_n && !any; j++) {
            any = covers(wildcards[j], one) ? wildcards[j] : NULL;
        }
        if (any) {
            struct listener **slot =
                vec_push(arena, &any->specific, &any->specific_n, sizeof(*slot));
            *slot = one;
        } else {
            settings->listeners[kept++] = one;
        }
    }
    assert(kept > 0); /* a wildcard is never folded */
    settings->listeners_n = kept;
}

/* One cache serves all servers: as large as the largest that any of them asks for. */
static size_t session_cache_size(const struct settings *settings)
{
    uint64_t size = 0;
    for (size_t i = 0; i < settings->servers_n; i++) {
        const struct tls_server_settings *tls = &settings->servers[i]->settings.tls;
        size = tls->session_cache_size > size ? tls->session_cache_size : size;
    }
    return (size_t)size;
}

void listeners_build(struct loader *loader)
{
    struct settings *settings = loader->settings;
    assert(!loader->live->sessions && loader->live->crls && settings->listeners_n == 0);
    settings->tls_servers = shared_servers_new();
    loader->live->sessions = tls_sessions_new(session_cache_size(settings), loader->secret);
    join_all(loader);
    http2_conf_spread(loader);
    check_all_ssl_on(loader);
    for (size_t i = 0; i < settings->listeners_n; i++) {
        name_listener(loader, settings->listeners[i], loader->first_listens[i]);
        if (settings->listeners[i]->ssl && !loader->tls_unsure) {
            secure_listener(loader, settings->listeners[i], loader->first_listens[i]);
        }
    }
    warn_plain(loader);
    ocsp_load_checks(loader);
    ocsp_load_staples(loader);
    fold_into_wildcards(settings, &settings->arena);
}
