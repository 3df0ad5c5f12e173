/* SPDX-License-Identifier: Apache-2.0 */
#include "app/ocsp_load.h"

#include "base/vec.h"
#include "tls/staple.h"

/* Where there is no resolver to ask later, names are looked up now, as nginx does. */
static bool find_responder(struct loader *loader, const struct server *server, struct str url,
                           struct ocsp_responder *out, struct error *err)
{
    struct arena *arena = &loader->settings->arena;
    *out = (struct ocsp_responder){0};
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
    struct settings *settings = loader->settings;
    struct staple_job job = {.staple = staple, .server = server};
    struct error err;
    if (!find_responder(loader, server, staple_responder(staple), &job.responder, &err)) {
        loader_warn(loader, LEVEL_WARN, "\"ssl_stapling\" ignored, %s in the certificate \"%s\"",
                    err.text, staple_name(staple));
        return;
    }
    struct staple_job *slot =
        vec_push(&settings->arena, &settings->staples, &settings->staples_n, sizeof(*slot));
    *slot = job;
}

void ocsp_load_staples(struct loader *loader)
{
    const struct settings *settings = loader->settings;
    for (size_t i = 0; i < settings->servers_n; i++) {
        const struct server *server = settings->servers[i];
        struct staple *staple = NULL;
        for (size_t k = 0; server->tls && (staple = tls_server_staple(server->tls, k)); k++) {
            if (staple_responder(staple).n) {
                add_staple(loader, server, staple);
            }
        }
    }
}
