/* SPDX-License-Identifier: Apache-2.0 */
/* A server's transport and an OpenSSL client on the two ends of a socket pair, driven in turns. */
#ifndef TESTS_TLS_PAIR_H
#define TESTS_TLS_PAIR_H

#include <fcntl.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../certs.h"
#include "base/log.h"
#include "tls/server.h"
#include "tls/sessions.h"
#include "tls/settings.h"
#include "tls/transport.h"

static const struct log quiet = {NULL, 0};

/* All certificates of the tests, as files in a directory of their own. */
struct world {
    char dir[64];
    struct test_pair root, inter, other_root, server, server_b, client, client_inter, revoked,
        expired, foreign, brief;
};

static inline char *world_path(const struct world *world, const char *name)
{
    char *path = NULL;
    int n = asprintf(&path, "%s/%s", world->dir, name);
    assert(n > 0);
    return path;
}

static inline void world_put(const struct world *world, const char *name, struct str text)
{
    char *path = world_path(world, name);
    test_file_take(path, text);
    chmod(path, 0600);
    free(path);
}

static inline void world_put_pair(const struct world *world, const char *name,
                                  const struct test_pair *pair, const struct test_pair *chain)
{
    char file[64];
    snprintf(file, sizeof(file), "%s.pem", name);
    const struct test_pair *both[] = {pair, chain};
    world_put(world, file, test_pem_certs(both, chain ? 2 : 1));
    snprintf(file, sizeof(file), "%s.key", name);
    world_put(world, file, test_pem_key(pair, NULL));
}

static inline void world_make(struct world *w)
{
    signal(SIGPIPE, SIG_IGN);
    *w = (struct world){.dir = "/tmp/yett-test-XXXXXX"};
    char *made = mkdtemp(w->dir);
    assert(made);
    w->root = test_pair_new((struct test_spec){.cn = "root", .ca = true});
    w->other_root = test_pair_new((struct test_spec){.cn = "other root", .ca = true});
    w->inter = test_pair_new((struct test_spec){.cn = "inter", .issuer = &w->root, .ca = true});
    w->server = test_pair_new(
        (struct test_spec){.cn = "a.test", .issuer = &w->root, .san = "DNS:a.test,IP:127.0.0.1"});
    w->server_b =
        test_pair_new((struct test_spec){.cn = "b.test", .issuer = &w->root, .san = "DNS:b.test"});
    w->client = test_pair_new((struct test_spec){.cn = "client", .issuer = &w->root, .serial = 5});
    w->client_inter =
        test_pair_new((struct test_spec){.cn = "client 2", .issuer = &w->inter, .serial = 6});
    w->revoked =
        test_pair_new((struct test_spec){.cn = "revoked", .issuer = &w->root, .serial = 7});
    w->expired = test_pair_new(
        (struct test_spec){.cn = "expired", .issuer = &w->root, .from = -7200, .until = -60});
    w->foreign = test_pair_new((struct test_spec){.cn = "foreign", .issuer = &w->other_root});
    w->brief = test_pair_new((struct test_spec){.cn = "brief", .issuer = &w->root, .until = 2});
    world_put_pair(w, "root", &w->root, NULL);
    world_put_pair(w, "other", &w->other_root, NULL);
    world_put_pair(w, "a", &w->server, NULL);
    world_put_pair(w, "b", &w->server_b, NULL);
    world_put_pair(w, "client", &w->client, NULL);
    world_put_pair(w, "expired", &w->expired, NULL);
    world_put_pair(w, "foreign", &w->foreign, NULL);
    X509_CRL *crls[] = {test_crl(&w->root, 7, 0, 0), test_crl(&w->inter, 0, 0, 0)};
    world_put(w, "crl.pem", test_pem_crls(crls, 2));
    X509_CRL_free(crls[0]);
    X509_CRL_free(crls[1]);
}

static inline void world_remove(struct world *w)
{
    char *command = NULL;
    int n = asprintf(&command, "rm -r '%s'", w->dir);
    assert(n > 0 && system(command) == 0);
    free(command);
    struct test_pair *all[] = {&w->root,     &w->inter,   &w->other_root,   &w->server,
                               &w->server_b, &w->client,  &w->client_inter, &w->revoked,
                               &w->expired,  &w->foreign, &w->brief};
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        test_pair_free(all[i]);
    }
}

/* Settings as the directives' defaults make them, with one certificate. Freed with plain_free. */
struct plain {
    struct tls_server_settings s;
    struct str certificate;
    struct str key;
    struct str crl;
};

static inline void plain_make(struct plain *plain, const struct world *w, const char *cert,
                              enum verify_mode verify)
{
    char file[32];
    *plain = (struct plain){0};
    snprintf(file, sizeof(file), "%s.pem", cert);
    plain->certificate = str_of(world_path(w, file));
    snprintf(file, sizeof(file), "%s.key", cert);
    plain->key = str_of(world_path(w, file));
    plain->s = (struct tls_server_settings){
        .certificates = {&plain->certificate, 1},
        .keys = {&plain->key, 1},
        .protocols = TLS_1_2 | TLS_1_3,
        .ciphers = STR("HIGH:!aNULL:!MD5"),
        .curves = STR("auto"),
        .buffer_size = 16384,
        .session_timeout_s = 300,
        .session_tickets = true,
        .verify = verify,
        .verify_depth = 1,
        .client_certificate = verify == VERIFY_OFF ? NULL : world_path(w, "root.pem"),
    };
}

static inline void plain_crl(struct plain *plain, const struct world *w)
{
    plain->crl = str_of(world_path(w, "crl.pem"));
    plain->s.crls = (struct tls_words){&plain->crl, 1};
}

static inline void plain_free(struct plain *plain)
{
    free((char *)(uintptr_t)plain->certificate.p);
    free((char *)(uintptr_t)plain->key.p);
    free((char *)(uintptr_t)plain->crl.p);
    free(plain->s.client_certificate);
}

/* One connection. */
struct wire {
    int fds[2];
    struct transport server;
    SSL *client;
    enum io result; /* of the server's handshake */
    int client_result;
    struct error err;
};

/* What the client's callbacks collect. */
struct harvest {
    SSL_SESSION *session; /* the newest */
    unsigned tickets;
};

static inline int harvest_new(SSL *ssl, SSL_SESSION *session)
{
    struct harvest *harvest = SSL_get_app_data(ssl);
    if (!harvest) {
        return 0;
    }
    SSL_SESSION_free(harvest->session);
    harvest->session = session;
    harvest->tickets++;
    return 1;
}

static inline SSL_CTX *client_ctx(int version, const struct test_pair *pair)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(ctx, harvest_new);
    if (version) {
        SSL_CTX_set_min_proto_version(ctx, version);
        SSL_CTX_set_max_proto_version(ctx, version);
    }
    if (pair) {
        SSL_CTX_use_certificate(ctx, pair->cert);
        SSL_CTX_use_PrivateKey(ctx, pair->key);
    }
    return ctx;
}

static inline void wire_open(struct wire *wire, SSL_CTX *ctx, const char *sni, SSL_SESSION *session,
                             struct harvest *harvest)
{
    *wire = (struct wire){.result = IO_WANT_READ};
    int made = socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, wire->fds);
    assert(made == 0);
    transport_init(&wire->server, wire->fds[0]);
    wire->client = SSL_new(ctx);
    SSL_set_fd(wire->client, wire->fds[1]);
    SSL_set_app_data(wire->client, harvest);
    SSL_set_connect_state(wire->client);
    if (sni) {
        SSL_set_tlsext_host_name(wire->client, sni);
    }
    if (session) {
        SSL_set_session(wire->client, session);
    }
}

/* Lets both sides talk until nothing moves; then the client reads what else there is (tickets). */
static inline void wire_run(struct wire *wire)
{
    int client = 0;
    for (int i = 0; i < 20; i++) {
        if (client != 1) {
            client = SSL_do_handshake(wire->client);
        }
        if (wire->result == IO_WANT_READ || wire->result == IO_WANT_WRITE) {
            wire->result = transport_handshake(&wire->server, &wire->err);
        }
    }
    wire->client_result = client;
    if (client == 1 && wire->result == IO_DONE) {
        char byte;
        SSL_read(wire->client, &byte, 1);
    }
}

static inline void wire_close(struct wire *wire)
{
    transport_shutdown(&wire->server);
    transport_deinit(&wire->server);
    /* A clean end, or OpenSSL calls the client's session unfit to be resumed. */
    SSL_set_shutdown(wire->client, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    SSL_free(wire->client);
    close(wire->fds[0]);
    close(wire->fds[1]);
}

#endif
