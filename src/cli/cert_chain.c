/* SPDX-License-Identifier: Apache-2.0 */
/* How the certificates of one file, or of one server, hang together. */
#include <assert.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "cli/cert.h"
#include "cli/command.h"
#include "pki/asn1_time.h"
#include "pki/cert.h"
#include "pki/cert_forms.h"

/* The way from the first certificate upwards, by its issuers. */
struct path {
    int *positions; /* in the file, from 0 */
    int n;
    bool self_signed; /* its last one */
};

static bool cert_chain_issued_by(X509 *cert, X509 *issuer)
{
    EVP_PKEY *key = X509_get0_pubkey(issuer);
    bool yes = X509_check_issued(issuer, cert) == X509_V_OK && key && X509_verify(cert, key) == 1;
    ERR_clear_error();
    return yes;
}

static bool is_on(const struct path *path, int position)
{
    for (int i = 0; i < path->n; i++) {
        if (path->positions[i] == position) {
            return true;
        }
    }
    return false;
}

static int cert_chain_find_issuer(const struct path *path, STACK_OF(X509) * certs, X509 *cert)
{
    for (int i = 0; i < sk_X509_num(certs); i++) {
        if (!is_on(path, i) && cert_chain_issued_by(cert, sk_X509_value(certs, i))) {
            return i;
        }
    }
    return -1;
}

static struct path find_path(STACK_OF(X509) * certs, struct arena *arena)
{
    struct path path = {.positions = arena_alloc(arena, sizeof(int) * (size_t)sk_X509_num(certs))};
    for (int next = 0; next >= 0;) {
        assert(path.n < sk_X509_num(certs)); /* each is on it once */
        X509 *cert = sk_X509_value(certs, next);
        path.positions[path.n++] = next;
        path.self_signed = cert_chain_issued_by(cert, cert);
        next = path.self_signed ? -1 : cert_chain_find_issuer(&path, certs, cert);
    }
    return path;
}

static void report_one(struct report *report, X509 *cert, struct str heading, struct arena *arena)
{
    char text[ISO_TIME_MAX];
    time_t until;
    bool readable = asn1_time_get(X509_get0_notAfter(cert), &until);
    report_group(report, NULL, heading.p);
    report_text(report, "subject", cert_subject(cert, arena));
    report_text(report, "issuer", cert_issuer(cert, arena));
    report_text(report, "serial", cert_serial(cert, arena));
    report_text(report, "until", readable ? str_of(iso_time(until, text)) : STR(""));
    report_text(report, "sha256", cert_sha256(cert, arena));
}

static struct str end_text(const struct path *path, STACK_OF(X509) * certs, struct arena *arena)
{
    assert(path->n > 0); /* the first certificate at least */
    const X509 *last = sk_X509_value(certs, path->positions[path->n - 1]);
    struct str name = cert_subject(last, arena);
    if (path->self_signed) {
        return arena_printf(arena, "at \"%.*s\", which is self-signed%s", STR_ARG(name),
                            path->n > 1 ? ": a peer accepts it only if it already trusts it" : "");
    }
    return arena_printf(arena, "at \"%.*s\": the certificate of its issuer \"%.*s\" is missing",
                        STR_ARG(name), STR_ARG(cert_issuer(last, arena)));
}

static void report_others(struct report *report, const struct path *path, STACK_OF(X509) * certs,
                          struct arena *arena)
{
    if (path->n == sk_X509_num(certs) && !report->as_json) {
        return;
    }
    report_list(report, "others", "Not part of the chain");
    for (int i = 0; i < sk_X509_num(certs); i++) {
        if (!is_on(path, i)) {
            report_item(report, cert_subject(sk_X509_value(certs, i), arena));
        }
    }
    report_list_end(report);
}

/* RFC 8446, 4.4.2: each should certify the one before it. */
static bool in_order(const struct path *path)
{
    for (int i = 0; i < path->n; i++) {
        if (path->positions[i] != i) {
            return false;
        }
    }
    return true;
}

void cert_report_chain(struct report *report, STACK_OF(X509) * certs, struct arena *arena)
{
    struct path path = find_path(certs, arena);
    report_list(report, "chain", "Chain");
    for (int i = 0; i < path.n; i++) {
        int position = path.positions[i];
        struct str heading = arena_printf(arena, "depth %d, certificate %d of %d", i, position + 1,
                                          sk_X509_num(certs));
        report_one(report, sk_X509_value(certs, position), heading, arena);
        if (report->as_json) {
            report_int(report, "depth", i);
            report_int(report, "position", position + 1);
        }
        report_group_end(report);
    }
    report_list_end(report);
    report_group(report, "chain_end", "The chain ends");
    report_text(report, "where", end_text(&path, certs, arena));
    report_bool(report, "self_signed", NULL, path.self_signed);
    report_bool(report, "in_order", NULL, in_order(&path));
    report_group_end(report);
    report_others(report, &path, certs, arena);
}
