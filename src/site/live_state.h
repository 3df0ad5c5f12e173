/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a configuration keeps alive beside its settings: what changes while it is served (sessions,
 * CRLs, OCSP answers, the descriptors of logs), and what has to be let go. load/ makes it; its
 * process owns it, and passes it where it is needed. Settings may point into it.
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

/* A side towards backends: one for all locations with the same settings. */
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
    struct arena *arena; /* that of the settings: the lists are in it */
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
    struct log_file **log_files; /* every log file: opened at start, reopened on USR1 */
    size_t log_files_n;
};

/* Frees what it holds, after the TLS side of the servers, which uses it. */
void live_state_deinit(struct live_state *live);
/* While loading: the log file with that path (resolved; NULL: standard error); added if it is new.
 */
struct log_file *live_state_log_file(struct live_state *live, const char *path);
/* Reports the effects of the CRLs in force on clients and backends: trust_report of everything that
 * verifies. */
void live_state_report_lists(const struct live_state *live, const struct settings *settings,
                             time_t now, void (*say)(void *arg, const char *text), void *arg);

#endif
