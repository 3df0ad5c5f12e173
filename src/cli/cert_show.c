/* SPDX-License-Identifier: Apache-2.0 */
/* `yett cert show`: a certificate as the rules of a configuration see it. */
#include <assert.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/must.h"
#include "cli/cert.h"
#include "cli/command.h"
#include "cli/config_load.h"

enum { TIMEOUT_DEFAULT = 10, TIMEOUT_MAX = 600 };

/* One run. */
struct show {
    struct arena arena;
    struct words words;
    struct error err;
    struct report report;
    bool json;
    const char *password_file;
    const char *authorities;
    const char *connect_to;
    const char *timeout;
    struct cert_config config;
    STACK_OF(X509) * certs;
    time_t now;
    bool refused;
};

/* --- a server --- */

static void report_connection(struct report *report, const struct cert_server *server)
{
    report_group(report, "connection", "Connection");
    report_text(report, "address", server->address);
    report_text(report, "protocol", str_of(server->protocol));
    report_text(report, "cipher", str_of(server->cipher));
    if (server->failure.n || report->as_json) {
        report_text(report, "failure", server->failure);
    }
    report_bool(report, "asks_for_a_certificate", NULL, server->asks);
    if (server->asks || report->as_json) {
        report_texts(report, "of_these_authorities", "accepted CAs", server->authorities,
                     server->authorities_n);
    }
    report_group_end(report);
    if (server->asks && server->authorities_n == 0) {
        report_note(report, "  the server names no CA: browsers offer all their certificates");
    }
}

/* --- what is shown --- */

static bool report_all(struct show *show, const char *source, const struct cert_server *server,
                       const char *host)
{
    struct report *report = &show->report;
    bool refused = false;
    assert(sk_X509_num(show->certs) > 0); /* else it was an error to read them */
    report_text(report, "source", str_of(source));
    report_int(report, "certificates", sk_X509_num(show->certs));
    if (server) {
        report_connection(report, server);
    }
    cert_report_fields(report, sk_X509_value(show->certs, 0), show->now, &show->arena);
    cert_report_chain(report, show->certs, &show->arena);
    if ((show->authorities || (host && access(CERT_SYSTEM_AUTHORITIES, R_OK) == 0)) &&
        !cert_report_trust(report, show->authorities, show->certs, host, show->now, &refused,
                           &show->arena, &show->err)) {
        return false;
    }
    show->refused = refused && show->authorities;
    return !show->config.path || cert_report_config(report, &show->config, show->certs, show->now,
                                                    &show->refused, &show->arena, &show->err);
}

/* A name with "://" is a server, whatever files there are; what is a file is a file. */
static bool is_server(struct str source, struct cert_target *target)
{
    bool is_url = str_search(source, STR("://")) < source.n;
    bool is_file = !is_url && (str_eq(source, STR("-")) || access(source.p, F_OK) == 0);
    return !is_file && cert_target_parse(source, target);
}

static bool show_server(struct show *show, const char *source, struct cert_target *target)
{
    struct cert_server server = {.certs = show->certs};
    uint64_t timeout = TIMEOUT_DEFAULT;
    if (show->timeout && (!str_to_u64(str_of(show->timeout), TIMEOUT_MAX, &timeout) || !timeout)) {
        return error_set(&show->err, "--timeout: \"%s\" is not a number of seconds from 1 to %d",
                         show->timeout, TIMEOUT_MAX);
    }
    target->connect_to = show->connect_to;
    target->timeout_s = (unsigned)timeout;
    return cert_server_ask(target, &show->arena, &server, &show->err) &&
           report_all(show, source, &server, arena_cstr(&show->arena, target->host));
}

static bool show_it(struct show *show)
{
    assert(show->words.n == 1);
    const char *source = show->words.items[0].p;
    struct cert_target target = {.port = 0};
    if (is_server(str_of(source), &target)) {
        return show_server(show, source, &target);
    }
    if (str_search(str_of(source), STR("://")) < strlen(source)) {
        return error_set(&show->err,
                         "\"%s\" is not the URL of a TLS server: use https://HOST[:PORT]", source);
    }
    return cert_read(source, show->password_file, show->certs, &show->err) &&
           report_all(show, source, NULL, NULL);
}

/* What was found is printed whole, or not at all. */
static int show_and_end(struct show *show)
{
    char *text = NULL;
    size_t n = 0;
    FILE *memory = must_have(open_memstream(&text, &n));
    report_begin(&show->report, show->json, memory);
    bool ok = show_it(show);
    report_end(&show->report);
    fclose(memory);
    if (ok) {
        ok = (fwrite(text, 1, n, stdout) == n && fflush(stdout) == 0) ||
             error_set(&show->err, "cannot write to standard output");
    }
    free(text);
    return !ok ? command_failed(&show->err) : show->refused ? CERT_EXIT_REFUSED : COMMAND_OK;
}

int cert_show_main(int argc, char *const *argv)
{
    struct show show = {.config = {.prefix = CONFIG_PREFIX_DEFAULT}};
    int status = COMMAND_OK;
    const struct option_row rows[] = {
        {"config", "FILE", "show the verdict of this configuration", .value = &show.config.path},
        {"prefix", "DIR", "prefix of that configuration, as -p (" CONFIG_PREFIX_DEFAULT ")",
         .value = &show.config.prefix},
        {"server", "NAME", "only the server block for this name", .value = &show.config.server},
        {"ca", "FILE", "verify against these CA certificates", .value = &show.authorities},
        {"password-file", "FILE", "the PKCS#12 password is its first line",
         .value = &show.password_file},
        {"connect-to", "HOST:PORT", "connect here, not to the host in the URL",
         .value = &show.connect_to},
        {"timeout", "SECONDS", "time limit for connection and handshake (default: 10)",
         .value = &show.timeout},
        {"json", NULL, "print JSON", .flag = &show.json},
    };
    const struct usage usage = {
        "yett cert show [options] FILE|URL",
        "Shows a certificate and its chain as a configuration sees them. FILE is PEM, DER "
        "or\nPKCS#12, or - for standard input. URL is https://HOST[:PORT] or HOST:PORT.\nThe exit "
        "status is 3 if --config or --ca rejects the certificate.",
        rows, COUNT_OF(rows)};
    arena_init(&show.arena, 0);
    clock_update();
    show.now = (time_t)(clock_now().real_ms / 1000);
    show.certs = must_have(sk_X509_new_null());
    if (command_start(&usage, argc, argv, &show.arena, &show.words, &status)) {
        if (show.words.n != 1) {
            error_set(&show.err, "no certificate to show: give one FILE or URL");
            status = command_misused(&usage, &show.err);
        } else if (show.config.server && !show.config.path) {
            error_set(&show.err, "--server needs --config FILE");
            status = command_misused(&usage, &show.err);
        } else {
            status = show_and_end(&show);
        }
    }
    sk_X509_pop_free(show.certs, X509_free);
    arena_deinit(&show.arena);
    return status;
}
