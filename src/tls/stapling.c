/* SPDX-License-Identifier: Apache-2.0 */
/* Which certificates get a staple, and showing it in the handshake. */
#include "tls/stapling.h"

#include <assert.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <time.h>

#include "base/file.h"
#include "base/must.h"
#include "pki/ocsp.h"
#include "tls/limits.h"
#include "tls/staple.h"

static X509 *stapling_find_issuer(X509 *cert, const STACK_OF(X509) * among)
{
    for (int i = 0; i < sk_X509_num(among); i++) {
        X509 *ca = sk_X509_value(among, i);
        EVP_PKEY *key = X509_get0_pubkey(ca);
        if (X509_check_issued(ca, cert) == X509_V_OK && key && X509_verify(cert, key) == 1) {
            return ca;
        }
    }
    ERR_clear_error();
    return NULL;
}

static void tls_stapling_add(struct tls_server *server, struct staple *staple)
{
    size_t n = server->staples_n + 1;
    server->staples = must_have(realloc(server->staples, n * sizeof(struct staple *)));
    server->staples[server->staples_n] = staple;
    server->staples_n = n;
}

/* Sets the responder; with a file there is none. */
static bool stapling_set_responder(struct staple *staple,
                                   const struct tls_server_settings *settings, struct error *err)
{
    struct arena arena;
    struct str url = settings->stapling_responder;
    bool ok = true;
    arena_init(&arena, 0);
    if (!settings->stapling_file) {
        ok = url.n || ocsp_responder(staple_cert(staple), &arena, &url, err);
        staple_set_responder(staple, ok ? url : STR(""));
    }
    arena_deinit(&arena);
    return ok;
}

static void warn(const struct log *log, const char *what, const char *name)
{
    if (log) {
        log_write(log, LEVEL_WARN, 0, "\"ssl_stapling\" ignored, %s \"%s\"", what, name);
    }
}

void stapling_add(struct tls_server *server, const struct tls_server_settings *settings, X509 *cert,
                  STACK_OF(X509) * chain, const char *name, const struct log *log)
{
    assert(server->trust && cert);
    if (!settings->stapling) {
        return;
    }
    const STACK_OF(X509) *authorities = trust_authorities(server->trust);
    X509 *issuer = stapling_find_issuer(cert, chain);
    issuer = issuer ? issuer : stapling_find_issuer(cert, authorities);
    if (!issuer) {
        warn(log, "issuer certificate not found for certificate", name);
        return;
    }
    if (settings->stapling_verify && !ocsp_issuer_trusted(issuer, chain, authorities, time(NULL))) {
        warn(log, "\"ssl_trusted_certificate\" does not trust the issuer of certificate", name);
        return;
    }
    struct error err;
    struct staple *staple = staple_new(cert, issuer, name);
    if (!stapling_set_responder(staple, settings, &err)) {
        warn(log, err.text, name);
        staple_free(staple);
        return;
    }
    tls_stapling_add(server, staple);
}

/* One file is of one certificate: the others of the block have no staple. */
static bool offer_file(struct tls_server *server, struct str response, const char *path,
                       const struct log *log, struct error *err)
{
    time_t now = time(NULL);
    struct ocsp_answer answer;
    for (size_t i = 0; i < server->staples_n; i++) {
        struct staple *staple = server->staples[i];
        if (!ocsp_read(response, staple_cert(staple), staple_issuer(staple), 0, &answer, err)) {
            continue;
        }
        if (!staple_offer(staple, response, now, &answer, err) && log) {
            log_write(log, LEVEL_WARN, 0, "\"ssl_stapling_file\" \"%s\" is not sent: %s", path,
                      err->text);
        }
        return true;
    }
    return error_prefix(err, "cannot use OCSP response \"%s\"", path);
}

static bool load_file(struct tls_server *server, const char *path, struct arena *arena,
                      const struct log *log, struct error *err)
{
    struct str response;
    if (!file_read(path, OCSP_ANSWER_MAX, arena, &response, err)) {
        return error_prefix(err, "cannot load OCSP response \"%s\"", path);
    }
    if (!limits_check_staple(response.n, err)) {
        return error_prefix(err, "cannot use OCSP response \"%s\"", path);
    }
    return server->staples_n == 0 || offer_file(server, response, path, log, err);
}

/* The certificate is chosen by now; on contexts with several, it is the one for this client. */
static int on_status(SSL *ssl, void *arg)
{
    const struct tls_server *server = arg;
    const X509 *cert = SSL_get_certificate(ssl);
    unsigned char *response;
    size_t n;
    for (size_t i = 0; cert && i < server->staples_n; i++) {
        struct staple *staple = server->staples[i];
        if (X509_cmp(staple_cert(staple), cert) == 0 &&
            staple_copy(staple, time(NULL), &response, &n)) {
            SSL_set_tlsext_status_ocsp_resp(ssl, response, (long)n);
            return SSL_TLSEXT_ERR_OK;
        }
    }
    return SSL_TLSEXT_ERR_NOACK;
}

bool stapling_complete(struct tls_server *server, const struct tls_server_settings *settings,
                       struct arena *arena, const struct log *log, struct error *err)
{
    if (!settings->stapling) {
        return true;
    }
    SSL_CTX_set_tlsext_status_cb(server->ctx, on_status);
    SSL_CTX_set_tlsext_status_arg(server->ctx, server);
    return !settings->stapling_file || load_file(server, settings->stapling_file, arena, log, err);
}

void stapling_clear(struct tls_server *server)
{
    for (size_t i = 0; i < server->staples_n; i++) {
        staple_free(server->staples[i]);
    }
    free(server->staples);
}

struct staple *tls_server_staple(const struct tls_server *server, size_t i)
{
    return i < server->staples_n ? server->staples[i] : NULL;
}
