/* SPDX-License-Identifier: Apache-2.0 */
/* Settings that clients' and servers' contexts share. */
#include "tls/context.h"

#include <assert.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/file.h"
#include "pki/bundle.h"

bool ssl_error_set(struct error *err, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    int n = vsnprintf(err->text, sizeof(err->text), fmt, args);
    va_end(args);
    if (n >= 0 && (size_t)n < sizeof(err->text)) {
        char reasons[SSL_ERRORS_MAX];
        snprintf(err->text + n, sizeof(err->text) - (size_t)n, " failed%s", ssl_errors(reasons));
    }
    ERR_clear_error();
    return false;
}

bool context_new(OSSL_LIB_CTX *library, const SSL_METHOD *method, SSL_CTX **out, struct error *err)
{
    ERR_clear_error();
    SSL_CTX *ctx = SSL_CTX_new_ex(library, NULL, method);
    if (!ctx) {
        return ssl_error_set(err, "SSL_CTX_new()");
    }
    SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                 SSL_OP_IGNORE_UNEXPECTED_EOF | SSL_OP_SINGLE_DH_USE);
    /* SSL_read would go on within one call for as long as the peer sends key updates. */
    SSL_CTX_clear_mode(ctx, SSL_MODE_AUTO_RETRY);
    SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                              SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_NO_AUTO_CHAIN);
    /* One read(2) for a record's head and body, and for a flight of several records. */
    SSL_CTX_set_read_ahead(ctx, 1);
    *out = ctx;
    return true;
}

bool context_set_protocols(SSL_CTX *ctx, unsigned protocols, struct error *err)
{
    static const struct {
        unsigned protocol;
        int version;
        uint64_t off;
    } ALL[] = {
        {TLS_1_0, TLS1_VERSION, SSL_OP_NO_TLSv1},
        {TLS_1_1, TLS1_1_VERSION, SSL_OP_NO_TLSv1_1},
        {TLS_1_2, TLS1_2_VERSION, SSL_OP_NO_TLSv1_2},
        {TLS_1_3, TLS1_3_VERSION, SSL_OP_NO_TLSv1_3},
    };
    int lowest = 0;
    int highest = 0;
    for (size_t i = 0; i < COUNT_OF(ALL); i++) {
        if (!(protocols & ALL[i].protocol)) {
            SSL_CTX_set_options(ctx, ALL[i].off);
            continue;
        }
        SSL_CTX_clear_options(ctx, ALL[i].off);
        lowest = lowest ? lowest : ALL[i].version;
        highest = ALL[i].version;
    }
    if (!highest) {
        return error_set(err, "no TLS protocol is enabled");
    }
    assert(lowest && lowest <= highest);
    SSL_CTX_set_options(ctx, SSL_OP_NO_SSLv3);
    return (SSL_CTX_set_min_proto_version(ctx, lowest) == 1 &&
            SSL_CTX_set_max_proto_version(ctx, highest) == 1) ||
           ssl_error_set(err, "SSL_CTX_set_min_proto_version()");
}

bool context_set_ciphers(SSL_CTX *ctx, struct str ciphers, struct error *err)
{
    if (!ciphers.n) {
        return true;
    }
    struct arena arena;
    arena_init(&arena, 0);
    ERR_clear_error();
    bool ok = SSL_CTX_set_cipher_list(ctx, arena_cstr(&arena, ciphers)) == 1 ||
              ssl_error_set(err, "SSL_CTX_set_cipher_list(\"%.*s\")", STR_ARG(ciphers));
    arena_deinit(&arena);
    return ok;
}

/* Commands that decide about peers: verify modes and CAs belong to the fingerprint, so only
 * directives set them. */
static bool context_is_demand(struct str name)
{
    static const struct str DEMANDS[] = {
        STR_INIT("VerifyMode"),     STR_INIT("VerifyCAFile"),  STR_INIT("VerifyCAPath"),
        STR_INIT("VerifyCAStore"),  STR_INIT("ChainCAFile"),   STR_INIT("ChainCAPath"),
        STR_INIT("ChainCAStore"),   STR_INIT("ClientCAFile"),  STR_INIT("ClientCAPath"),
        STR_INIT("ClientCAStore"),  STR_INIT("RequestCAFile"), STR_INIT("RequestCAPath"),
        STR_INIT("RequestCAStore"),
    };
    for (size_t i = 0; i < COUNT_OF(DEMANDS); i++) {
        if (str_ieq(name, DEMANDS[i])) {
            return true;
        }
    }
    return false;
}

static bool run_command(SSL_CONF_CTX *conf, const struct tls_command *command, struct error *err)
{
    struct arena arena;
    arena_init(&arena, 0);
    const char *name = arena_cstr(&arena, command->name);
    const char *value = arena_cstr(&arena, command->value);
    int type = SSL_CONF_cmd_value_type(conf, name);
    int done = type == SSL_CONF_TYPE_UNKNOWN ? -2 : SSL_CONF_cmd(conf, name, value);
    bool ok = done > 0 || ssl_error_set(err, "SSL_CONF_cmd(\"%s\", \"%s\")", name, value);
    arena_deinit(&arena);
    return ok;
}

bool context_run_commands(SSL_CTX *ctx, const struct tls_command *commands, size_t n,
                          struct str *curves, struct error *err)
{
    if (!n) {
        return true;
    }
    SSL_CONF_CTX *conf = SSL_CONF_CTX_new();
    if (!conf) {
        return ssl_error_set(err, "SSL_CONF_CTX_new()");
    }
    SSL_CONF_CTX_set_flags(conf, SSL_CONF_FLAG_FILE | SSL_CONF_FLAG_SERVER | SSL_CONF_FLAG_CLIENT |
                                     SSL_CONF_FLAG_CERTIFICATE | SSL_CONF_FLAG_SHOW_ERRORS);
    SSL_CONF_CTX_set_ssl_ctx(conf, ctx);
    bool ok = true;
    for (size_t i = 0; ok && i < n; i++) {
        ERR_clear_error();
        if (context_is_demand(commands[i].name)) {
            ok = error_set(err,
                           "command \"%.*s\" is not allowed: set the requirements for client "
                           "certificates with \"ssl_verify_client\" and the CA files",
                           STR_ARG(commands[i].name));
        } else if (curves && (str_ieq(commands[i].name, STR("Curves")) ||
                              str_ieq(commands[i].name, STR("Groups")))) {
            *curves = commands[i].value;
        } else {
            ok = run_command(conf, &commands[i], err);
        }
    }
    if (ok && SSL_CONF_CTX_finish(conf) != 1) {
        ok = ssl_error_set(err, "SSL_CONF_finish()");
    }
    SSL_CONF_CTX_free(conf);
    if (ok && !(SSL_CTX_get_options(ctx) & SSL_OP_NO_RENEGOTIATION)) {
        /* A verdict is about the certificate of one handshake, and no other may take its place. */
        return error_set(err, "a command must not enable renegotiation");
    }
    return ok;
}

static bool read_authorities(const char *const *paths, size_t n, struct arena *arena,
                             struct trust_options *options, struct error *err)
{
    struct trust_source *sources = arena_zalloc(arena, (n + 1) * sizeof(*sources));
    for (size_t i = 0; i < n; i++) {
        if (!paths[i]) {
            continue;
        }
        struct trust_source *source = &sources[options->authorities_n++];
        source->name = paths[i];
        if (!file_read(source->name, PEM_FILE_MAX, arena, &source->pem, err)) {
            return error_prefix(err, "cannot load certificate \"%s\"", source->name);
        }
    }
    options->authorities = sources;
    return true;
}

bool trust_from_files(const char *const *authorities, size_t authorities_n,
                      const struct tls_words *crls, struct crl_files *files,
                      struct trust_options *options, struct trust **out, struct error *err)
{
    assert(!crls->n || files);
    struct arena arena;
    arena_init(&arena, 0);
    options->authorities_n = 0;
    if (crls->n) { /* before anything fails: whether the CRLs can be read is checked as well */
        options->lists = crl_files_slot(files, crls, &options->lists_name);
    }
    bool ok = read_authorities(authorities, authorities_n, &arena, options, err) &&
              trust_new(options, out, err);
    if (ok && crls->n) {
        crl_files_add_authorities(files, options->lists, trust_authorities(*out));
    }
    arena_deinit(&arena);
    return ok;
}
