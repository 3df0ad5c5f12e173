/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates of CAs, servers and of yett itself: their dates, and the chains that CAs make. */
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "check/finding.h"
#include "check/places.h"
#include "modules/proxy/proxy_settings.h"
#include "pki/asn1_time.h"
#include "pki/dn.h"
#include "tls/server.h"

enum {
    DAY_S = 24 * 3600,
    CA_SOON_S = 30 * DAY_S,
    CERTIFICATE_SOON_S = 14 * DAY_S,
    SHORT_LIVED_S = 10 * DAY_S
};
enum { CHAIN_MAX = 32 };

struct trust_look {
    const struct checked *checked;
    struct findings *findings;
    struct line_place place;
};

/* --- dates --- */

static void look_at_end(const struct trust_look *look, const X509 *cert, const char *what,
                        struct str file, const enum rule rules[2], time_t soon)
{
    time_t end;
    char name[DN_SHORT_MAX], date[ASN1_TIME_TEXT_MAX];
    if (!asn1_time_get(X509_get0_notAfter(cert), &end) || end - look->checked->now >= soon) {
        return;
    }
    bool is_over = end < look->checked->now;
    finding_add_once(
        look->checked, look->findings, rules[!is_over], look->place, "%s \"%s\"%s%.*s%s %s on %s",
        what, dn_short(X509_get_subject_name(cert), name), file.n ? " in \"" : "", STR_ARG(file),
        file.n ? "\"" : "", is_over ? "expired" : "expires", asn1_date_text(end, date));
}

/* Certificates for days only are renewed by programs: of them the last quarter is soon. */
static time_t certificate_soon(const X509 *cert)
{
    time_t start, end;
    bool known = asn1_time_get(X509_get0_notBefore(cert), &start) &&
                 asn1_time_get(X509_get0_notAfter(cert), &end);
    return known && end - start <= SHORT_LIVED_S ? (end - start) / 4 : CERTIFICATE_SOON_S;
}

static void look_at_certificate(const struct trust_look *look, const X509 *cert, const char *what,
                                struct str file)
{
    static const enum rule rules[] = {RULE_CERTIFICATE_EXPIRED, RULE_CERTIFICATE_EXPIRES_SOON};
    look_at_end(look, cert, what, file, rules, certificate_soon(cert));
}

/* A certificate of the same CA, by its name, that lasts longer. */
static bool is_renewed(const STACK_OF(X509) * cas, const X509 *ca)
{
    for (int i = 0; i < sk_X509_num(cas); i++) {
        const X509 *other = sk_X509_value(cas, i);
        if (X509_NAME_cmp(X509_get_subject_name(other), X509_get_subject_name(ca)) == 0 &&
            ASN1_TIME_compare(X509_get0_notAfter(other), X509_get0_notAfter(ca)) > 0) {
            return true;
        }
    }
    return false;
}

static void look_at_cas(const struct trust_look *look, const struct trust *trust, struct str file)
{
    static const enum rule rules[] = {RULE_CA_EXPIRED, RULE_CA_EXPIRES_SOON};
    const STACK_OF(X509) *cas = trust_authorities(trust);
    for (int i = 0; i < sk_X509_num(cas); i++) {
        X509 *ca = sk_X509_value(cas, i);
        if (!is_renewed(cas, ca)) {
            look_at_end(look, ca, "the trusted CA", file, rules, CA_SOON_S);
        }
    }
}

/* --- chains --- */

static X509 *find_issuer(const STACK_OF(X509) * cas, X509 *cert)
{
    for (int i = 0; i < sk_X509_num(cas); i++) {
        X509 *ca = sk_X509_value(cas, i);
        if (ca != cert && X509_check_issued(ca, cert) == X509_V_OK) {
            return ca;
        }
    }
    return NULL;
}

/* How many intermediates a client of this CA has; -1: its chain does not end at a root. */
static int intermediates_of(const STACK_OF(X509) * cas, X509 *ca)
{
    int n = 0;
    while (ca && n < CHAIN_MAX && X509_check_issued(ca, ca) != X509_V_OK) {
        ca = find_issuer(cas, ca);
        n++;
    }
    return ca && n < CHAIN_MAX ? n : -1;
}

static void look_at_depth(const struct trust_look *look, const struct trust *trust,
                          const char *directive)
{
    const STACK_OF(X509) *cas = trust_authorities(trust);
    char name[DN_SHORT_MAX];
    for (int i = 0; i < sk_X509_num(cas); i++) {
        X509 *ca = sk_X509_value(cas, i);
        int n = intermediates_of(cas, ca);
        if (n > (int)trust_depth(trust)) {
            finding_add_once(look->checked, look->findings, RULE_DEPTH_TOO_SMALL, look->place,
                             "certificates of \"%s\" have %d intermediate CAs, and %s allows %u: "
                             "yett rejects them",
                             dn_short(X509_get_subject_name(ca), name), n, directive,
                             trust_depth(trust));
        }
    }
}

/* --- where they are --- */

/* The file of the CAs, if they are in one. */
static struct str only_file(const struct tls_server_settings *settings)
{
    const char *a = settings->client_certificate, *b = settings->trusted_certificate;
    return a && b ? STR("") : str_of(a ? a : b ? b : "");
}

static void look_at_server(struct trust_look *look, const struct server *server)
{
    const struct tls_server_settings *settings = &server->settings.tls;
    X509 *cert;
    look->place = (struct line_place){server->file, server->line};
    for (size_t i = 0; (cert = tls_server_certificate(server->tls, i)); i++) {
        look_at_certificate(look, cert, "the server certificate", settings->certificates.items[i]);
    }
    if (tls_server_verify_mode(server->tls) != VERIFY_OFF) {
        look->place = server_trust_place(server, look->checked->arena);
        look_at_cas(look, tls_server_trust(server->tls), only_file(settings));
        look_at_depth(look, tls_server_trust(server->tls), "ssl_verify_depth");
    }
}

static void look_at_backend_tls(void *arg, const struct settings_place *place)
{
    struct trust_look *look = arg;
    const struct proxy_settings *backend = place_backend(place->settings);
    look->place = place->at;
    if (!backend || !backend->tls.client) {
        return;
    }
    if (backend->tls.keypair) {
        look_at_certificate(look, tls_keypair_certificate(backend->tls.keypair),
                            "the client certificate for backends", backend->tls.certificate.text);
    }
    if (tls_client_trust(backend->tls.client)) {
        const char *file = backend->tls.settings.trusted_certificate;
        look_at_cas(look, tls_client_trust(backend->tls.client), str_of(file ? file : ""));
        look_at_depth(look, tls_client_trust(backend->tls.client), "proxy_ssl_verify_depth");
    }
}

void find_in_trust(const struct checked *checked, struct findings *findings)
{
    struct trust_look look = {.checked = checked, .findings = findings};
    for (size_t i = 0; i < checked->settings->servers_n; i++) {
        if (checked->settings->servers[i]->tls) {
            look_at_server(&look, checked->settings->servers[i]);
        }
    }
    places_each(checked->settings, look_at_backend_tls, &look);
}
