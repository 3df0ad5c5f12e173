/* SPDX-License-Identifier: Apache-2.0 */
/* The table of the ssl_* directives, and the setters that only they need. */
#include "tls/server_conf.h"

#include <assert.h>

#include "base/file.h"
#include "base/vec.h"
#include "conf/value.h"
#include "tls/command.h"
#include "tls/settings.h"

enum { BOTH = CONTEXT_HTTP | CONTEXT_SERVER };

static bool has_prefix_of_elsewhere(struct str value)
{
    return str_starts(value, STR("data:")) || str_starts(value, STR("engine:")) ||
           str_starts(value, STR("store:"));
}

/* tls_words: each use adds a file. */
static bool set_pem_files(struct conf_scope *scope, const struct directive *row, void *field,
                          struct error *err)
{
    assert(scope->conf_prefix);
    struct tls_words *list = field;
    struct str value = scope->node->args[0];
    if (str_find(value, '$') < value.n) {
        return error_set(err, "variables in \"%s\" are not supported yet, name a file", row->name);
    }
    if (has_prefix_of_elsewhere(value)) {
        return error_set(err, "\"%.*s\" in \"%s\" is not supported yet, name a file",
                         STR_ARG(value), row->name);
    }
    if (scope->first) {
        *list = (struct tls_words){0};
    }
    struct str *path = vec_push(scope->arena, &list->items, &list->n, sizeof(*list->items));
    *path = str_of(path_resolve(scope->arena, str_of(scope->conf_prefix), value));
    return true;
}

static bool set_client_certificate(struct conf_scope *scope, const struct directive *row,
                                   void *field, struct error *err)
{
    struct tls_server_settings *settings = field;
    const struct conf_node *node = scope->node;
    struct str at = arena_printf(scope->arena, "%s:%u", node->file, node->line);
    settings->client_certificate_at = arena_cstr(scope->arena, at);
    return set_conf_path(scope, row, &settings->client_certificate, err);
}

static bool set_command(struct conf_scope *scope, const struct directive *row, void *field,
                        struct error *err)
{
    assert(scope->node->n == 2);
    struct tls_server_settings *settings = field;
    if (scope->first) {
        settings->commands = NULL;
        settings->commands_n = 0;
    }
    struct tls_command *command = vec_push(scope->arena, &settings->commands, &settings->commands_n,
                                           sizeof(*settings->commands));
    *command = tls_command_make(scope->arena, scope->conf_prefix, scope->node->args[0],
                                scope->node->args[1]);
    return true;
}

static bool fail_cache(struct str word, struct error *err)
{
    return error_set(err,
                     "invalid session cache \"%.*s\", expected off, none, builtin[:size] or "
                     "shared:name:size",
                     STR_ARG(word));
}

/* "shared:NAME:SIZE"; as with nginx, a cache has eight pages at least. */
static bool set_shared(struct tls_server_settings *settings, struct str word, struct error *err)
{
    assert(str_starts(word, STR("shared:")));
    enum { SMALLEST = 8 * 4096 };
    struct str rest = str_skip(word, sizeof("shared:") - 1);
    struct str name = str_split(&rest, ':');
    uint64_t size;
    if (!name.n || !value_size(rest, &size)) {
        return fail_cache(word, err);
    }
    if (size < SMALLEST) {
        return error_set(err, "session cache \"%.*s\" is too small", STR_ARG(word));
    }
    settings->session_cache = SESSION_CACHE_SHARED;
    settings->session_cache_name = name;
    settings->session_cache_size = size;
    return true;
}

/* "builtin" or "builtin:SESSIONS"; it is one cache for all threads here as well. */
static bool set_builtin(struct tls_server_settings *settings, struct str word, struct error *err)
{
    assert(str_starts(word, STR("builtin")));
    enum { SESSIONS = 20480, SESSIONS_MAX = 1 << 30, BYTES_EACH = 2048 };
    uint64_t sessions = SESSIONS;
    struct str rest = str_skip(word, sizeof("builtin") - 1);
    if (rest.n && (rest.p[0] != ':' || !str_to_u64(str_skip(rest, 1), SESSIONS_MAX, &sessions) ||
                   sessions == 0)) {
        return fail_cache(word, err);
    }
    if (settings->session_cache != SESSION_CACHE_SHARED) {
        settings->session_cache = SESSION_CACHE_BUILTIN;
        settings->session_cache_name = STR("");
        settings->session_cache_size = sessions * BYTES_EACH;
    }
    return true;
}

/* uint64_t, seconds. */
static bool set_crl_stale(struct conf_scope *scope, const struct directive *row, void *field,
                          struct error *err)
{
    uint64_t *grace = field;
    const struct conf_node *node = scope->node;
    *grace = 0;
    if (node->n == 1 && str_eq(node->args[0], STR("reject"))) {
        return true;
    }
    if (node->n == 2 && str_eq(node->args[0], STR("grace"))) {
        return (value_sec(node->args[1], grace) && *grace <= INT32_MAX) ||
               error_set(err, "invalid time \"%.*s\" in \"%s grace\"", STR_ARG(node->args[1]),
                         row->name);
    }
    return error_set(err, "invalid value in \"%s\", expected \"reject\" or \"grace TIME\"",
                     row->name);
}

static bool set_session_cache(struct conf_scope *scope, const struct directive *row, void *field,
                              struct error *err)
{
    struct tls_server_settings *settings = field;
    settings->session_cache = SESSION_CACHE_NONE;
    settings->session_cache_name = STR("");
    settings->session_cache_size = 0;
    for (size_t i = 0; i < scope->node->n; i++) {
        struct str word = scope->node->args[i];
        bool alone = scope->node->n == 1;
        bool ok;
        if (str_eq(word, STR("off")) || str_eq(word, STR("none"))) {
            settings->session_cache =
                str_eq(word, STR("off")) ? SESSION_CACHE_OFF : SESSION_CACHE_NONE;
            ok = alone || fail_cache(word, err);
        } else if (str_starts(word, STR("shared:"))) {
            ok = set_shared(settings, word, err);
        } else if (str_starts(word, STR("builtin"))) {
            ok = set_builtin(settings, word, err);
        } else {
            ok = fail_cache(word, err);
        }
        if (!ok) {
            return false;
        }
    }
    return true;
}

/* "off" or "shared:NAME:SIZE", of eight pages at least as with nginx. */
static bool set_ocsp_cache(struct conf_scope *scope, const struct directive *row, void *field,
                           struct error *err)
{
    enum { SMALLEST = 8 * 4096 };
    struct tls_server_settings *settings = field;
    struct str word = scope->node->args[0];
    struct str rest = str_skip(word, sizeof("shared:") - 1);
    settings->ocsp_cache_name = STR("");
    settings->ocsp_cache_size = 0;
    if (str_eq(word, STR("off"))) {
        return true;
    }
    struct str name = str_split(&rest, ':');
    if (!str_starts(word, STR("shared:")) || !name.n ||
        !value_size(rest, &settings->ocsp_cache_size)) {
        return error_set(err, "invalid OCSP cache \"%.*s\"", STR_ARG(word));
    }
    if (settings->ocsp_cache_size < SMALLEST) {
        return error_set(err, "OCSP cache \"%.*s\" is too small", STR_ARG(word));
    }
    settings->ocsp_cache_name = name;
    return true;
}

static const struct choice PROTOCOLS[] = {
    {"TLSv1", TLS_1_0}, {"TLSv1.1", TLS_1_1}, {"TLSv1.2", TLS_1_2}, {"TLSv1.3", TLS_1_3}, {NULL, 0},
};

static const struct choice VERIFY_MODES[] = {
    {"off", VERIFY_OFF},
    {"on", VERIFY_ON},
    {"optional", VERIFY_OPTIONAL},
    {"optional_no_ca", VERIFY_OPTIONAL_NO_CA},
    {NULL, 0},
};

static const struct choice OCSP_MODES[] = {
    {"off", OCSP_OFF},
    {"on", OCSP_ON},
    {"leaf", OCSP_LEAF},
    {NULL, 0},
};

#define FIELD(name) offsetof(struct tls_server_settings, name)

/* clang-format off: a row a directive */
#define ONE(directive, setter, member)                                                             \
    .name = (directive), .contexts = BOTH, .min_args = 1, .max_args = 1, .set = (setter),          \
    .offset = FIELD(member)
#define HARMLESS(directive, args)                                                                  \
    .name = (directive), .contexts = BOTH, .min_args = 1, .max_args = (args),                      \
    .support = SUPPORT_ACCEPTED

const struct directive tls_server_directives[] = {
    {ONE("ssl_buffer_size", set_size, buffer_size), .initial = "16k", .syntax = "size",
     .note = "The largest TLS record that yett sends: between 512 bytes and 16k."},
    {ONE("ssl_certificate", set_pem_files, certificates), .repeats = true, .syntax = "file",
     .note = "Variables and `data:` are not supported yet."},
    {ONE("ssl_certificate_key", set_pem_files, keys), .repeats = true, .syntax = "file",
     .note = "Variables, `data:`, `engine:` and `store:` are not supported yet."},
    {ONE("ssl_ciphers", set_text, ciphers), .initial = "HIGH:!aNULL:!MD5", .syntax = "ciphers"},
    {.name = "ssl_client_certificate",
     .contexts = BOTH,
     .min_args = 1,
     .max_args = 1,
     .set = set_client_certificate,
     .syntax = "file",
     .note = "yett sends the names of these CAs to clients. More than 65023 bytes of names are an "
             "error. The CAs in `ssl_trusted_certificate` are trusted too, but their names are not "
             "sent."},
    {.name = "ssl_conf_command",
     .contexts = BOTH,
     .min_args = 2,
     .max_args = 2,
     .repeats = true,
     .set = set_command,
     .syntax = "name value",
     .note = "Commands are refused if they change the requirements for client certificates "
             "(VerifyMode, CA files) or allow renegotiation."},
    {ONE("ssl_crl", set_pem_files, crls), .syntax = "file",
     .note =
         "A file or a directory of CRLs in PEM or DER, and nothing else. With it, every CA in the "
         "chain of a client certificate needs a CRL. If a file changes, yett uses the new CRLs "
         "within a second."},
    {.name = "ssl_crl_stale",
     .contexts = BOTH,
     .min_args = 1,
     .max_args = 2,
     .set = set_crl_stale,
     .offset = FIELD(crl_grace_s),
     .initial = "reject",
     .syntax = "reject | grace time",
     .note = "Only in yett. Whether yett still accepts a CRL for some time after its nextUpdate."},
    {ONE("ssl_dhparam", set_conf_path, dhparam), .syntax = "file"},
    {.name = "ssl_early_data",
     .contexts = BOTH,
     .min_args = 1,
     .max_args = 1,
     .support = SUPPORT_REFUSED,
     .syntax = "on | off",
     .values = "off",
     .note = "early data can be replayed, and arrives before the client certificate (RFC 8446, 8)"},
    {ONE("ssl_ecdh_curve", set_text, curves), .initial = "auto", .syntax = "curve"},
    {ONE("ssl_password_file", set_conf_path, password_file), .syntax = "file"},
    {ONE("ssl_prefer_server_ciphers", set_flag, prefer_server_ciphers), .initial = "off",
     .syntax = "on | off"},
    {.name = "ssl_protocols",
     .contexts = BOTH,
     .min_args = 1,
     .max_args = 4,
     .set = set_choices,
     .offset = FIELD(protocols),
     .extra = PROTOCOLS,
     .initial = "TLSv1.2 TLSv1.3",
     .syntax = "[TLSv1] [TLSv1.1] [TLSv1.2] [TLSv1.3]"},
    {ONE("ssl_reject_handshake", set_flag, reject_handshake), .initial = "off",
     .syntax = "on | off"},
    {.name = "ssl_session_cache",
     .contexts = BOTH,
     .min_args = 1,
     .max_args = 2,
     .set = set_session_cache,
     .initial = "none",
     .syntax = "off | none | [builtin[:size]] [shared:name:size]",
     .note = "`builtin` and `shared` mean the same cache, which all threads share. yett resumes a "
             "session only for the same server name and the same requirements for clients."},
    {ONE("ssl_session_ticket_key", set_pem_files, ticket_keys), .repeats = true, .syntax = "file",
     .note = "The first key encrypts. The keys of all server blocks decrypt."},
    {ONE("ssl_session_tickets", set_flag, session_tickets), .initial = "on", .syntax = "on | off",
     .note =
         "For a client with a valid certificate, yett keeps the TLS 1.3 session in memory until "
         "the next reload, and the ticket holds only its id. At most 2048 sessions are kept. "
         "Beyond that, with `ssl_session_ticket_key`, or with `ssl_session_cache off`, the "
         "ticket holds the encrypted session."},
    {ONE("ssl_session_timeout", set_sec, session_timeout_s), .initial = "5m", .syntax = "time",
     .note = "It counts from the full handshake, however often the session is resumed. No session "
             "is resumed after the client certificate has expired."},
    {ONE("ssl_trusted_certificate", set_conf_path, trusted_certificate), .syntax = "file"},
    {ONE("ssl_verify_client", set_choice, verify), .extra = VERIFY_MODES, .initial = "off",
     .syntax = "on | off | optional | optional_no_ca"},
    {ONE("ssl_verify_depth", set_number, verify_depth), .initial = "1", .syntax = "number"},

    {ONE("ssl_stapling", set_flag, stapling), .initial = "off", .syntax = "on | off",
     .note =
         "yett fetches OCSP responses at start, renews them after half of their lifetime, always "
         "verifies them, and sends them while they are valid, even if a response says that "
         "the server certificate is revoked."},
    {ONE("ssl_stapling_file", set_conf_path, stapling_file), .syntax = "file",
     .note = "yett reads the response when it loads the configuration. A response for another "
             "certificate, or with an invalid signature, is an error. An expired one is not sent."},
    {ONE("ssl_stapling_responder", set_text, stapling_responder), .syntax = "url"},
    {ONE("ssl_stapling_verify", set_flag, stapling_verify), .initial = "off", .syntax = "on | off",
     .note = "yett always checks the signer, the certificate and the time. With `on`, the CA must "
             "also be trusted by `ssl_trusted_certificate`."},
    {ONE("ssl_ocsp", set_choice, ocsp), .extra = OCSP_MODES, .initial = "off",
     .syntax = "on | off | leaf",
     .note = "yett rejects clients whose status it cannot determine. It does not resume sessions "
             "with a client certificate, so it checks every connection."},
    {.name = "ssl_ocsp_cache",
     .contexts = BOTH,
     .min_args = 1,
     .max_args = 1,
     .set = set_ocsp_cache,
     .initial = "off",
     .syntax = "off | [shared:name:size]"},
    {ONE("ssl_ocsp_responder", set_text, ocsp_responder), .syntax = "url"},
    {HARMLESS("ssl_certificate_compression", 1), .syntax = "on | off",
     .note = "yett sends certificates uncompressed, which every client supports"},
    {HARMLESS("ssl_certificate_cache", 4), .syntax = "off | max=N [inactive=time] [valid=time]",
     .note = "it is for certificates named by variables, which are not supported yet"},
    {.name = "ssl_object_cache_inheritable",
     .contexts = CONTEXT_MAIN,
     .min_args = 1,
     .max_args = 1,
     .support = SUPPORT_ACCEPTED,
     .syntax = "on | off",
     .note = "every load reads all files again, so it never misses a CRL rewritten in place"},
};
/* clang-format on */

const size_t tls_server_directives_n = COUNT_OF(tls_server_directives);
