/* SPDX-License-Identifier: Apache-2.0 */
/* Building a server block's context from its settings. */
#include "tls/server.h"

#include <assert.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/file.h"
#include "base/must.h"
#include "pki/library.h"
#include "tls/block.h"
#include "tls/command.h"
#include "tls/context.h"
#include "tls/limits.h"
#include "tls/stapling.h"

enum {
    SMALL_FILE_MAX = 1024 * 1024,
    RECORD_MIN = 512,
    RECORD_MAX = 16384,
    LEAF_MAX =
        60000, /* of DER: a ticket has 64 KB at most (RFC 8446, 4.6.1), with the leaf in it */
};

static bool use_pair(SSL_CTX *ctx, const struct tls_keypair *pair, const char *certificate,
                     const char *key, struct error *err)
{
    ERR_clear_error();
    if (SSL_CTX_use_certificate(ctx, pair->leaf) != 1) {
        return ssl_error_set(err, "SSL_CTX_use_certificate(\"%s\")", certificate);
    }
    if (SSL_CTX_set1_chain(ctx, pair->chain) != 1) {
        return ssl_error_set(err, "SSL_CTX_set0_chain(\"%s\")", certificate);
    }
    return SSL_CTX_use_PrivateKey(ctx, pair->key) == 1 ||
           ssl_error_set(err, "SSL_CTX_use_PrivateKey(\"%s\")", key);
}

static bool load_pairs(SSL_CTX *ctx, const struct tls_server_settings *settings,
                       struct tls_keypair *pairs, struct arena *arena,
                       const struct tls_server_context *context, struct error *err)
{
    if (settings->certificates.n > settings->keys.n) {
        return error_set(err, "no \"ssl_certificate_key\" is defined for certificate \"%.*s\"",
                         STR_ARG(settings->certificates.items[settings->certificates.n - 1]));
    }
    if (!settings->certificates.n && !settings->reject_handshake) {
        return error_set(err,
                         "no \"ssl_certificate\" is defined for the \"listen ... ssl\" directive");
    }
    for (size_t i = 0; i < settings->certificates.n; i++) {
        const char *certificate = arena_cstr(arena, settings->certificates.items[i]);
        const char *key = arena_cstr(arena, settings->keys.items[i]);
        if (!keypair_load(&pairs[i], certificate, key, settings->password_file, context->decoder,
                          err) ||
            !limits_check_chain(pairs[i].leaf, pairs[i].chain, certificate, err) ||
            !use_pair(ctx, &pairs[i], certificate, key, err)) {
            return false;
        }
        keypair_warn(key, context->log, context->warned);
    }
    return true;
}

static bool load_dhparam(SSL_CTX *ctx, const char *path, struct arena *arena, struct error *err)
{
    if (!path) {
        return true;
    }
    struct str pem;
    if (!file_read(path, SMALL_FILE_MAX, arena, &pem, err)) {
        return error_prefix(err, "cannot load DH parameters \"%s\"", path);
    }
    ERR_clear_error();
    BIO *bio = BIO_new_mem_buf(pem.p ? pem.p : "", (int)pem.n);
    EVP_PKEY *params = bio ? PEM_read_bio_Parameters(bio, NULL) : NULL;
    BIO_free(bio);
    if (!params) {
        return ssl_error_set(err, "PEM_read_bio_DHparams(\"%s\")", path);
    }
    if (SSL_CTX_set0_tmp_dh_pkey(ctx, params) != 1) {
        EVP_PKEY_free(params);
        return ssl_error_set(err, "SSL_CTX_set0_tmp_dh_pkey(\"%s\")", path);
    }
    return true;
}

static bool set_curves(struct tls_server *server, struct str curves, struct arena *arena,
                       struct error *err)
{
    if (!curves.n || str_eq(curves, STR("auto"))) {
        return true;
    }
    char *list = arena_cstr(arena, curves);
    ERR_clear_error();
    if (SSL_CTX_set1_groups_list(server->ctx, list) != 1) {
        return ssl_error_set(err, "SSL_CTX_set1_curves_list(\"%s\")", list);
    }
    server->curves = strdup(list);
    return server->curves || error_set(err, "out of memory");
}

static bool set_crypto(struct tls_server *server, const struct tls_server_settings *settings,
                       struct arena *arena, struct error *err)
{
    SSL_CTX *ctx = server->ctx;
    struct str curves = settings->curves;
    if (!context_set_protocols(ctx, settings->protocols, err) ||
        !context_set_ciphers(ctx, settings->ciphers, err) ||
        !load_dhparam(ctx, settings->dhparam, arena, err)) {
        return false;
    }
    if (settings->prefer_server_ciphers) {
        SSL_CTX_set_options(ctx, SSL_OP_CIPHER_SERVER_PREFERENCE);
    }
    uint64_t size = settings->buffer_size ? settings->buffer_size : RECORD_MAX;
    server->max_fragment = size < RECORD_MIN   ? RECORD_MIN
                           : size > RECORD_MAX ? RECORD_MAX
                                               : (size_t)size;
    assert(server->max_fragment >= RECORD_MIN && server->max_fragment <= RECORD_MAX);
    SSL_CTX_set_max_send_fragment(ctx, (long)server->max_fragment);
    return context_run_commands(ctx, settings->commands, settings->commands_n, &curves, err) &&
           set_curves(server, curves, arena, err);
}

/* Drops a chain without intermediates, unless OCSP needs it: the certificate alone says as much. */
static void keep_chain(const struct tls_server *server, struct accept_state *state)
{
    if (state->chain && server->ocsp == OCSP_OFF && !proof_has_intermediates(state->proof)) {
        sk_X509_pop_free(state->chain, X509_free);
        state->chain = NULL;
    }
}

static bool leaf_fits(X509 *leaf)
{
    return i2d_X509(leaf, NULL) <= LEAF_MAX;
}

bool tls_server_judge(const struct tls_server *server, STACK_OF(X509) * sent, time_t now,
                      struct verdict *out)
{
    assert(server->trust);
    *out = (struct verdict){VERDICT_NO_CERTIFICATE, X509_V_OK, 0, 0};
    if (server->verify == VERIFY_OFF || sk_X509_num(sent) <= 0) {
        return true;
    }
    if (!leaf_fits(sk_X509_value(sent, 0))) {
        return false;
    }
    *out = trust_verify_client(server->trust, sent, now, NULL, NULL);
    return true;
}

/*
 * OpenSSL's side of ssl_verify_client. The handshake goes on whatever the verdict is: the client is
 * told in HTTP (495, 496) what is wrong. It ends with what would not fit into a session. The
 * verdict's code is the session's verify_result from here on.
 */
static int server_on_certificate(X509_STORE_CTX *store_ctx, void *arg)
{
    const struct tls_server *server = arg;
    assert(server->trust && server->verify != VERIFY_OFF);
    SSL *ssl = X509_STORE_CTX_get_ex_data(store_ctx, SSL_get_ex_data_X509_STORE_CTX_idx());
    struct accept_state *state = SSL_get_app_data(ssl);
    STACK_OF(X509) *sent = X509_STORE_CTX_get0_untrusted(store_ctx);
    if (!leaf_fits(sk_X509_value(sent, 0))) {
        state->too_large = true;
        X509_STORE_CTX_set_error(store_ctx, X509_V_ERR_APPLICATION_VERIFICATION);
        return 0;
    }
    proof_unref(state->proof);
    sk_X509_pop_free(state->chain, X509_free);
    state->chain = NULL;
    bool needs_chain = server->ocsp != OCSP_OFF || server->keeps_chain;
    state->verdict = trust_verify_client(server->trust, sent, time(NULL), &state->proof,
                                         needs_chain ? &state->chain : NULL);
    keep_chain(server, state);
    assert(state->verdict.status != VERDICT_NO_CERTIFICATE);
    state->judged = true;
    X509_STORE_CTX_set_cert(store_ctx, sk_X509_value(sent, 0)); /* the session keeps this stack */
    X509_STORE_CTX_set_error(store_ctx, state->verdict.code);
    bool welcome =
        state->verdict.status == VERDICT_GOOD ||
        (server->verify == VERIFY_OPTIONAL_NO_CA && verdict_only_unknown_ca(&state->verdict));
    SSL_set_num_tickets(
        ssl, welcome && server->ocsp == OCSP_OFF && !state->chain ? server->tickets_known : 0);
    return 1;
}

/*
 * A full handshake begins, perhaps because the session that the client came with was declined: what
 * was promised for that one holds no longer.
 */
static int on_full_handshake(SSL *ssl, void *arg)
{
    const struct tls_server *server = arg;
    return SSL_set_num_tickets(ssl, server->tickets);
}

static bool server_load_trust(struct tls_server *server, const struct tls_server_settings *settings,
                              const struct tls_server_context *context, struct arena *arena,
                              struct error *err)
{
    struct trust_options options = {
        .purpose = TRUST_CLIENTS,
        .depth = (unsigned)(settings->verify_depth < 100 ? settings->verify_depth : 100),
        .security_level = SSL_CTX_get_security_level(server->ctx),
        .grace = (time_t)settings->crl_grace_s,
    };
    const char *const authorities[] = {settings->client_certificate, settings->trusted_certificate};
    return trust_from_files(authorities, COUNT_OF(authorities), &settings->crls, context->crls,
                            &options, &server->trust, err);
}

void tls_server_report(const struct tls_server *server, time_t now,
                       void (*say)(void *arg, const char *text), void *arg)
{
    if (server->verify != VERIFY_OFF) {
        trust_report(server->trust, now, say, arg);
    }
}

static bool send_ca_names(SSL_CTX *ctx, const char *path, struct arena *arena, struct error *err)
{
    struct trust_source bundle = {.name = path};
    STACK_OF(X509_NAME) * names;
    if (!path) {
        return true;
    }
    if (!file_read(path, PEM_FILE_MAX, arena, &bundle.pem, err) ||
        !trust_ca_names(&bundle, &names, err)) {
        return false;
    }
    SSL_CTX_set_client_CA_list(ctx, names);
    return limits_check_names(names, path, err);
}

static bool set_verify(struct tls_server *server, const struct tls_server_settings *settings,
                       const struct tls_server_context *context, struct arena *arena,
                       struct error *err)
{
    server->verify = (enum verify_mode)settings->verify;
    if ((server->verify == VERIFY_ON || server->verify == VERIFY_OPTIONAL) &&
        !settings->client_certificate && !settings->trusted_certificate) {
        return error_set(err, "no ssl_client_certificate for ssl_verify_client");
    }
    if (settings->ocsp != OCSP_OFF && server->verify == VERIFY_OPTIONAL_NO_CA) {
        return error_set(err,
                         "\"ssl_ocsp\" is incompatible with \"ssl_verify_client optional_no_ca\"");
    }
    if (!server_load_trust(server, settings, context, arena, err)) {
        return false;
    }
    if (server->verify == VERIFY_OFF) {
        return true;
    }
    server->ocsp = (enum ocsp_mode)settings->ocsp;
    server->keeps_chain = settings->keeps_chain;
    SSL_CTX_set_verify(server->ctx, SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_cert_verify_callback(server->ctx, server_on_certificate, server);
    return send_ca_names(server->ctx, settings->client_certificate, arena, err);
}

/* Commands that say which keys and digests a client may prove itself by. */
static bool server_is_demand(struct str command)
{
    return str_ieq(command, STR("SignatureAlgorithms")) ||
           str_ieq(command, STR("ClientSignatureAlgorithms"));
}

static bool digest_commands(EVP_MD_CTX *md, const struct tls_server_settings *settings)
{
    bool ok = true;
    for (size_t i = 0; ok && i < settings->commands_n; i++) {
        const struct tls_command *command = &settings->commands[i];
        uint64_t sizes[] = {command->name.n, command->value.n};
        ok = !server_is_demand(command->name) ||
             (EVP_DigestUpdate(md, sizes, sizeof(sizes)) == 1 &&
              EVP_DigestUpdate(md, command->name.p, sizes[0]) == 1 &&
              EVP_DigestUpdate(md, command->value.p, sizes[1]) == 1);
    }
    return ok;
}

/*
 * The OCSP responder for client certificates, and how many certificates of a chain it is asked
 * about.
 */
static bool digest_ocsp(EVP_MD_CTX *md, const struct tls_server *server,
                        const struct tls_server_settings *settings)
{
    assert(server->ocsp == OCSP_OFF || server->verify != VERIFY_OFF);
    static const char *const LABELS[] = {[OCSP_ON] = " ocsp on ", [OCSP_LEAF] = " ocsp leaf "};
    const char *label = LABELS[server->ocsp];
    return !label ||
           (EVP_DigestUpdate(md, label, strlen(label)) == 1 &&
            EVP_DigestUpdate(md, settings->ocsp_responder.p, settings->ocsp_responder.n) == 1);
}

static bool digest_demand(EVP_MD_CTX *md, const struct tls_server *server,
                          const struct tls_server_settings *settings)
{
    static const char LABEL[] = "client certificate demand 1";
    unsigned char mode = (unsigned char)server->verify;
    unsigned char none[TRUST_DIGEST_LEN] = {0};
    bool asks = server->verify != VERIFY_OFF;
    return EVP_DigestUpdate(md, LABEL, sizeof(LABEL)) == 1 && EVP_DigestUpdate(md, &mode, 1) == 1 &&
           EVP_DigestUpdate(md, asks ? trust_digest(server->trust) : none, TRUST_DIGEST_LEN) == 1 &&
           (!asks || digest_commands(md, settings)) && digest_ocsp(md, server, settings);
}

static bool make_fingerprint(struct tls_server *server, const struct tls_server_settings *settings,
                             struct error *err)
{
    assert(server->trust);
    EVP_MD_CTX *md = EVP_MD_CTX_new();
    bool ok = md && EVP_DigestInit_ex2(md, server->sha256, NULL) == 1 &&
              digest_demand(md, server, settings) &&
              EVP_DigestFinal_ex(md, server->fingerprint, NULL) == 1;
    EVP_MD_CTX_free(md);
    return ok || ssl_error_set(err, "EVP_Digest()");
}

static bool load_ticket_keys(struct tls_sessions *sessions,
                             const struct tls_server_settings *settings, struct arena *arena,
                             struct error *err)
{
    for (size_t i = 0; i < settings->ticket_keys.n; i++) {
        const char *path = arena_cstr(arena, settings->ticket_keys.items[i]);
        struct str key;
        if (!file_read(path, SMALL_FILE_MAX, arena, &key, err) ||
            !tls_sessions_add_key(sessions, key, err)) {
            return error_prefix(err, "cannot load session ticket key \"%s\"", path);
        }
    }
    return true;
}

static bool set_sessions(struct tls_server *server, const struct tls_server_settings *settings,
                         struct tls_sessions *sessions, struct arena *arena, struct error *err)
{
    bool stateful = settings->session_cache == SESSION_CACHE_BUILTIN ||
                    settings->session_cache == SESSION_CACHE_SHARED;
    struct tls_server_settings own = *settings;
    /* "ssl_conf_command Options -SessionTicket" */
    own.session_tickets &= !(SSL_CTX_get_options(server->ctx) & SSL_OP_NO_TICKET);
    if (!load_ticket_keys(sessions, settings, arena, err) ||
        !tls_sessions_attach(sessions, server->ctx, &own, err)) {
        return false;
    }
    if (!own.session_tickets) {
        SSL_CTX_set_options(server->ctx, SSL_OP_NO_TICKET);
    }
    server->tickets_known = own.session_tickets || stateful ? 1 : 0;
    server->tickets = server->verify == VERIFY_ON ? 0 : server->tickets_known;
    return SSL_CTX_set_num_tickets(server->ctx, server->tickets) == 1 ||
           ssl_error_set(err, "SSL_CTX_set_num_tickets()");
}

/*
 * RFC 7301, 3.2: no protocol in common ends the handshake, so that an FTP client cannot be led
 * here.
 */
static int on_alpn(SSL *ssl, const unsigned char **out, unsigned char *out_n,
                   const unsigned char *offered, unsigned offered_n, void *arg)
{
    static const unsigned char OURS[] = "\x02h2\x08http/1.1\x08http/1.0\x08http/0.9";
    const struct accept_state *state = SSL_get_app_data(ssl);
    size_t skipped = state->server->http2 ? 0 : sizeof("\x02h2") - 1;
    unsigned char *chosen;
    if (SSL_select_next_proto(&chosen, out_n, OURS + skipped,
                              (unsigned)(sizeof(OURS) - 1 - skipped), offered,
                              offered_n) != OPENSSL_NPN_NEGOTIATED) {
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    }
    *out = chosen;
    return SSL_TLSEXT_ERR_OK;
}

/* The alert that ends a handshake says on which side the fault is. */
static void on_info(const SSL *ssl, int where, int what)
{
    struct accept_state *state = SSL_get_app_data(ssl);
    if (where & SSL_CB_ALERT && where & SSL_CB_WRITE && what >> 8 == SSL3_AL_FATAL) {
        state->alert = what & 0xff;
    }
}

/* Only to have the name acknowledged in the ServerHello (RFC 6066, 3): the block is chosen long
 * before. */
static int on_server_name(SSL *ssl, int *alert, void *arg)
{
    const struct accept_state *state = SSL_get_app_data(ssl);
    return state->sni_n ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
}

/* Commands that read keys need what decodes them. */
static OSSL_LIB_CTX *library_for(const struct tls_server_settings *settings)
{
    bool reads = tls_commands_read_files(settings->commands, settings->commands_n);
    return reads ? NULL : library_handshakes();
}

static bool set_stapling(struct tls_server *server, const struct tls_server_settings *settings,
                         const struct tls_keypair *pairs, struct arena *arena,
                         const struct log *log, struct error *err)
{
    for (size_t i = 0; i < settings->certificates.n; i++) {
        stapling_add(server, settings, pairs[i].leaf, pairs[i].chain,
                     arena_cstr(arena, settings->certificates.items[i]), log);
    }
    return stapling_complete(server, settings, arena, log, err);
}

/* Steps that do not need each other: a user who mends one file wants to know of the others, too. */
struct steps {
    struct errors *errors; /* NULL: the first that fails is the last */
    bool ok;               /* none has failed */
    struct error *first;
};

/* Whether to go on. */
static bool tls_server_step(struct steps *steps, bool ok, const struct error *err)
{
    if (ok) {
        return true;
    }
    if (steps->ok) {
        *steps->first = *err;
    }
    steps->ok = false;
    if (steps->errors) {
        errors_add(steps->errors, err);
    }
    return steps->errors;
}

static void keep_leaf(struct tls_server *server, X509 *leaf)
{
    server->leaves = server->leaves ? server->leaves : must_have(sk_X509_new_null());
    X509_up_ref(leaf);
    sk_X509_push(server->leaves, leaf);
}

static bool server_build(struct tls_server *server, const struct tls_server_settings *settings,
                         const struct tls_server_context *context, struct arena *arena,
                         struct error *err)
{
    server->reject = settings->reject_handshake;
    server->http2 = settings->http2;
    server->sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
    if (!server->sha256 ||
        !context_new(library_for(settings), TLS_server_method(), &server->ctx, err)) {
        return server->sha256 ? false : ssl_error_set(err, "EVP_MD_fetch()");
    }
    SSL_CTX_set_client_hello_cb(server->ctx, block_on_hello, NULL);
    SSL_CTX_set_tlsext_servername_callback(server->ctx, on_server_name);
    SSL_CTX_set_info_callback(server->ctx, on_info);
    SSL_CTX_set_alpn_select_cb(server->ctx, on_alpn, NULL);
    SSL_CTX_set_cert_cb(server->ctx, on_full_handshake, server);
    struct tls_keypair *pairs =
        arena_zalloc(arena, (settings->certificates.n + 1) * sizeof(*pairs));
    struct steps steps = {.errors = context->errors, .ok = true, .first = err};
    struct error why;
    bool ok = tls_server_step(&steps, set_crypto(server, settings, arena, &why), &why) &&
              tls_server_step(
                  &steps, load_pairs(server->ctx, settings, pairs, arena, context, &why), &why) &&
              tls_server_step(&steps, limits_check_ciphers(server->ctx, &why), &why) &&
              tls_server_step(&steps, set_verify(server, settings, context, arena, &why), &why) &&
              steps.ok && set_stapling(server, settings, pairs, arena, context->log, err) &&
              set_sessions(server, settings, context->sessions, arena, err) &&
              make_fingerprint(server, settings, err);
    if (!ok && steps.ok && context->errors) {
        errors_add(context->errors, err);
    }
    for (size_t i = 0; i < settings->certificates.n; i++) {
        if (ok) {
            keep_leaf(server, pairs[i].leaf);
        }
        keypair_clear(&pairs[i]);
    }
    return ok;
}

/* Where it is: the directive's line if one is known to be at fault, else the block's. */
static bool fail_at(const struct tls_server_settings *settings, const char *name, struct error *err)
{
    bool by_names =
        settings->client_certificate_at && strstr(err->text, "\"ssl_client_certificate\" \"");
    size_t n = strlen(err->text);
    snprintf(err->text + n, sizeof(err->text) - n, " in %s",
             by_names ? settings->client_certificate_at : name);
    return false;
}

bool tls_server_new(const struct tls_server_settings *settings, const char *name,
                    const struct tls_server_context *context, struct tls_server **out,
                    struct error *err)
{
    assert(name && context->sessions);
    struct tls_server *server = calloc(1, sizeof(*server));
    if (!server) {
        return error_set(err, "out of memory in %s", name);
    }
    struct arena arena;
    arena_init(&arena, 0);
    bool ok = server_build(server, settings, context, &arena, err) || fail_at(settings, name, err);
    arena_deinit(&arena);
    if (!ok) {
        tls_server_free(server);
        return false;
    }
    *out = server;
    return true;
}

void tls_server_free(struct tls_server *server)
{
    if (!server) {
        return;
    }
    SSL_CTX_free(server->ctx);
    sk_X509_pop_free(server->leaves, X509_free);
    stapling_clear(server);
    trust_free(server->trust);
    EVP_MD_free(server->sha256);
    free(server->curves);
    free(server);
}

enum verify_mode tls_server_verify_mode(const struct tls_server *server)
{
    return server->verify;
}

const struct trust *tls_server_trust(const struct tls_server *server)
{
    return server->trust;
}

X509 *tls_server_certificate(const struct tls_server *server, size_t i)
{
    return sk_X509_value(server->leaves, (int)i); /* NULL beyond the last, and of no stack */
}

enum ocsp_mode tls_server_ocsp_mode(const struct tls_server *server)
{
    return server->ocsp;
}

const unsigned char *tls_server_fingerprint(const struct tls_server *server)
{
    return server->fingerprint;
}

bool tls_server_same_demand(const struct tls_server *a, const struct tls_server *b)
{
    return memcmp(a->fingerprint, b->fingerprint, TLS_FINGERPRINT_LEN) == 0;
}
