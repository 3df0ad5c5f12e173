/* SPDX-License-Identifier: Apache-2.0 */
#include "tls/shared_servers.h"

#include <assert.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/must.h"
#include "base/strmap.h"
#include "base/vec.h"
#include "tls/key_decoder.h"
#include "tls/settings_key.h"

struct shared_servers {
    struct arena arena;
    struct tls_server **items;
    size_t n;
    struct strmap by_key;
    struct key_decoder *decoder;
};

struct shared_servers *shared_servers_new(void)
{
    struct shared_servers *servers = must_calloc(1, sizeof(*servers));
    arena_init(&servers->arena, 0);
    servers->decoder = key_decoder_new();
    return servers;
}

void shared_servers_free(struct shared_servers *servers)
{
    if (!servers) {
        return;
    }
    for (size_t i = 0; i < servers->n; i++) {
        tls_server_free(servers->items[i]);
    }
    key_decoder_free(servers->decoder);
    arena_deinit(&servers->arena);
    free(servers);
}

static void shared_servers_add(struct shared_servers *servers, struct str key,
                               struct tls_server *server)
{
    struct tls_server **slot =
        vec_push(&servers->arena, &servers->items, &servers->n, sizeof(*slot));
    *slot = server;
    strmap_put(&servers->by_key, &servers->arena, arena_dup(&servers->arena, key), server);
}

bool shared_servers_get(struct shared_servers *servers, const struct tls_server_settings *settings,
                        struct str apart, const char *name,
                        const struct tls_server_context *context, struct tls_server **out,
                        struct error *err)
{
    struct buf key = {NULL};
    struct tls_server_context with = *context;
    with.decoder = servers->decoder;
    tls_settings_key(settings, &key);
    buf_append(&key, apart); /* what comes before tells where it ends */
    *out = strmap_get(&servers->by_key, buf_view(&key));
    if (!*out && tls_server_new(settings, name, &with, out, err)) {
        shared_servers_add(servers, buf_view(&key), *out);
    }
    buf_deinit(&key);
    return *out;
}

size_t shared_servers_n(const struct shared_servers *servers)
{
    return servers->n;
}

struct tls_server *shared_servers_at(const struct shared_servers *servers, size_t i)
{
    assert(i < servers->n);
    return servers->items[i];
}
