/* SPDX-License-Identifier: Apache-2.0 */
/* The verdict of each server block of a configuration on a client with this chain. */
#include <assert.h>

#include "cli/cert.h"
#include "cli/client_verdict.h"
#include "cli/config_load.h"
#include "facts/variables.h"
#include "script/map.h"
#include "site/listener.h"
#include "site/server.h"
#include "tls/server.h"

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

static void report_refusal(struct report *report, const struct server *server,
                           const struct client_verdict *client, struct arena *arena)
{
    int status = client->status;
    if (report->as_json) {
        report_int(report, "code", client->verdict.code);
        report_int(report, "depth", client->verdict.depth);
        report_int(report, "status", status);
    }
    if (report->as_json || client->log.n) {
        report_text(report, "log", client->log);
    }
    if (report->as_json || status) {
        report_text(report, "answer",
                    status ? answer_text(server, status, arena) : (struct str){NULL, 0});
    }
}

static void report_verdict(struct report *report, const struct server *server,
                           const struct client_verdict *client, bool *refused, struct arena *arena)
{
    enum verify_mode mode = tls_server_verify_mode(server->tls);
    report_labelled(report, "ssl_verify_client", "ssl_verify_client",
                    str_of(verify_mode_name(mode)));
    report_labelled(report, "ssl_client_verify", "$ssl_client_verify",
                    verdict_text(&client->verdict, arena));
    report_bool(report, "accepted", "certificate accepted", client->status == 0);
    report_refusal(report, server, client, arena);
    if (client->status == 0 && client->verdict.status == VERDICT_BAD) {
        report_note(report,
                    "the client is let in anyway: the configuration must check $ssl_client_verify");
    }
    if (report->as_json) {
        report_bool(report, "ocsp_not_asked", NULL, client->by_ocsp);
    } else if (client->by_ocsp) {
        report_note(report,
                    "ssl_ocsp is on: a server also asks OCSP responders, this command does not");
    }
    *refused = *refused || client->status != 0;
}

static void report_server(struct report *report, const struct settings *settings,
                          const struct server *server, STACK_OF(X509) * certs, time_t now,
                          bool *refused, struct arena *arena)
{
    struct client_verdict client;
    assert(server->tls); /* find_servers takes no other */
    struct str place = arena_printf(arena, "%s:%u", server->file, server->line);
    struct str name = server->name.n ? server->name : STR("(no name)");
    report_group(report, NULL, arena_printf(arena, "server %.*s, %s", STR_ARG(name), place.p).p);
    if (report->as_json) {
        report_text(report, "server", server->name);
        report_text(report, "place", place);
    }
    client_judge(server, certs, now, arena, &client);
    if (client.too_large) {
        report_note(report, "the certificate is too large: the handshake would fail");
        report_bool(report, "accepted", NULL, false);
        *refused = true;
    } else {
        report_verdict(report, server, &client, refused, arena);
        report_maps(report, settings, sk_X509_value(certs, 0), &client.verdict, arena);
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

bool cert_report_config(struct report *report, const struct cert_config *config,
                        STACK_OF(X509) * certs, time_t now, bool *refused, struct arena *arena,
                        struct error *err)
{
    struct loaded loaded = {0};
    struct server_list servers = {NULL, 0};
    const struct options options = {.conf = config_path(config->path, arena),
                                    .prefix = config->prefix};
    if (!config_load(&options, &loaded, err)) {
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
