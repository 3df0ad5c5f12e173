/* SPDX-License-Identifier: Apache-2.0 */
#include "site/live_state.h"

#include <string.h>

#include "base/vec.h"
#include "pki/ocsp_cache.h"
#include "tls/crl_files.h"
#include "tls/sessions.h"
#include "tls/shared_servers.h"

static bool same_path(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

struct log_file *live_state_log_file(struct live_state *live, const char *path)
{
    for (size_t i = 0; i < live->log_files_n; i++) {
        if (same_path(live->log_files[i]->path, path)) {
            return live->log_files[i];
        }
    }
    struct log_file *file = arena_zalloc(live->arena, sizeof(*file));
    file->path = path;
    file->fd = -1;
    struct log_file **slot =
        vec_push(live->arena, &live->log_files, &live->log_files_n, sizeof(*slot));
    *slot = file;
    return file;
}

void live_state_report_lists(const struct live_state *live, const struct settings *settings,
                             time_t now, void (*say)(void *arg, const char *text), void *arg)
{
    for (size_t i = 0; i < shared_servers_n(settings->tls_servers); i++) {
        tls_server_report(shared_servers_at(settings->tls_servers, i), now, say, arg);
    }
    for (size_t i = 0; i < live->backend_clients_n; i++) {
        tls_client_report(live->backend_clients[i].client, now, say, arg);
    }
}

void live_state_deinit(struct live_state *live)
{
    for (size_t i = 0; i < live->ocsp_zones_n; i++) {
        ocsp_cache_free(live->ocsp_zones[i].cache);
    }
    for (size_t i = 0; i < live->backend_clients_n; i++) {
        tls_client_free(live->backend_clients[i].client);
    }
    for (size_t i = 0; i < live->backend_keypairs_n; i++) {
        tls_keypair_free(live->backend_keypairs[i].pair);
    }
    crl_files_free(live->crls);
    for (size_t i = 0; i < live->log_files_n; i++) {
        log_file_close(live->log_files[i]);
    }
    tls_sessions_free(live->sessions);
}
