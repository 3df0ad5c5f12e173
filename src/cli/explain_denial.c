/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/explain_denial.h"

#include <errno.h>
#include <stdlib.h>

#include "base/vec.h"
#include "site/places.h"

/* --- what it says --- */

/* What to do, by the word of the reason. */
static const char *advice_for(struct str reason)
{
    static const struct {
        const char *reason;
        const char *advice;
    } ROWS[] = {
        {"no-certificate",
         "The client showed no certificate. Check that it is installed and chosen there; "
         "a browser asks again after a restart."},
        {"expired", "Issue a new certificate: yett ca renew."},
        {"not-yet-valid",
         "Check the clocks of this machine and of the one that issued the certificate."},
        {"revoked", "The certificate is on a CRL. If that is wrong, issue another: yett ca issue."},
        {"self-signed",
         "The certificate is its own issuer. Use one of a CA in ssl_client_certificate."},
        {"unknown-ca",
         "No CA in ssl_client_certificate issued it, or the client does not send its intermediate "
         "certificates, or ssl_verify_depth is smaller than their number."},
        {"bad-signature",
         "The certificate names a trusted CA, but that CA did not sign it. It may be forged."},
        {"wrong-usage", "Its extended key usage has no clientAuth. Issue one for clients."},
        {"not-a-ca",
         "A certificate of its chain is not a CA's. Check the chain that the client sends."},
        {"chain-too-long", "Raise ssl_verify_depth, or use a CA with a shorter chain."},
        {"no-crl", "Each CA of the chain needs a CRL in ssl_crl. yett -t says which is missing."},
        {"crl-expired",
         "Write a new CRL: yett ca crl. ssl_crl_stale says how long an old one is accepted."},
        {"crl-not-yet-valid",
         "Check the clocks of this machine and of the one that wrote the CRL."},
        {"weak", "Its key or digest is too weak for this system. Issue a new one."},
        {"ocsp-failed",
         "The OCSP responder did not answer as it must. Lines before this one say more."},
        {"ocsp-unknown", "The OCSP responder does not know the certificate."},
        {"policy",
         "The client_policy does not allow it. To try a change: yett explain --cert FILE URL."},
    };
    for (size_t i = 0; i < COUNT_OF(ROWS); i++) {
        if (str_eq(reason, str_of(ROWS[i].reason))) {
            return ROWS[i].advice;
        }
    }
    return "yett cert show FILE --trust CA shows what is wrong with a certificate.";
}

static void report_certificate(struct report *report, const struct denial *denial,
                               struct arena *arena)
{
    static const struct {
        const char *name; /* in the line */
        const char *key;
    } ROWS[] = {{"subject", "subject"}, {"issuer", "issuer"}, {"serial", "serial"},
                {"SHA-256", "sha256"},  {"from", "from"},     {"until", "until"}};
    if (!denial->certificate.n) {
        return;
    }
    size_t at = str_search(denial->certificate, STR("; issuers: "));
    report_group(report, "certificate", "Certificate");
    for (size_t i = 0; i < COUNT_OF(ROWS); i++) {
        report_text(report, ROWS[i].key, denial_field(denial, str_of(ROWS[i].name), arena));
    }
    report_text(report, "issuers_sent", str_skip(denial->certificate, at + STR("; issuers: ").n));
    report_group_end(report);
}

void report_denial(struct report *report, const struct denial *denial, struct arena *arena)
{
    report_group(report, NULL, "Refused");
    report_text(report, "id", denial->id);
    report_text(report, "time", denial->time);
    report_text(report, "reason", denial->reason);
    report_text(report, "why", denial->why);
    report_text(report, "request", denial->request);
    report_labelled(report, "advice", "what to do", str_of(advice_for(denial->reason)));
    report_certificate(report, denial, arena);
    report_group_end(report);
}

/* --- the files --- */

struct search {
    struct str id;
    struct arena *arena;
    struct denial *items;
    size_t n;
};

static void search_line(struct search *search, struct str line)
{
    struct denial denial;
    if (denial_read(line, &denial) && str_eq(denial.id, search->id)) {
        struct denial *slot = vec_push(search->arena, &search->items, &search->n, sizeof(*slot));
        (void)denial_read(arena_dup(search->arena, line), slot);
    }
}

static bool search_file(struct search *search, const char *path, bool must_exist, struct error *err)
{
    FILE *file = fopen(path, "re");
    char *line = NULL;
    size_t size = 0;
    if (!file) {
        bool is_gone = errno == ENOENT && !must_exist;
        return is_gone || error_errno(err, errno, "open() \"%s\"", path);
    }
    for (ssize_t n; (n = getline(&line, &size, file)) >= 0;) {
        bool has_end = n > 0 && line[n - 1] == '\n';
        search_line(search, (struct str){line, (size_t)n - has_end});
    }
    bool ok = !ferror(file) || error_errno(err, errno, "read() \"%s\"", path);
    free(line);
    fclose(file);
    return ok;
}

bool denials_find(struct str id, const struct str *files, size_t n, struct arena *arena,
                  struct denial **out, size_t *out_n, struct error *err)
{
    struct search search = {.id = id, .arena = arena};
    bool ok = true;
    for (size_t i = 0; ok && i < n; i++) {
        const char *path = arena_cstr(arena, files[i]);
        ok = search_file(&search, arena_printf(arena, "%s.1", path).p, false, err) &&
             search_file(&search, path, true, err);
    }
    *out = search.items;
    *out_n = search.n;
    return ok;
}

struct log_paths {
    struct arena *arena;
    struct str *items;
    size_t n;
};

static void add_log(struct log_paths *paths, const struct log *log)
{
    for (size_t i = 0; log && i < log->n; i++) {
        struct str path = str_of(log->targets[i].file->path);
        bool known = path.n == 0; /* standard error */
        for (size_t k = 0; k < paths->n && !known; k++) {
            known = str_eq(paths->items[k], path);
        }
        if (!known) {
            struct str *slot = vec_push(paths->arena, &paths->items, &paths->n, sizeof(*slot));
            *slot = path;
        }
    }
}

static void add_log_of(void *arg, const struct settings_place *place)
{
    add_log(arg, place->settings->log);
}

size_t denial_logs(const struct settings *settings, struct arena *arena, const struct str **out)
{
    struct log_paths paths = {.arena = arena};
    add_log(&paths, settings->log);
    places_each(settings, add_log_of, &paths);
    *out = paths.items;
    return paths.n;
}
