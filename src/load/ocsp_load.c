/* SPDX-License-Identifier: Apache-2.0 */
#include "load/ocsp_load.h"

#include <assert.h>

#include "base/vec.h"
#include "pki/ocsp_cache.h"
#include "tls/staple.h"

/* Where there is no resolver to ask later, names are looked up now, as nginx does. */
static bool find_responder(struct loader *loader, const struct server *server, struct str url,
                           struct ocsp_responder *out, struct error *err)
{
    struct arena *arena = &loader->settings->arena;
    *out = (struct ocsp_responder){0};
    if (!str_istarts(url, STR("http://"))) {
        return error_set(err, "invalid URL prefix in OCSP responder \"%.*s\"", STR_ARG(url));
    }
    if (!fetch_url_parse(url, arena, &out->url, err)) {
        return false;
    }
    if (out->url.is_address || server->root.resolver) {
        return true;
    }
    struct error ignored;
    return address_lookup(out->url.host, out->url.port, arena, &out->addresses, &out->addresses_n,
                          &ignored) ||
           error_set(err, "host not found in OCSP responder \"%.*s\"", STR_ARG(url));
}

static void add_staple(struct loader *loader, const struct server *server, struct staple *staple)
{
    struct live_state *live = loader->live;
    struct staple_job job = {.staple = staple, .server = server};
    struct error err;
    if (!find_responder(loader, server, staple_responder(staple), &job.responder, &err)) {
        loader_warn(loader, LEVEL_WARN, "\"ssl_stapling\" ignored, %s in the certificate \"%s\"",
                    err.text, staple_name(staple));
        return;
    }
    struct staple_job *slot =
        vec_push(live->arena, &live->staples, &live->staples_n, sizeof(*slot));
    *slot = job;
}

static bool is_fetched(const struct loader *loader, const struct staple *staple)
{
    const struct live_state *live = loader->live;
    for (size_t i = 0; i < live->staples_n; i++) {
        if (live->staples[i].staple == staple) {
            return true;
        }
    }
    return false;
}

/* One that several blocks share is fetched for the first of them. */
void ocsp_load_staples(struct loader *loader)
{
    const struct settings *settings = loader->settings;
    for (size_t i = 0; i < settings->servers_n; i++) {
        const struct server *server = settings->servers[i];
        struct staple *staple = NULL;
        for (size_t k = 0; server->tls && (staple = tls_server_staple(server->tls, k)); k++) {
            if (staple_responder(staple).n && !is_fetched(loader, staple)) {
                add_staple(loader, server, staple);
            }
        }
    }
}

/* --- clients --- */

static bool join_zone(struct loader *loader, struct server *server, struct error *err)
{
    struct live_state *live = loader->live;
    const struct tls_server_settings *tls = &server->settings.tls;
    assert(!server->ocsp_cache); /* a server is checked once */
    if (!tls->ocsp_cache_name.n) {
        return true;
    }
    for (size_t i = 0; i < live->ocsp_zones_n; i++) {
        const struct ocsp_zone *zone = &live->ocsp_zones[i];
        if (!str_eq(zone->name, tls->ocsp_cache_name)) {
            continue;
        }
        server->ocsp_cache = zone->cache;
        return zone->size == tls->ocsp_cache_size ||
               error_set(err,
                         "the size %llu of OCSP cache \"%.*s\" conflicts with already declared "
                         "size %llu",
                         (unsigned long long)tls->ocsp_cache_size, STR_ARG(zone->name),
                         (unsigned long long)zone->size);
    }
    struct ocsp_zone *zone =
        vec_push(live->arena, &live->ocsp_zones, &live->ocsp_zones_n, sizeof(*zone));
    *zone = (struct ocsp_zone){tls->ocsp_cache_name, tls->ocsp_cache_size,
                               ocsp_cache_new((size_t)tls->ocsp_cache_size)};
    server->ocsp_cache = zone->cache;
    return true;
}

static bool ocsp_load_set_responder(struct loader *loader, struct server *server, struct error *err)
{
    struct str url = server->settings.tls.ocsp_responder;
    if (!url.n) {
        return true;
    }
    assert(!server->ocsp_responder);
    struct ocsp_responder *responder = arena_zalloc(&loader->settings->arena, sizeof(*responder));
    server->ocsp_responder = responder;
    if (find_responder(loader, server, url, responder, err)) {
        return true;
    }
    struct error why = *err;
    return error_set(err, "%s in \"ssl_ocsp_responder\"", why.text);
}

void ocsp_load_checks(struct loader *loader)
{
    const struct settings *settings = loader->settings;
    for (size_t i = 0; i < settings->servers_n; i++) {
        struct server *server = settings->servers[i];
        struct error err;
        if (!server->tls || tls_server_ocsp_mode(server->tls) == OCSP_OFF) {
            continue;
        }
        if (!join_zone(loader, server, &err)) {
            loader_error(loader, "ssl_ocsp_cache", server->file, server->line, NULL, &err);
        }
        if (!ocsp_load_set_responder(loader, server, &err)) {
            loader_error(loader, "ssl_ocsp_responder", server->file, server->line, NULL, &err);
        }
    }
}
