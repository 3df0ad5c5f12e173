/* SPDX-License-Identifier: Apache-2.0 */
/* Where the client of `yett explain` arrives: the listener, and the server that SNI selects. */
#include <assert.h>
#include <string.h>

#include "base/vec.h"
#include "cli/explain.h"
#include "http/uri.h"
#include "site/listener.h"

struct listener_list {
    const struct listener **items;
    size_t n;
};

static void listener_list_add(struct listener_list *list, const struct listener *listener,
                              struct arena *arena)
{
    const struct listener **slot = vec_push(arena, &list->items, &list->n, sizeof(*list->items));
    *slot = listener;
    for (size_t i = 0; i < listener->specific_n; i++) {
        listener_list_add(list, listener->specific[i], arena);
    }
}

/* A wildcard takes what no single address takes. */
static bool is_wildcard_for(const struct listener *listener, const struct address *address)
{
    return listener->wildcard && address_port(&listener->address) == address_port(address) &&
           listener->address.u.sa.sa_family == address->u.sa.sa_family;
}

static void find_fitting(const struct explain *explain, const struct listener_list *all,
                         struct listener_list *out, struct arena *arena)
{
    const struct listener *wildcard = NULL;
    for (size_t i = 0; i < all->n; i++) {
        const struct listener *listener = all->items[i];
        bool fits = explain->has_address ? address_equal(&listener->address, &explain->address)
                                         : address_port(&listener->address) == explain->url.port;
        if (fits) {
            const struct listener **slot = vec_push(arena, &out->items, &out->n, sizeof(*slot));
            *slot = listener;
        } else if (explain->has_address && is_wildcard_for(listener, &explain->address)) {
            wildcard = listener;
        }
    }
    if (out->n == 0 && wildcard) {
        const struct listener **slot = vec_push(arena, &out->items, &out->n, sizeof(*slot));
        *slot = wildcard;
    }
}

static struct str listener_list_text(const struct listener_list *list, struct arena *arena)
{
    struct str *texts = arena_alloc(arena, (list->n + 1) * sizeof(*texts));
    for (size_t i = 0; i < list->n; i++) {
        texts[i] = list->items[i]->ssl
                       ? arena_printf(arena, "%.*s (TLS)", STR_ARG(list->items[i]->text))
                       : list->items[i]->text;
    }
    return arena_join(arena, texts, list->n, STR(", "));
}

/* NULL: no server has the name. A regular expression at its limit counts as none, and *failed. */
static const struct server *find_by(const struct listener *listener, struct str name,
                                    const struct regex **failed)
{
    const struct server *server = name.n ? listener_find(listener, name, NULL, failed) : NULL;
    return server ? server : listener->fallback;
}

/* Whether it is all the same to this request at which of them it arrives. */
static bool are_alike(const struct explain *explain, const struct listener *a,
                      const struct listener *b, struct str host)
{
    const struct regex *failed = NULL;
    return a->ssl == b->ssl && a->fallback == b->fallback &&
           find_by(a, explain->sni, &failed) == find_by(b, explain->sni, &failed) &&
           find_by(a, host, &failed) == find_by(b, host, &failed);
}

/* $host; empty: malformed, which is said when the head is read. */
static struct str host_asked(struct explain *explain)
{
    const struct words *fields = &explain->options.fields;
    struct str host = explain->url.host;
    struct str result = STR("");
    for (size_t i = 0; i < fields->n; i++) {
        if (str_istarts(fields->items[i], STR("Host:"))) {
            host = str_trim(str_skip(fields->items[i], strlen("Host:")));
        }
    }
    return host_normalize(host, &explain->arena, &result) ? result : STR("");
}

static const struct listener *find_one(struct explain *explain)
{
    struct arena *arena = &explain->arena;
    struct listener_list all = {NULL, 0};
    struct listener_list fitting = {NULL, 0};
    for (size_t i = 0; i < explain->settings->listeners_n; i++) {
        listener_list_add(&all, explain->settings->listeners[i], arena);
    }
    find_fitting(explain, &all, &fitting, arena);
    if (fitting.n == 0) {
        char text[ADDRESS_TEXT_MAX];
        struct str wanted = explain->has_address
                                ? arena_dup(arena, address_text(&explain->address, text))
                                : arena_printf(arena, "port %u", (unsigned)explain->url.port);
        error_set(&explain->err, "the configuration does not listen on %.*s, but on %.*s",
                  STR_ARG(wanted), STR_ARG(listener_list_text(&all, arena)));
        return NULL;
    }
    struct str host = host_asked(explain);
    for (size_t i = 1; i < fitting.n; i++) {
        if (!are_alike(explain, fitting.items[0], fitting.items[i], host)) {
            error_set(&explain->err,
                      "port %u is listened on at several addresses with different servers: choose "
                      "one with --connect-to ADDRESS[:PORT], from %.*s",
                      (unsigned)explain->url.port, STR_ARG(listener_list_text(&fitting, arena)));
            return NULL;
        }
    }
    return fitting.items[0];
}

static void select_entered(struct explain *explain, const struct listener *listener)
{
    const struct regex *failed = NULL;
    struct explain_entry *entry = &explain->entry;
    entry->server = find_by(listener, explain->sni, &failed);
    entry->secure = true;
    assert(entry->server && entry->server->tls); /* the load excludes a TLS listener without */
    if (failed) {
        entry->refusal = "a regular expression of server_name hits its limit";
    } else if (entry->server->settings.tls.reject_handshake) {
        entry->refusal = "ssl_reject_handshake is on";
    }
}

bool explain_enter(struct explain *explain)
{
    const struct listener *listener = find_one(explain);
    if (!listener) {
        return false;
    }
    explain->entry = (struct explain_entry){.listener = listener, .server = listener->fallback};
    if (explain->url.tls && !listener->ssl) {
        return error_set(&explain->err, "%.*s does not use TLS: use http:// in the URL",
                         STR_ARG(listener->text));
    }
    explain->entry.plain_on_tls = !explain->url.tls && listener->ssl;
    if (explain->url.tls) {
        select_entered(explain, listener);
    }
    return true;
}
