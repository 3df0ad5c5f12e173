/* SPDX-License-Identifier: Apache-2.0 */
/* `yett explain`: what a configuration decides about one request, and why. */
#include "cli/explain.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/must.h"
#include "cli/cert.h"
#include "cli/command.h"
#include "cli/command_table.h"
#include "cli/config_load.h"
#include "cli/explain_denial.h"
#include "http/uri.h"
#include "policy/identity.h"

/* No answer that a person reads needs more. */
enum { WAYS_BUDGET = 256 };

/* --- from the words to the question --- */

static bool explain_parse_address(struct explain *explain, const char *option, const char *text,
                                  uint16_t port, struct address *out)
{
    return address_parse(str_of(text), port, out) ||
           error_set(&explain->err, "--%s: \"%s\" is no address", option, text);
}

static bool read_addresses(struct explain *explain)
{
    const struct explain_options *options = &explain->options;
    if (options->from &&
        !explain_parse_address(explain, "from", options->from, 0, &explain->peer)) {
        return false;
    }
    if (options->connect_to) {
        explain->has_address = true;
        return explain_parse_address(explain, "connect-to", options->connect_to, explain->url.port,
                                     &explain->address);
    }
    struct str host = explain->url.host;
    if (str_starts(host, STR("["))) {
        host = str_skip(str_head(host, host.n - 1), 1);
    }
    explain->has_address = address_parse(host, 0, &explain->address);
    if (explain->has_address) {
        address_set_port(&explain->address, explain->url.port);
    }
    return true;
}

/* As clients do: an address is no server name (RFC 6066, 3). */
static void choose_sni(struct explain *explain, bool host_is_address)
{
    const struct explain_options *options = &explain->options;
    struct str sni = options->sni      ? str_of(options->sni)
                     : host_is_address ? STR("")
                                       : explain->url.host;
    if (sni.n > 1 && str_ends(sni, STR("."))) {
        sni.n--;
    }
    bool is_sent = explain->url.tls && !options->no_sni;
    explain->sni = is_sent ? arena_lower(&explain->arena, sni) : STR("");
}

bool explain_read_words(struct explain *explain, const struct words *words, struct str *method)
{
    const struct explain_options *options = &explain->options;
    struct address address;
    *method = options->method ? str_of(options->method) : STR("GET");
    if (words->n == 0 || words->n > 2) {
        return error_set(&explain->err, "give one URL, with or without a method before it");
    }
    if (words->n == 2 && options->method && !str_eq(words->items[0], *method)) {
        return error_set(&explain->err, "two methods: \"%.*s\" and \"%.*s\"",
                         STR_ARG(words->items[0]), STR_ARG(*method));
    }
    *method = words->n == 2 ? words->items[0] : *method;
    if (options->sni && options->no_sni) {
        return error_set(&explain->err, "--sni and --no-sni exclude each other");
    }
    if (!explain_url_parse(words->items[words->n - 1], &explain->arena, &explain->url,
                           &explain->err) ||
        !read_addresses(explain)) {
        return false;
    }
    bool is_v6 = str_starts(explain->url.host, STR("["));
    choose_sni(explain, is_v6 || address_parse(explain->url.host, 0, &address));
    return true;
}

static bool explain_load(struct explain *explain)
{
    struct str prefix = str_of(explain->options.prefix);
    if (!str_ends(prefix, STR("/"))) {
        prefix = arena_concat(&explain->arena, prefix, STR("/"));
    }
    const struct options options = {
        .conf = explain->options.config, .prefix = prefix.p, .globals = explain->options.globals};
    bool ok = config_load(&options, &explain->loaded, &explain->err);
    explain->settings = explain->loaded.settings;
    return ok;
}

static void explain_judge(struct explain *explain)
{
    explain->client = (struct client_verdict){.verdict = {.status = VERDICT_NO_CERTIFICATE}};
    if (!explain->entry.secure || explain->entry.refusal) {
        return;
    }
    if (!explain->given) {
        client_judge(explain->entry.server, explain->certs, explain->now, &explain->arena,
                     &explain->client);
    } else if (tls_server_verify_mode(explain->entry.server->tls) != VERIFY_OFF) {
        explain->client.verdict.status = VERDICT_GOOD;
    }
}

/* NULL: no valid certificate. */
static const struct identity *explain_identity(struct explain *explain)
{
    bool good = explain->client.verdict.status == VERDICT_GOOD;
    if (!good || explain->given) {
        return good ? explain->given : NULL;
    }
    return sk_X509_num(explain->certs) > 0
               ? identity_of(sk_X509_value(explain->certs, 0), &explain->arena)
               : NULL;
}

static void form_question(struct explain *explain)
{
    struct question *question = &explain->question;
    question->settings = explain->settings;
    question->facts = (struct walk_facts){
        .listener = explain->entry.listener,
        .entered = explain->entry.server,
        .secure = explain->entry.secure,
        .plain_on_tls = explain->entry.plain_on_tls,
        .has_host = explain->head.has_host,
        .verdict = &explain->client.verdict,
        .identity = explain_identity(explain),
        .peer = &explain->peer,
        .enforced = explain->enforced,
        .unknown = explain->options.from ? 0 : (unsigned)FACT_PEER,
    };
    question->host = explain->host;
    question->method_name = explain->head.method_name;
    question->target = explain->head.target;
    question->told = explain_told(explain, &question->told_n);
    question->all_fields_told = true;
    question->budget = WAYS_BUDGET;
}

bool explain_form(struct explain *explain, struct str method)
{
    if (!explain_enter(explain) || !explain_read_head(explain, method)) {
        return false;
    }
    explain_judge(explain);
    form_question(explain);
    return true;
}

/* --- the answer --- */

static const char *outcome_name(enum explain_outcome outcome)
{
    static const char *const NAMES[] = {
        [EXPLAIN_ANSWERED] = "answered",
        [EXPLAIN_REFUSED] = "refused",
        [EXPLAIN_DEPENDS] = "depends",
    };
    assert((size_t)outcome < sizeof(NAMES) / sizeof(NAMES[0]));
    return NAMES[outcome];
}

static void report_explained(struct explain *explain)
{
    struct report *report = &explain->report;
    explain_report_request(explain);
    explain_report_connection(explain);
    explain_report_certificate(explain);
    explain_report_ways(explain);
    if (report->as_json) {
        report_text(report, "outcome", str_of(outcome_name(explain_outcome(explain))));
    }
}

static int status_of(enum explain_outcome outcome)
{
    static const int STATUS[] = {
        [EXPLAIN_ANSWERED] = COMMAND_OK,
        [EXPLAIN_REFUSED] = EXPLAIN_EXIT_REFUSED,
        [EXPLAIN_DEPENDS] = EXPLAIN_EXIT_DEPENDS,
    };
    return STATUS[outcome];
}

/* What was found is printed whole, or not at all. */
static bool print_explained(struct explain *explain, void (*report_all)(struct explain *explain))
{
    char *text = NULL;
    size_t n = 0;
    FILE *memory = must_have(open_memstream(&text, &n));
    report_begin(&explain->report, explain->options.json, memory);
    report_all(explain);
    report_end(&explain->report);
    fclose(memory);
    /* A first blank line separates sections: there is none before the first. */
    size_t skipped = !explain->options.json && n && text[0] == '\n';
    bool ok = fwrite(text + skipped, 1, n - skipped, stdout) == n - skipped && fflush(stdout) == 0;
    free(text);
    return ok || error_set(&explain->err, "cannot write to standard output");
}

/* --- by the id of a refusal --- */

static void report_denials(struct explain *explain)
{
    report_list(&explain->report, "refusals", NULL);
    for (size_t i = 0; i < explain->denials_n; i++) {
        report_denial(&explain->report, &explain->denials[i], &explain->arena);
    }
    report_list_end(&explain->report);
}

static bool find_denials(struct explain *explain)
{
    const struct explain_options *options = &explain->options;
    const struct str *files = options->logs.items;
    size_t n = options->logs.n;
    if (n == 0) {
        if (!explain_load(explain)) {
            return false;
        }
        n = denial_logs(explain->settings, &explain->arena, &files);
    }
    if (n == 0) {
        return error_set(&explain->err, "\"%s\" has no error_log that is a file: name one by --log",
                         options->config);
    }
    return denials_find(str_of(options->id), files, n, &explain->arena, &explain->denials,
                        &explain->denials_n, &explain->err);
}

static int explain_by_id(const struct usage *usage, struct explain *explain,
                         const struct words *words)
{
    const struct explain_options *options = &explain->options;
    if (words->n || options->cert || options->sni || options->from) {
        error_set(&explain->err, "--id takes no request");
        return command_misused(usage, &explain->err);
    }
    bool found = find_denials(explain), is_there = found && explain->denials_n > 0;
    int status = is_there ? COMMAND_OK : found ? EXPLAIN_EXIT_REFUSED : COMMAND_MISUSED;
    if (found && !is_there) {
        error_set(&explain->err, "no client was refused with the id \"%s\" in these error logs",
                  options->id);
    } else if (is_there && !print_explained(explain, report_denials)) {
        status = COMMAND_MISUSED;
    }
    if (status != COMMAND_OK) {
        (void)command_failed(&explain->err);
    }
    settings_unload(&explain->loaded);
    return status;
}

static int explain_run(const struct usage *usage, struct explain *explain,
                       const struct words *words)
{
    const struct explain_options *options = &explain->options;
    struct str method;
    if (!explain_read_words(explain, words, &method)) {
        return command_misused(usage, &explain->err);
    }
    bool ok = (!options->cert ||
               cert_read(options->cert, options->password_file, explain->certs, &explain->err)) &&
              explain_load(explain) && explain_form(explain, method);
    if (ok) {
        explain_count(explain);
        ok = print_explained(explain, report_explained);
    }
    int status = ok ? status_of(explain_outcome(explain)) : COMMAND_MISUSED;
    if (!ok) {
        (void)command_failed(&explain->err);
    }
    settings_unload(&explain->loaded);
    return status;
}

int explain_main(int argc, char *const *argv)
{
    struct explain explain = {
        .options = {.config = CONFIG_PATH_DEFAULT, .prefix = CONFIG_PREFIX_DEFAULT}};
    struct explain_options *options = &explain.options;
    struct words words = {NULL, 0};
    int status = COMMAND_OK;
    const struct option_row rows[] = {
        {"config", "FILE", "the configuration, as -c of yett (" CONFIG_PATH_DEFAULT ")",
         .value = &options->config, .letter = 'c'},
        {"prefix", "DIR", "its prefix, as -p of yett (" CONFIG_PREFIX_DEFAULT ")",
         .value = &options->prefix, .letter = 'p'},
        {"globals", "DIRECTIVES", "as -g of yett", .value = &options->globals, .letter = 'g'},
        {"cert", "FILE", "client certificate: PEM, DER, PKCS#12; - reads standard input",
         .value = &options->cert, .letter = 'E'},
        {"password-file", "FILE", "the PKCS#12 password is its first line",
         .value = &options->password_file},
        {"sni", "NAME", "the name in SNI (default: the host of the URL)", .value = &options->sni},
        {"no-sni", NULL, "send no SNI", .flag = &options->no_sni},
        {"from", "ADDRESS", "the client's address (default: any)", .value = &options->from},
        {"connect-to", "ADDRESS[:PORT]", "where the client connects to (default: any)",
         .value = &options->connect_to},
        {"request", "METHOD", "the method (default: GET)", .value = &options->method,
         .letter = 'X'},
        {"header", "\"NAME: VALUE\"", "a header; may be repeated", .list = &options->fields,
         .letter = 'H'},
        {"id", "ID", "a client that was refused, by the id on its page", .value = &options->id},
        {"log", "FILE",
         "for --id: an error log (default: those of the configuration); may be repeated",
         .list = &options->logs},
        {"json", NULL, "print JSON", .flag = &options->json},
    };
    const struct usage usage = {
        "yett explain [options] [METHOD] URL\n       yett explain [options] --id ID",
        "Shows what a configuration decides about one request, and why: each step with its file "
        "and\nline. Nothing is sent. The exit status is 0 if the request is answered, 1 if it is "
        "refused,\n3 if that depends on what is not given, and 2 after an error.\n\n"
        "With --id: why a client was refused, from the error log. The exit status is 1 if the id "
        "is\n"
        "not there.",
        rows, COUNT_OF(rows)};
    arena_init(&explain.arena, 0);
    clock_update();
    explain.now = (time_t)(clock_now().real_ms / 1000);
    explain.certs = must_have(sk_X509_new_null());
    if (command_start(&usage, argc, argv, &explain.arena, &words, &status)) {
        status = options->id ? explain_by_id(&usage, &explain, &words)
                             : explain_run(&usage, &explain, &words);
    }
    sk_X509_pop_free(explain.certs, X509_free);
    arena_deinit(&explain.arena);
    return status;
}
