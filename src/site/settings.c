/* SPDX-License-Identifier: Apache-2.0 */
#include "site/settings.h"

#include "base/vec.h"
#include "pki/ocsp_cache.h"

static bool same_path(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

struct log_file *settings_log_file(struct settings *settings, const char *path)
{
    for (size_t i = 0; i < settings->log_files_n; i++) {
        if (same_path(settings->log_files[i]->path, path)) {
            return settings->log_files[i];
        }
    }
    struct log_file *file = arena_zalloc(&settings->arena, sizeof(*file));
    file->path = path;
    file->fd = -1;
    struct log_file **slot =
        vec_push(&settings->arena, &settings->log_files, &settings->log_files_n, sizeof(*slot));
    *slot = file;
    return file;
}

struct upstream_group *settings_group(struct settings *settings, struct str name)
{
    for (size_t i = 0; i < settings->groups_n; i++) {
        if (str_eq(settings->groups[i]->name, name)) {
            return settings->groups[i];
        }
    }
    return NULL;
}

struct upstream_group *settings_add_group(struct settings *settings, struct str name)
{
    struct upstream_group *group = arena_zalloc(&settings->arena, sizeof(*group));
    group->name = name;
    group->index = (unsigned)settings->groups_n;
    struct upstream_group **slot =
        vec_push(&settings->arena, &settings->groups, &settings->groups_n, sizeof(*slot));
    *slot = group;
    return group;
}

void settings_free_ocsp(struct settings *settings)
{
    for (size_t i = 0; i < settings->ocsp_zones_n; i++) {
        ocsp_cache_free(settings->ocsp_zones[i].cache);
    }
}

void settings_report_lists(const struct settings *settings, time_t now,
                           void (*say)(void *arg, const char *text), void *arg)
{
    for (size_t i = 0; i < settings->servers_n; i++) {
        if (settings->servers[i]->tls) {
            tls_server_report(settings->servers[i]->tls, now, say, arg);
        }
    }
    for (size_t i = 0; i < settings->backend_clients_n; i++) {
        tls_client_report(settings->backend_clients[i].client, now, say, arg);
    }
}

void settings_free_backends(struct settings *settings)
{
    for (size_t i = 0; i < settings->backend_clients_n; i++) {
        tls_client_free(settings->backend_clients[i].client);
    }
    for (size_t i = 0; i < settings->backend_keypairs_n; i++) {
        tls_keypair_free(settings->backend_keypairs[i].pair);
    }
}
