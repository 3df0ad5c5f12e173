/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The part of a configuration that changes while yett serves (sessions, CRLs, OCSP responses,
 * descriptors of logs), or that must be freed. load/ makes it; the process owns it, and passes it
 * where it is needed. Settings may point into it.
 */
#ifndef SITE_LIVE_STATE_H
#define SITE_LIVE_STATE_H

#include <stddef.h>
#include <time.h>

#include "base/arena.h"
#include "base/log.h"
#include "site/settings.h"
#include "tls/client.h"

struct ocsp_zone { /* ssl_ocsp_cache shared:name:size */
    struct str name;
    uint64_t size;
    struct ocsp_cache *cache;
};

/* A server certificate for which yett fetches OCSP responses. */
struct staple_job {
    struct staple *staple; /* the server's */
    const struct server *server;
    struct ocsp_responder responder;
};

/* A TLS client towards backends: one for all locations with the same settings. */
struct backend_client {
    struct tls_client_settings settings;
    struct tls_client *client;
};

struct backend_keypair {
    struct str certificate; /* path */
    struct str key;
    struct tls_keypair *pair;
};

struct live_state {
    struct arena *arena; /* that of the settings; holds the arrays */
    struct tls_sessions *sessions;
    struct crl_files *crls;
    struct ocsp_zone *ocsp_zones;
    size_t ocsp_zones_n;
    struct staple_job *staples;
    size_t staples_n;
    struct backend_client *backend_clients;
    size_t backend_clients_n;
    struct backend_keypair *backend_keypairs;
    size_t backend_keypairs_n;
    struct log_file **log_files; /* all log files: opened at start, reopened on USR1 */
    size_t log_files_n;
};

/* Frees its contents. Free the TLS side of the servers first, which uses them. */
void live_state_deinit(struct live_state *live);
/* While loading: the log file with that resolved path (NULL: standard error); adds a new one. */
struct log_file *live_state_log_file(struct live_state *live, const char *path);
/* Reports the effects of the CRLs in force on clients and backends: calls trust_report for each
 * trust set. */
void live_state_report_lists(const struct live_state *live, const struct settings *settings,
                             time_t now, void (*say)(void *arg, const char *text), void *arg);

#endif
