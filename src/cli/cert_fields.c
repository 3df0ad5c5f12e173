/* SPDX-License-Identifier: Apache-2.0 */
/* One certificate, field by field. */
#include <assert.h>

#include "cli/cert.h"
#include "cli/command.h"
#include "facts/variables.h"
#include "pki/asn1_time.h"
#include "pki/cert.h"
#include "pki/cert_forms.h"
#include "pki/cert_names.h"
#include "pki/cert_uses.h"
#include "script/map_conf.h"

static struct str as_variable(const struct builtin *row, struct arena *arena)
{
    return arena_printf(arena, "$%s", row->name);
}

/* --- $ssl_client_* --- */

/* Those that hold the certificate itself fill screens: people get its size. */
static bool cert_fields_is_whole(const struct builtin *row)
{
    return str_ends(str_of(row->name), STR("cert"));
}

static bool cert_fields_is_time(const struct builtin *row)
{
    struct str name = str_of(row->name);
    return str_search(name, STR("_v_")) < name.n;
}

/* A list, which a map compares as a whole and a client_policy name by name; it is empty for every
 * certificate without. */
static bool cert_fields_is_names(const struct builtin *row)
{
    return str_starts(str_of(row->name), STR("ssl_client_san_"));
}

/* Of a client with this certificate. False: the variable is about something else. */
static bool value_of_variable(const struct builtin *row, X509 *cert, struct arena *arena,
                              struct str *out)
{
    struct value value;
    bool found = variable_of_client(row, cert, NULL, arena, &value) && value.state != VALUE_UNKNOWN;
    *out = found ? value.s : STR("");
    return found;
}

static void report_variables(struct report *report, X509 *cert, struct arena *arena)
{
    report_group(report, "variables", "Variables");
    for (size_t i = 0; i < live_builtins_n; i++) {
        const struct builtin *row = &live_builtins[i];
        struct str value;
        if (value_of_variable(row, cert, arena, &value)) {
            bool brief = cert_fields_is_whole(row) && !report->as_json;
            report_labelled(report, row->name, as_variable(row, arena).p,
                            brief ? arena_printf(arena, "(%zu bytes: --json)", value.n) : value);
        }
    }
    report_group_end(report);
}

/* What a map of that variable needs for this certificate. */
static void report_map_lines(struct report *report, X509 *cert, struct arena *arena)
{
    report_group(report, "map_lines", "Map lines for");
    for (size_t i = 0; i < live_builtins_n; i++) {
        const struct builtin *row = &live_builtins[i];
        struct str value, line;
        if (cert_fields_is_whole(row) || cert_fields_is_time(row) || cert_fields_is_names(row) ||
            !value_of_variable(row, cert, arena, &value)) {
            continue;
        }
        if (map_line_write(value, "1", arena, &line)) {
            report_labelled(report, row->name, as_variable(row, arena).p, line);
        } else {
            report_labelled(report, row->name, as_variable(row, arena).p, STR(""));
            report_note(report, "(too long for a configuration: use a regular expression)");
        }
    }
    report_group_end(report);
}

/* --- names --- */

static void report_names(struct report *report, const char *key, const char *heading,
                         struct cert_names names, bool ok)
{
    report_list(report, key, heading);
    for (size_t i = 0; i < names.n; i++) {
        const struct cert_name *name = &names.items[i];
        if (report->as_json) {
            report_group(report, NULL, "");
            report_text(report, "kind", name->kind);
            report_text(report, "value", name->value);
            report_group_end(report);
        } else {
            report_labelled(report, NULL, name->kind.p, name->value);
        }
    }
    if (!ok) {
        report_note(report, "this extension is malformed or occurs twice");
    } else if (names.n == 0) {
        report_note(report, "none");
    }
    report_list_end(report);
}

static void report_all_names(struct report *report, X509 *cert, struct arena *arena)
{
    struct cert_names names;
    report_names(report, "subject", "Subject", cert_attributes(X509_get_subject_name(cert), arena),
                 true);
    report_names(report, "issuer", "Issuer", cert_attributes(X509_get_issuer_name(cert), arena),
                 true);
    bool ok = cert_alternative_names(cert, arena, &names);
    report_names(report, "alternative_names", "Alternative names", names, ok);
}

static void report_addresses(struct report *report, X509 *cert, struct arena *arena)
{
    struct cert_names names;
    bool ok = cert_crl_addresses(cert, arena, &names);
    report_names(report, "crl_addresses", "CRL distribution points", names, ok);
    ok = cert_authority_addresses(cert, arena, &names);
    report_names(report, "authority_addresses", "OCSP and issuer URLs", names, ok);
}

/* --- numbers, times, keys --- */

static void report_numbers(struct report *report, X509 *cert, struct arena *arena)
{
    report_group(report, "serial", "Serial number");
    report_text(report, "hexadecimal", cert_serial(cert, arena));
    report_text(report, "octets", cert_serial_octets(cert, arena));
    report_text(report, "decimal", cert_serial_decimal(cert, arena));
    report_group_end(report);
    report_group(report, "fingerprints", "Fingerprints");
    report_labelled(report, "sha1", "SHA-1 (nginx)", cert_fingerprint(cert, arena));
    report_labelled(report, "sha256", "SHA-256", cert_sha256(cert, arena));
    report_labelled(report, "key_pin", "key (curl's pin)", cert_key_pin(cert, arena));
    report_group_end(report);
}

struct str cert_when(time_t t, time_t now, struct arena *arena)
{
    static const struct {
        long long seconds;
        const char *name;
    } UNITS[] = {{24 * 3600, "day"}, {3600, "hour"}, {60, "minute"}, {1, "second"}};
    long long span = t > now ? (long long)t - now : (long long)now - t;
    size_t unit = 0;
    while (unit + 1 < COUNT_OF(UNITS) && span < 2 * UNITS[unit].seconds) {
        unit++;
    }
    long long n = span / UNITS[unit].seconds;
    const char *plural = n == 1 ? "" : "s";
    return t > now ? arena_printf(arena, "in %lld %s%s", n, UNITS[unit].name, plural)
                   : arena_printf(arena, "%lld %s%s ago", n, UNITS[unit].name, plural);
}

static void report_time(struct report *report, const char *key, const ASN1_TIME *time, time_t now,
                        struct arena *arena)
{
    char text[ISO_TIME_MAX];
    time_t t;
    if (!asn1_time_get(time, &t)) {
        report_text(report, key, report->as_json ? STR("") : STR("cannot be read"));
    } else if (report->as_json) {
        report_text(report, key, str_of(iso_time(t, text)));
    } else {
        report_text(
            report, key,
            arena_printf(arena, "%s (%.*s)", iso_time(t, text), STR_ARG(cert_when(t, now, arena))));
    }
}

static const char *validity(X509 *cert, time_t now)
{
    time_t from, until;
    if (!asn1_time_get(X509_get0_notBefore(cert), &from) ||
        !asn1_time_get(X509_get0_notAfter(cert), &until)) {
        return "its validity cannot be read";
    }
    return now < from ? "not yet valid" : now > until ? "expired" : NULL;
}

static void report_times(struct report *report, X509 *cert, time_t now, struct arena *arena)
{
    report_group(report, "validity", "Validity");
    report_unless(report, "valid_now", NULL, validity(cert, now));
    report_time(report, "from", X509_get0_notBefore(cert), now, arena);
    report_time(report, "until", X509_get0_notAfter(cert), now, arena);
    report_group_end(report);
}

static void report_words(struct report *report, const char *key, struct cert_words words)
{
    report_texts(report, key, NULL, words.items, words.n);
}

/* Of those whose content is shown. */
static void report_broken(struct report *report, X509 *cert, struct arena *arena)
{
    struct cert_names names;
    struct str broken[3];
    size_t n = 0;
    if (!cert_alternative_names(cert, arena, &names)) {
        broken[n++] = STR("subjectAltName");
    }
    if (!cert_crl_addresses(cert, arena, &names)) {
        broken[n++] = STR("crlDistributionPoints");
    }
    if (!cert_authority_addresses(cert, arena, &names)) {
        broken[n++] = STR("authorityInfoAccess");
    }
    assert(n <= sizeof(broken) / sizeof(broken[0]));
    if (n > 0 || report->as_json) {
        report_texts(report, "broken", "malformed", broken, n);
    }
}

static void report_uses(struct report *report, X509 *cert, struct arena *arena)
{
    report_group(report, "uses", "Usable as");
    report_unless(report, "tls_client", "TLS client", cert_use_refusal(cert, CERT_CLIENT));
    report_unless(report, "tls_server", "TLS server", cert_use_refusal(cert, CERT_SERVER));
    report_unless(report, "authority", "CA", cert_use_refusal(cert, CERT_AUTHORITY));
    report_group_end(report);
    report_group(report, "extensions", "Extensions");
    report_words(report, "key_usage", cert_key_usage(cert, arena));
    report_words(report, "extended_key_usage", cert_extended_key_usage(cert, arena));
    report_text(report, "basic_constraints", cert_constraints(cert, arena));
    report_text(report, "subject_key_id", cert_key_id(cert, arena));
    report_text(report, "authority_key_id", cert_authority_key_id(cert, arena));
    report_words(report, "all", cert_extensions(cert, false, arena));
    report_words(report, "critical", cert_extensions(cert, true, arena));
    report_broken(report, cert, arena);
    report_group_end(report);
}

static void report_key(struct report *report, X509 *cert, struct arena *arena)
{
    report_group(report, "key", "Key and signature");
    report_text(report, "public_key", cert_key_text(cert, arena));
    report_text(report, "signed_with", cert_signature_text(cert, arena));
    report_int(report, "version", X509_get_version(cert) + 1);
    report_group_end(report);
}

void cert_report_fields(struct report *report, X509 *cert, time_t now, struct arena *arena)
{
    report_variables(report, cert, arena);
    report_map_lines(report, cert, arena);
    report_all_names(report, cert, arena);
    report_times(report, cert, now, arena);
    report_numbers(report, cert, arena);
    report_key(report, cert, arena);
    report_uses(report, cert, arena);
    report_addresses(report, cert, arena);
}
