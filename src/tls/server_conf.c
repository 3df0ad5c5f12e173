/* SPDX-License-Identifier: Apache-2.0 */
/* The table of the ssl_* directives, and the setters that only they need. */
#include "tls/server_conf.h"

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
     .note = "the largest TLS record that is sent: between 512 bytes and 16k"},
    {ONE("ssl_certificate", set_pem_files, certificates), .repeats = true, .syntax = "file",
     .note = "variables and `data:` are not supported yet"},
    {ONE("ssl_certificate_key", set_pem_files, keys), .repeats = true, .syntax = "file",
     .note = "variables, `data:`, `engine:` and `store:` are not supported yet"},
    {ONE("ssl_ciphers", set_text, ciphers), .initial = "HIGH:!aNULL:!MD5", .syntax = "ciphers"},
    {.name = "ssl_client_certificate",
     .contexts = BOTH,
     .min_args = 1,
     .max_args = 1,
     .set = set_client_certificate,
     .syntax = "file",
     .note =
         "its CAs' names are sent to clients: more than 65023 bytes of them are an error; CAs in "
         "ssl_trusted_certificate are trusted as well, and not sent"},
    {.name = "ssl_conf_command",
     .contexts = BOTH,
     .min_args = 2,
     .max_args = 2,
     .repeats = true,
     .set = set_command,
     .syntax = "name value",
     .note = "yett refuses commands that change the requirements for client certificates "
             "(VerifyMode, CA files) or enable renegotiation"},
    {ONE("ssl_crl", set_pem_files, crls), .syntax = "file",
     .note =
         "a file or a directory, PEM or DER; every CA of a client's certificate chain then needs a "
         "CRL; a file may contain CRLs only; a changed file takes effect within a second"},
    {.name = "ssl_crl_stale",
     .contexts = BOTH,
     .min_args = 1,
     .max_args = 2,
     .set = set_crl_stale,
     .offset = FIELD(crl_grace_s),
     .initial = "reject",
     .syntax = "reject | grace time",
     .note = "yett's own; `grace` accepts a CRL for that time after its nextUpdate"},
    {ONE("ssl_dhparam", set_conf_path, dhparam), .syntax = "file"},
    {.name = "ssl_early_data",
     .contexts = BOTH,
     .min_args = 1,
     .max_args = 1,
     .support = SUPPORT_REFUSED,
     .syntax = "on | off",
     .values = "off",
     .note = "early data can be replayed, and arrives before yett has checked the client "
             "certificate (RFC 8446, 8)"},
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
     .note =
         "builtin and shared are both one cache for all threads; a session is resumed only under "
         "the same server name and the same requirements"},
    {ONE("ssl_session_ticket_key", set_pem_files, ticket_keys), .repeats = true, .syntax = "file",
     .note = "the first key encrypts tickets; the keys of all server blocks decrypt them"},
    {ONE("ssl_session_tickets", set_flag, session_tickets), .initial = "on", .syntax = "on | off",
     .note =
         "the TLS 1.3 ticket of a client with a valid certificate names a session that yett keeps "
         "in memory until the next reload, 2048 at most; beyond that, and always with "
         "ssl_session_ticket_key or ssl_session_cache off, the ticket holds the session, "
         "encrypted"},
    {ONE("ssl_session_timeout", set_sec, session_timeout_s), .initial = "5m", .syntax = "time",
     .note = "counted from the full handshake, also for a renewed session; a session ends at the "
             "latest when the client certificate expires"},
    {ONE("ssl_trusted_certificate", set_conf_path, trusted_certificate), .syntax = "file"},
    {ONE("ssl_verify_client", set_choice, verify), .extra = VERIFY_MODES, .initial = "off",
     .syntax = "on | off | optional | optional_no_ca"},
    {ONE("ssl_verify_depth", set_number, verify_depth), .initial = "1", .syntax = "number"},

    {ONE("ssl_stapling", set_flag, stapling), .initial = "off", .syntax = "on | off",
     .note =
         "yett fetches responses at the start, renews them after half of their lifetime, always "
         "verifies them, and sends them until they expire, even if they say that the server "
         "certificate is revoked"},
    {ONE("ssl_stapling_file", set_conf_path, stapling_file), .syntax = "file",
     .note =
         "read when the configuration is loaded; a response about another certificate or from a "
         "wrong signer is an error; an expired response is not sent"},
    {ONE("ssl_stapling_responder", set_text, stapling_responder), .syntax = "url"},
    {ONE("ssl_stapling_verify", set_flag, stapling_verify), .initial = "off", .syntax = "on | off",
     .note = "yett always checks the signer, the certificate and the time; with `on`, "
             "ssl_trusted_certificate must also trust the issuer"},
    {ONE("ssl_ocsp", set_choice, ocsp), .extra = OCSP_MODES, .initial = "off",
     .syntax = "on | off | leaf",
     .note =
         "yett rejects a client if it cannot learn the status of the certificate; sessions with "
         "a client certificate are not resumed, so that every connection is checked"},
    {.name = "ssl_ocsp_cache",
     .contexts = BOTH,
     .min_args = 1,
     .max_args = 1,
     .set = set_ocsp_cache,
     .initial = "off",
     .syntax = "off | [shared:name:size]"},
    {ONE("ssl_ocsp_responder", set_text, ocsp_responder), .syntax = "url"},
    {HARMLESS("ssl_certificate_compression", 1), .syntax = "on | off",
     .note = "certificates are sent as they are, which every client understands"},
    {HARMLESS("ssl_certificate_cache", 4), .syntax = "off | max=N [inactive=time] [valid=time]",
     .note = "it is for certificates named by variables, which are not supported yet"},
    {.name = "ssl_object_cache_inheritable",
     .contexts = CONTEXT_MAIN,
     .min_args = 1,
     .max_args = 1,
     .support = SUPPORT_ACCEPTED,
     .syntax = "on | off",
     .note =
         "each load reads all files again, so that yett never misses a CRL that was rewritten in "
         "place"},
};
/* clang-format on */

const size_t tls_server_directives_n = COUNT_OF(tls_server_directives);
