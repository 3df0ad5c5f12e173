/* SPDX-License-Identifier: Apache-2.0 */
/* The verdict of each server block of a configuration on a client with this chain. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "cli/cert.h"
#include "facts/variables.h"
#include "http/status.h"
#include "load/settings_load.h"
#include "modules/modules.h"
#include "pki/trust.h"
#include "script/map.h"
#include "site/client.h"
#include "site/listener.h"
#include "site/server.h"

/* --- maps --- */

/* The client, of which nothing but this is known. */
struct known {
    const X509 *cert;
    const struct verdict *verdict;
    struct str missing; /* what else was asked for */
};

static struct value known_builtin(void *facts, const struct variable *variable, struct arena *arena)
{
    struct known *known = facts;
    struct value value;
    if (variable_of_client(variable->source.builtin, known->cert, known->verdict, arena, &value)) {
        return value;
    }
    known->missing = variable->name;
    return VALUE_IS_UNKNOWN;
}

static const struct scope_host known_host = {.builtin = known_builtin};

static bool is_of_client(const struct variable *variable, struct arena *arena)
{
    static const struct verdict none = {VERDICT_NO_CERTIFICATE, 0, 0, 0};
    struct value value;
    return variable->kind == VARIABLE_BUILTIN &&
           variable_of_client(variable->source.builtin, NULL, &none, arena, &value);
}

/* Whether what the map looks up has to do with the client's certificate, also by way of another. */
static bool looks_at_client(const struct map *map, struct arena *arena, unsigned depth)
{
    enum { DEPTH_MAX = 8 };
    const struct template *subject = map_subject(map);
    for (size_t i = 0; depth < DEPTH_MAX && i < subject->n; i++) {
        const struct variable *variable = subject->parts[i].variable;
        if (variable && (is_of_client(variable, arena) ||
                         (variable->kind == VARIABLE_MAP &&
                          looks_at_client(variable->source.map, arena, depth + 1)))) {
            return true;
        }
    }
    return false;
}

/* What `set` and captures put into variables is decided by a request, and is not known here. */
static void forget_assigned(struct scope *scope, const struct variables *vars)
{
    for (size_t i = 0; i < vars->n; i++) {
        if (vars->items[i]->kind == VARIABLE_SET) {
            scope->values[vars->items[i]->index] = VALUE_IS_UNKNOWN;
        }
    }
}

static void report_map(struct report *report, const struct settings *settings,
                       const struct variable *variable, struct known *known, struct arena *arena)
{
    struct scope scope;
    assert(variable->kind == VARIABLE_MAP);
    scope_init(&scope, &settings->vars, arena, &known_host, known);
    forget_assigned(&scope, &settings->vars);
    known->missing = (struct str){NULL, 0};
    struct value value = scope_get(&scope, variable);
    bool is_known = value.state != VALUE_UNKNOWN && !scope.failed;
    struct str subject = map_subject(variable->source.map)->source;
    struct str missing = scope.failed ? STR("a regular expression hit its limit")
                         : known->missing.n
                             ? arena_printf(arena, "also depends on $%.*s", STR_ARG(known->missing))
                             : STR("depends on more than the certificate");
    if (!report->as_json) {
        struct str shown = is_known ? arena_printf(arena, "\"%.*s\"", STR_ARG(value.s))
                                    : arena_printf(arena, "unknown: %.*s", STR_ARG(missing));
        report_labelled(
            report, NULL, arena_printf(arena, "$%.*s", STR_ARG(variable->name)).p,
            arena_printf(arena, "%.*s (map of %.*s)", STR_ARG(shown), STR_ARG(subject)));
        return;
    }
    report_group(report, NULL, "");
    report_text(report, "subject", subject);
    report_text(report, "variable", arena_printf(arena, "$%.*s", STR_ARG(variable->name)));
    report_bool(report, "known", NULL, is_known);
    if (is_known) {
        json_str(&report->json, "value", value.s);
    } else {
        json_null(&report->json, "value");
    }
    report_text(report, "missing", is_known ? STR("") : missing);
    report_group_end(report);
}

/* Where no certificate is asked for, the variables are empty, whatever the client has. */
static void report_maps(struct report *report, const struct settings *settings, X509 *cert,
                        const struct verdict *verdict, struct arena *arena)
{
    bool asked = verdict->status != VERDICT_NO_CERTIFICATE;
    struct known known = {asked ? cert : NULL, verdict, {NULL, 0}};
    report_list(report, "maps", "maps");
    for (size_t i = 0; i < settings->vars.n; i++) {
        const struct variable *variable = settings->vars.items[i];
        if (variable->kind == VARIABLE_MAP && looks_at_client(variable->source.map, arena, 0)) {
            report_map(report, settings, variable, &known, arena);
        }
    }
    report_list_end(report);
}

/* --- one server block --- */

static const char *mode_name(enum verify_mode mode)
{
    static const char *const NAMES[] = {
        [VERIFY_OFF] = "off",
        [VERIFY_ON] = "on",
        [VERIFY_OPTIONAL] = "optional",
        [VERIFY_OPTIONAL_NO_CA] = "optional_no_ca",
    };
    assert((size_t)mode < sizeof(NAMES) / sizeof(NAMES[0]));
    return NAMES[mode];
}

/* What a refused client gets: error_page is looked up with nginx's own code, and shows 400. */
static struct str answer_text(const struct server *server, int status, struct arena *arena)
{
    const struct error_pages *pages = &server->root.error_pages;
    for (size_t i = 0; i < pages->n; i++) {
        const struct error_page *page = &pages->items[i];
        struct str target = page->target.source;
        if (page->status == status && page->overwrite < 0) {
            return arena_printf(arena, "400 (%d), with error_page %.*s", status, STR_ARG(target));
        }
        if (page->status == status) {
            return arena_printf(arena, "error_page %d =%.0d %.*s", status, page->overwrite,
                                STR_ARG(target));
        }
    }
    return arena_printf(arena, "400 (%d)", status);
}

static void report_refusal(struct report *report, const struct server *server, X509 *cert,
                           const struct verdict *verdict, int status, struct arena *arena)
{
    char point[TRUST_POINT_MAX];
    struct str none = {NULL, 0};
    struct str sentence =
        verdict->status == VERDICT_BAD
            ? arena_printf(arena, "client SSL certificate verify error: (%d:%s) at depth %d%s",
                           verdict->code, verdict_reason(verdict), verdict->depth,
                           trust_verdict_point(verdict, cert, point))
            : none;
    if (report->as_json) {
        report_int(report, "code", verdict->code);
        report_int(report, "depth", verdict->depth);
        report_int(report, "status", status);
    }
    if (report->as_json || sentence.n) {
        report_text(report, "log", sentence);
    }
    if (report->as_json || status) {
        report_text(report, "answer", status ? answer_text(server, status, arena) : none);
    }
}

static void report_verdict(struct report *report, const struct server *server, X509 *cert,
                           const struct verdict *verdict, bool *refused, struct arena *arena)
{
    enum verify_mode mode = tls_server_verify_mode(server->tls);
    int status = client_refusal_of(mode, verdict);
    report_labelled(report, "ssl_verify_client", "ssl_verify_client", str_of(mode_name(mode)));
    report_labelled(report, "ssl_client_verify", "$ssl_client_verify",
                    verdict_text(verdict, arena));
    report_bool(report, "accepted", "certificate accepted", status == 0);
    report_refusal(report, server, cert, verdict, status, arena);
    if (status == 0 && verdict->status == VERDICT_BAD) {
        report_note(report,
                    "the client is let in anyway: the configuration must check $ssl_client_verify");
    }
    bool by_ocsp = tls_server_ocsp_mode(server->tls) != OCSP_OFF;
    if (report->as_json) {
        report_bool(report, "ocsp_not_asked", NULL, by_ocsp);
    } else if (by_ocsp) {
        report_note(report,
                    "ssl_ocsp is on: a server also asks OCSP responders, this command does not");
    }
    *refused = *refused || status != 0;
}

static void report_server(struct report *report, const struct settings *settings,
                          const struct server *server, STACK_OF(X509) * certs, time_t now,
                          bool *refused, struct arena *arena)
{
    struct verdict verdict;
    assert(server->tls); /* find_servers takes no other */
    struct str place = arena_printf(arena, "%s:%u", server->file, server->line);
    struct str name = server->name.n ? server->name : STR("(no name)");
    report_group(report, NULL, arena_printf(arena, "server %.*s, %s", STR_ARG(name), place.p).p);
    if (report->as_json) {
        report_text(report, "server", server->name);
        report_text(report, "place", place);
    }
    if (!tls_server_judge(server->tls, certs, now, &verdict)) {
        report_note(report, "the certificate is too large: the handshake would fail");
        report_bool(report, "accepted", NULL, false);
        *refused = true;
    } else {
        X509 *cert = sk_X509_value(certs, 0);
        report_verdict(report, server, cert, &verdict, refused, arena);
        report_maps(report, settings, cert, &verdict, arena);
    }
    report_group_end(report);
}

/* --- which of them --- */

/* As SNI would choose, on each address. */
static void find_named(const struct listener *listener, struct str name, struct server_list *out,
                       struct arena *arena)
{
    const struct regex *failed = NULL;
    const struct server *server =
        listener->ssl ? listener_find(listener, name, NULL, &failed) : NULL;
    if (server && server->tls) {
        server_list_add(out, server, arena);
    }
    for (size_t i = 0; i < listener->specific_n; i++) {
        find_named(listener->specific[i], name, out, arena);
    }
}

static bool find_servers(const struct settings *settings, const struct cert_config *config,
                         struct server_list *out, struct arena *arena, struct error *err)
{
    for (size_t i = 0; config->server && i < settings->listeners_n; i++) {
        find_named(settings->listeners[i], arena_lower(arena, str_of(config->server)), out, arena);
    }
    for (size_t i = 0; !config->server && i < settings->servers_n; i++) {
        const struct server *server = settings->servers[i];
        if (server->tls && tls_server_verify_mode(server->tls) != VERIFY_OFF) {
            server_list_add(out, server, arena);
        }
    }
    return out->n > 0 || !config->server ||
           error_set(err, "no server block with TLS in \"%s\" has the name \"%s\"", config->path,
                     config->server);
}

/* --- the configuration --- */

static bool cert_config_load(const struct cert_config *config, struct loaded *out,
                             struct arena *arena, struct error *err)
{
    static const unsigned char no_secret[TLS_TICKET_SECRET_LEN];
    struct main_settings main;
    char *directory = getcwd(NULL, 0);
    struct str here = directory ? str_of(directory) : STR("/");
    const struct options options = {
        .conf = path_resolve(arena, here, str_of(config->path)),
        .prefix = config->prefix,
        .quiet = true,
        .only_look = true,
    };
    free(directory);
    struct errors errors;
    errors_init(&errors);
    bool ok = settings_load(&options, &all_modules, no_secret, true, NULL, out, &main, &errors);
    assert(ok || errors.n > 0); /* no load fails without a reason */
    if (!ok && errors.n == 1) {
        error_set(err, "%s", errors.items[0]);
    } else if (!ok) {
        error_set(err, "%s; and %zu more errors, which \"yett -t -c %s\" shows", errors.items[0],
                  errors.n + errors.more - 1, config->path);
    }
    errors_deinit(&errors);
    return ok;
}

bool cert_report_config(struct report *report, const struct cert_config *config,
                        STACK_OF(X509) * certs, time_t now, bool *refused, struct arena *arena,
                        struct error *err)
{
    struct loaded loaded = {0};
    struct server_list servers = {NULL, 0};
    if (!cert_config_load(config, &loaded, arena, err)) {
        return false;
    }
    if (!find_servers(loaded.settings, config, &servers, arena, err)) {
        settings_unload(&loaded);
        return false;
    }
    report_list(report, "config", arena_printf(arena, "With the configuration %s", config->path).p);
    for (size_t i = 0; i < servers.n; i++) {
        report_server(report, loaded.settings, servers.items[i], certs, now, refused, arena);
    }
    report_note(report, "%s",
                servers.n ? "allow, deny, if and the directives inside them are not evaluated"
                          : "no server block asks for client certificates");
    report_list_end(report);
    settings_unload(&loaded);
    return true;
}
