/* SPDX-License-Identifier: Apache-2.0 */
/* What `yett explain` shows before the ways: request, connection, certificate. */
#include <assert.h>

#include "cli/explain.h"
#include "pki/cert.h"
#include "tls/server.h"

struct str explain_place(struct explain *explain, const char *file, unsigned line)
{
    return file ? arena_printf(&explain->arena, "%s:%u", file, line) : STR("");
}

void explain_report_request(struct explain *explain)
{
    struct report *report = &explain->report;
    const struct headers *headers = &explain->head.headers;
    struct str *fields = arena_alloc(&explain->arena, (headers->n + 1) * sizeof(*fields));
    for (size_t i = 0; i < headers->n; i++) {
        fields[i] = arena_printf(&explain->arena, "%.*s: %.*s", STR_ARG(headers->items[i].name),
                                 STR_ARG(headers->items[i].value));
    }
    char from[ADDRESS_TEXT_MAX];
    report_group(report, "request", "Request");
    report_text(report, "method", explain->head.method_name);
    report_text(report, "target", explain->head.target);
    report_texts(report, "headers", NULL, fields, headers->n);
    if (explain->options.from || report->as_json) {
        report_text(report, "from",
                    explain->options.from ? address_host(&explain->peer, from) : STR(""));
    } else {
        report_text(report, "from", STR("any address (--from is not given)"));
    }
    report_group_end(report);
}

/* What the server demands of client certificates. */
static void report_demand(struct explain *explain, const struct server *server)
{
    struct report *report = &explain->report;
    const struct tls_server_settings *tls = &server->settings.tls;
    enum verify_mode mode = tls_server_verify_mode(server->tls);
    report_labelled(report, "ssl_verify_client", "ssl_verify_client",
                    str_of(verify_mode_name(mode)));
    if (mode == VERIFY_OFF && !report->as_json) {
        return;
    }
    report_labelled(report, "ca_file", "CA file", str_of(tls->client_certificate));
    report_labelled(report, "ca_place", "  at", str_of(tls->client_certificate_at));
    if (tls->trusted_certificate || report->as_json) {
        report_labelled(report, "trusted_file", "trusted CA file",
                        str_of(tls->trusted_certificate));
    }
    report_texts(report, "crl_files", "CRL files", tls->crls.items, tls->crls.n);
    if (report->as_json) {
        report_int(report, "verify_depth", (int64_t)tls->verify_depth);
    } else {
        report_labelled(report, NULL, "ssl_verify_depth",
                        arena_decimal(&explain->arena, tls->verify_depth));
    }
}

void explain_report_connection(struct explain *explain)
{
    struct report *report = &explain->report;
    const struct explain_entry *entry = &explain->entry;
    const struct server *server = entry->server;
    struct str place = explain_place(explain, server->file, server->line);
    report_group(report, "connection", "Connection");
    report_text(report, "listener", entry->listener->text);
    report_bool(report, "tls", "TLS", entry->secure);
    if (entry->secure || report->as_json) {
        report_labelled(report, "sni", "SNI", explain->sni);
    }
    if (report->as_json) {
        report_text(report, "server", server->name);
        report_text(report, "place", place);
        report_text(report, "refusal", str_of(entry->refusal));
        report_bool(report, "plain_on_tls", NULL, entry->plain_on_tls);
    } else {
        struct str name = server->name.n ? server->name : STR("(no name)");
        report_labelled(report, "server", entry->secure ? "server (by SNI)" : "default server",
                        name);
        report_labelled(report, "place", "  at", place);
    }
    if (entry->secure) {
        report_demand(explain, server);
    }
    if (entry->refusal) {
        report_note(report, "the handshake fails: %s", entry->refusal);
    }
    if (entry->plain_on_tls) {
        report_note(report, "plain HTTP on a port for TLS");
    }
    report_group_end(report);
}

/* Why it does not count. */
static const char *why_unused(const struct explain *explain)
{
    return !explain->entry.secure ? "without TLS, there is no client certificate"
                                  : "the server does not ask for a client certificate";
}

void explain_report_certificate(struct explain *explain)
{
    struct report *report = &explain->report;
    const struct client_verdict *client = &explain->client;
    bool is_given = sk_X509_num(explain->certs) > 0;
    if (!is_given && !report->as_json && !explain->entry.secure) {
        return;
    }
    report_group(report, "certificate", "Client certificate");
    report_text(report, "file", str_of(explain->options.cert));
    if (is_given) {
        const X509 *cert = sk_X509_value(explain->certs, 0);
        report_text(report, "subject", cert_subject(cert, &explain->arena));
        report_text(report, "issuer", cert_issuer(cert, &explain->arena));
        report_text(report, "serial", cert_serial(cert, &explain->arena));
    }
    if (client->too_large) {
        report_note(report, "the certificate is too large: the handshake fails");
    } else if (explain->entry.secure && !explain->entry.refusal) {
        report_labelled(report, "verdict", "verdict",
                        verdict_text(&client->verdict, &explain->arena));
        report_bool(report, "accepted", NULL, client->status == 0);
        if (client->log.n || report->as_json) {
            report_text(report, "log", client->log);
        }
        if (client->by_ocsp) {
            report_note(
                report,
                "ssl_ocsp is on: a server also asks OCSP responders, this command does not");
        }
    }
    if (report->as_json) {
        report_bool(report, "ocsp_not_asked", NULL, client->by_ocsp);
    }
    if (is_given && client->verdict.status == VERDICT_NO_CERTIFICATE && !client->too_large) {
        report_note(report, "%s", why_unused(explain));
    }
    report_group_end(report);
}
