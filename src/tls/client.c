/* SPDX-License-Identifier: Apache-2.0 */
/* Contexts for backends, what verifies them, and the sessions to come back with. */
#include "tls/client.h"

#include <arpa/inet.h>
#include <assert.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "pki/trust.h"
#include "tls/context.h"
#include "tls/dial.h"

enum {
    SLOTS = 1024,
    /* However often a backend renews its session, after so many seconds its chain is looked at
       again. */
    VERIFIED_FOR = 3600,
};

struct slot {
    char *key;
    size_t key_n;
    SSL_SESSION *session;
    time_t until;        /* the last second that its backend's chain is known to be good for */
    struct proof *proof; /* NULL: not verifying */
};

struct tls_client {
    SSL_CTX *ctx;
    struct trust *trust; /* NULL: not verifying */
    bool verify;
    bool reuse;
    pthread_mutex_t lock;
    struct slot slots[SLOTS];
};

/* The session cache. */

static void slot_clear(struct slot *slot)
{
    SSL_SESSION_free(slot->session);
    proof_unref(slot->proof);
    free(slot->key);
    *slot = (struct slot){NULL};
}

static struct slot *client_slot_of(struct tls_client *client, struct str key)
{
    return &client->slots[str_hash(key) % SLOTS];
}

static bool slot_is(const struct slot *slot, struct str key)
{
    return slot->session && str_eq((struct str){slot->key, slot->key_n}, key);
}

/* Keeps a copy: the connection goes on to change its own, and other threads read this one. */
static void cache_put(const struct dial_state *state, SSL_SESSION *session)
{
    struct tls_client *client = state->client;
    struct str key = state->key;
    assert(key.n > 0);
    char *copy = malloc(key.n);
    SSL_SESSION *own = copy ? SSL_SESSION_dup(session) : NULL;
    if (!own) {
        free(copy);
        return;
    }
    memcpy(copy, key.p, key.n);
    pthread_mutex_lock(&client->lock);
    struct slot *slot = client_slot_of(client, key);
    slot_clear(slot);
    slot->key = copy;
    slot->key_n = key.n;
    slot->session = own;
    slot->until = state->until;
    slot->proof = state->proof ? proof_ref(state->proof) : NULL;
    pthread_mutex_unlock(&client->lock);
}

static bool slot_fresh(const struct tls_client *client, const struct slot *slot)
{
    assert(!client->verify || client->trust);
    time_t now = time(NULL);
    if (SSL_SESSION_get_time(slot->session) + SSL_SESSION_get_timeout(slot->session) < now) {
        return false;
    }
    return !client->verify ||
           (slot->proof && now <= slot->until &&
            trust_judge_again(client->trust, slot->proof, now).status == VERDICT_GOOD);
}

/* A session of its own for one connection (OpenSSL changes them as it goes), or NULL. */
static SSL_SESSION *cache_get(struct tls_client *client, struct dial_state *state)
{
    SSL_SESSION *session = NULL;
    pthread_mutex_lock(&client->lock);
    struct slot *slot = client_slot_of(client, state->key);
    if (slot_is(slot, state->key)) {
        if (slot_fresh(client, slot)) {
            session = SSL_SESSION_dup(slot->session);
            state->until = slot->until;
            state->proof = slot->proof ? proof_ref(slot->proof) : NULL;
        } else {
            slot_clear(slot);
        }
    }
    pthread_mutex_unlock(&client->lock);
    return session;
}

static int on_new_session(SSL *ssl, SSL_SESSION *session)
{
    const struct dial_state *state = SSL_get_app_data(ssl);
    if (!state->key.n || (state->client->verify && SSL_get_verify_result(ssl) != X509_V_OK)) {
        return 0;
    }
    cache_put(state, session);
    return 0; /* it stays the connection's */
}

/* Verification. */

static int client_on_certificate(X509_STORE_CTX *store_ctx, void *arg)
{
    const struct tls_client *client = arg;
    SSL *ssl = X509_STORE_CTX_get_ex_data(store_ctx, SSL_get_ex_data_X509_STORE_CTX_idx());
    struct dial_state *state = SSL_get_app_data(ssl);
    assert(state && state->client == client);
    if (!client->verify) {
        X509_STORE_CTX_set_error(store_ctx, X509_V_OK);
        return 1;
    }
    time_t now = time(NULL);
    proof_unref(state->proof);
    state->verdict =
        trust_verify(client->trust, X509_STORE_CTX_get0_cert(store_ctx),
                     X509_STORE_CTX_get0_untrusted(store_ctx), state->name, now, &state->proof);
    state->until = now + VERIFIED_FOR;
    if (state->verdict.until && state->verdict.until < state->until) {
        state->until = (time_t)state->verdict.until;
    }
    X509_STORE_CTX_set_error(store_ctx, state->verdict.code);
    return state->verdict.status == VERDICT_GOOD;
}

static bool client_refuse(const struct verdict *verdict, const char *name, struct error *err)
{
    if (verdict->code == X509_V_ERR_HOSTNAME_MISMATCH ||
        verdict->code == X509_V_ERR_IP_ADDRESS_MISMATCH) {
        return error_set(err, "upstream SSL certificate does not match \"%s\"", name ? name : "");
    }
    return error_set(err, "upstream SSL certificate verify error: (%d:%s)", verdict->code,
                     verdict_reason(verdict));
}

const struct trust *dial_trust(const struct dial_state *state)
{
    return state->client->verify ? state->client->trust : NULL;
}

bool dial_judge(SSL *ssl, const struct dial_state *state, struct verdict *verdict,
                struct error *err)
{
    *verdict = state->verdict;
    if (!state->client->verify) {
        return true;
    }
    if (verdict->status == VERDICT_BAD) {
        return client_refuse(verdict, state->name, err);
    }
    if (!SSL_is_init_finished(ssl)) {
        return false; /* failed for another reason, which *err tells */
    }
    if (verdict->status == VERDICT_NO_CERTIFICATE && SSL_session_reused(ssl)) {
        /* The cache holds verified sessions only, by name. */
        *verdict = state->proof ? trust_judge_again(state->client->trust, state->proof, time(NULL))
                                : (struct verdict){VERDICT_BAD, X509_V_ERR_UNSPECIFIED, 0, 0};
    }
    if (verdict->status == VERDICT_NO_CERTIFICATE) {
        return error_set(err, "upstream SSL certificate is missing");
    }
    return verdict->status == VERDICT_GOOD || client_refuse(verdict, state->name, err);
}

/* The context. */

static bool client_load_trust(struct tls_client *client, const struct tls_client_settings *settings,
                              struct crl_files *crls, struct error *err)
{
    struct trust_options options = {
        .purpose = TRUST_SERVERS,
        .depth = (unsigned)(settings->verify_depth < 100 ? settings->verify_depth : 100),
        .security_level = SSL_CTX_get_security_level(client->ctx),
    };
    assert(!settings->verify || settings->trusted_certificate);
    const char *const authority = settings->trusted_certificate;
    struct str crl = str_of(settings->crl);
    struct tls_words lists = {&crl, settings->crl ? 1 : 0};
    return trust_from_files(&authority, 1, &lists, crls, &options, &client->trust, err);
}

const struct trust *tls_client_trust(const struct tls_client *client)
{
    return client->verify ? client->trust : NULL;
}

void tls_client_report(const struct tls_client *client, time_t now,
                       void (*say)(void *arg, const char *text), void *arg)
{
    if (client->verify) {
        trust_report(client->trust, now, say, arg);
    }
}

static bool client_build(struct tls_client *client, const struct tls_client_settings *settings,
                         struct crl_files *crls, struct error *err)
{
    if (!context_new(NULL, TLS_client_method(), &client->ctx, err)) {
        return false;
    }
    SSL_CTX *ctx = client->ctx;
    if (!context_set_protocols(ctx, settings->protocols, err) ||
        !context_set_ciphers(ctx, settings->ciphers, err) ||
        !context_run_commands(ctx, settings->commands, settings->commands_n, NULL, err) ||
        !client_load_trust(client, settings, crls, err)) {
        return false;
    }
    client->verify = settings->verify;
    client->reuse = settings->session_reuse;
    SSL_CTX_set_verify(ctx, settings->verify ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, NULL);
    SSL_CTX_set_cert_verify_callback(ctx, client_on_certificate, client);
    SSL_CTX_set_session_cache_mode(ctx, settings->session_reuse
                                            ? SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL
                                            : SSL_SESS_CACHE_OFF);
    SSL_CTX_sess_set_new_cb(ctx, on_new_session);
    return true;
}

bool tls_client_new(const struct tls_client_settings *settings, struct crl_files *crls,
                    struct tls_client **out, struct error *err)
{
    struct tls_client *client = calloc(1, sizeof(*client));
    if (!client) {
        return error_set(err, "out of memory");
    }
    pthread_mutex_init(&client->lock, NULL);
    if (!client_build(client, settings, crls, err)) {
        tls_client_free(client);
        return false;
    }
    *out = client;
    return true;
}

void tls_client_free(struct tls_client *client)
{
    if (!client) {
        return;
    }
    for (size_t i = 0; i < SLOTS; i++) {
        slot_clear(&client->slots[i]);
    }
    pthread_mutex_destroy(&client->lock);
    SSL_CTX_free(client->ctx);
    trust_free(client->trust);
    free(client);
}

/* One connection. */

static bool is_ip(const char *name)
{
    unsigned char ignored[sizeof(struct in6_addr)];
    return inet_pton(AF_INET, name, ignored) == 1 || inet_pton(AF_INET6, name, ignored) == 1;
}

/* Whatever the session stands for: the backend, what we showed it, the name it proved. */
static bool client_make_key(struct dial_state *state, const struct tls_connect *connect)
{
    static const unsigned char NOBODY[32];
    size_t name_n = connect->name ? strlen(connect->name) : 0;
    size_t n = sizeof(NOBODY) + 1 + name_n + 1 + connect->session_key.n;
    char *p = malloc(n);
    if (!p) {
        return false;
    }
    state->key.p = p;
    state->key.n = n;
    memcpy(p, connect->keypair ? connect->keypair->digest : NOBODY, sizeof(NOBODY));
    p += sizeof(NOBODY);
    *p++ = connect->send_sni ? 1 : 0;
    memcpy(p, connect->name ? connect->name : "", name_n + 1);
    memcpy(p + name_n + 1, connect->session_key.p, connect->session_key.n);
    assert(p + name_n + 1 + connect->session_key.n == state->key.p + state->key.n);
    return true;
}

/* RFC 6066, 3: no addresses, no dot at the end. */
static bool set_sni(SSL *ssl, const char *name, struct error *err)
{
    char host[256];
    size_t n = strlen(name);
    n -= n > 0 && name[n - 1] == '.';
    if (n == 0 || is_ip(name)) {
        return true;
    }
    if (n >= sizeof(host)) {
        return error_set(err, "the name \"%.64s…\" is too long for SNI", name);
    }
    memcpy(host, name, n);
    host[n] = '\0';
    return SSL_set_tlsext_host_name(ssl, host) == 1 ||
           ssl_error_set(err, "SSL_set_tlsext_host_name(\"%s\")", host);
}

static bool client_prepare(SSL *ssl, struct dial_state *state, const struct tls_connect *connect,
                           struct error *err)
{
    const struct tls_keypair *pair = connect->keypair;
    if (state->client->verify && (!connect->name || !*connect->name)) {
        return error_set(err, "upstream SSL certificate cannot be verified without a name");
    }
    if (state->client->verify && *connect->name == '.') {
        /* X509_check_host would take it for a pattern of all names below. */
        return error_set(err, "upstream SSL certificate cannot be verified for \"%.256s\"",
                         connect->name);
    }
    if (pair && SSL_use_cert_and_key(ssl, pair->leaf, pair->key, pair->chain, 1) != 1) {
        return ssl_error_set(err, "SSL_use_certificate()");
    }
    if (connect->name && connect->send_sni && !set_sni(ssl, connect->name, err)) {
        return false;
    }
    static const unsigned char h2[] = {2, 'h', '2'};
    if (connect->http2 && SSL_set_alpn_protos(ssl, h2, sizeof(h2)) != 0) {
        return ssl_error_set(err, "SSL_set_alpn_protos()");
    }
    if (connect->name && !(state->name = strdup(connect->name))) {
        return error_set(err, "out of memory");
    }
    if (!state->client->reuse || !connect->session_key.n) {
        return true;
    }
    if (!client_make_key(state, connect)) {
        return error_set(err, "out of memory");
    }
    SSL_SESSION *session = cache_get(state->client, state);
    if (session) {
        SSL_set_session(ssl, session);
        SSL_SESSION_free(session);
    }
    return true;
}

void dial_state_free(struct dial_state *state)
{
    if (state) {
        free((char *)(uintptr_t)state->key.p);
        free(state->name);
        proof_unref(state->proof);
        free(state);
    }
}

bool transport_connect_tls(struct transport *transport, struct tls_client *client,
                           const struct tls_connect *connect, struct error *err)
{
    assert(!transport->ssl && transport->fd >= 0);
    ERR_clear_error();
    SSL *ssl = SSL_new(client->ctx);
    struct dial_state *state = calloc(1, sizeof(*state));
    bool ok = ssl && state && SSL_set_fd(ssl, transport->fd) == 1;
    if (!ok) {
        (void)!ssl_error_set(err, "SSL_new()");
    } else {
        state->client = client;
        state->lists_serial = trust_lists_serial(client->trust);
        SSL_set_app_data(ssl, state);
        SSL_set_connect_state(ssl);
        ok = client_prepare(ssl, state, connect, err);
    }
    if (!ok) {
        SSL_free(ssl);
        dial_state_free(state);
        return false;
    }
    transport->ssl = ssl;
    return true;
}
