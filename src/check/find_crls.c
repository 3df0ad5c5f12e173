/* SPDX-License-Identifier: Apache-2.0 */
/* CRLs that are missing, have expired or expire soon; clients whose revocation nothing checks. */
#include <openssl/x509.h>

#include "check/finding.h"
#include "check/places.h"
#include "modules/proxy/proxy_settings.h"
#include "pki/asn1_time.h"
#include "pki/dn.h"
#include "tls/server.h"

/* Soon: the shorter of a week and a quarter of the CRL's period, which may be hours. */
enum { WEEK_S = 7 * 24 * 3600, PERIOD_PART = 4 };

struct crl_look {
    const struct checked *checked;
    struct findings *findings;
    const struct trust *trust;
    struct line_place place;
};

static void look_at_crl(void *arg, const struct crl_facts *crl)
{
    const struct crl_look *look = arg;
    char issuer[DN_SHORT_MAX], from[ASN1_TIME_TEXT_MAX], to[ASN1_TIME_TEXT_MAX];
    time_t left = crl->next_update - look->checked->now;
    time_t period = crl->next_update - crl->this_update;
    time_t soon = period / PERIOD_PART < WEEK_S ? period / PERIOD_PART : WEEK_S;
    bool is_gone = left < 0 && -left > trust_grace(look->trust);
    if (!crl->next_update || left >= soon) {
        return;
    }
    finding_add_once(
        look->checked, look->findings, is_gone ? RULE_CRL_EXPIRED : RULE_CRL_EXPIRES_SOON,
        look->place, "the CRL of \"%s\" in \"%.*s\", of %s, %s on %s%s",
        dn_short(crl->issuer, issuer), STR_ARG(crl->file), asn1_date_text(crl->this_update, from),
        left < 0 ? "expired" : "expires", asn1_date_text(crl->next_update, to),
        left < 0 && !is_gone ? ", and is accepted a while longer (ssl_crl_stale)" : "");
}

static void look_at_trust(const struct crl_look *look)
{
    const STACK_OF(X509) *cas = trust_authorities(look->trust);
    struct crl_set *lists = trust_crls(look->trust);
    char name[DN_SHORT_MAX];
    for (int i = 0; lists && i < sk_X509_num(cas); i++) {
        X509 *ca = sk_X509_value(cas, i);
        if (!trust_crls_of(lists, ca, look->checked->now, look_at_crl, (void *)(uintptr_t)look)) {
            finding_add_once(look->checked, look->findings, RULE_CRL_MISSING, look->place,
                             "none of the CRLs is of the CA \"%s\"",
                             dn_short(X509_get_subject_name(ca), name));
        }
    }
    crl_set_unref(lists);
}

static void look_at_backend(void *arg, const struct settings_place *place)
{
    struct crl_look *look = arg;
    const struct proxy_settings *backend = place_backend(place->settings);
    look->trust = backend && backend->tls.client ? tls_client_trust(backend->tls.client) : NULL;
    look->place = place->at;
    if (look->trust) {
        look_at_trust(look);
    }
}

static bool accepts_revoked(const struct server *server)
{
    enum verify_mode mode = tls_server_verify_mode(server->tls);
    return (mode == VERIFY_ON || mode == VERIFY_OPTIONAL) && server->settings.tls.crls.n == 0 &&
           tls_server_ocsp_mode(server->tls) == OCSP_OFF;
}

/* One note: as a rule all servers have the same directives from the http block. */
static void revoked_report(const struct crl_look *look)
{
    const struct settings *settings = look->checked->settings;
    const struct server *first = NULL;
    size_t n = 0;
    for (size_t i = 0; i < settings->servers_n; i++) {
        const struct server *server = settings->servers[i];
        if (server->tls && accepts_revoked(server)) {
            first = first ? first : server;
            n++;
        }
    }
    if (n > 0) {
        struct str more =
            n > 1 ? arena_printf(look->checked->arena, " (and %zu more)", n - 1) : STR("");
        finding_add(look->checked, look->findings, RULE_NO_REVOCATION,
                    (struct line_place){first->file, first->line},
                    "server \"%.*s\"%.*s accepts revoked client certificates", STR_ARG(first->name),
                    STR_ARG(more));
    }
}

void find_in_crls(const struct checked *checked, struct findings *findings)
{
    struct crl_look look = {.checked = checked, .findings = findings};
    for (size_t i = 0; i < checked->settings->servers_n; i++) {
        const struct server *server = checked->settings->servers[i];
        if (server->tls && tls_server_verify_mode(server->tls) != VERIFY_OFF) {
            look.trust = tls_server_trust(server->tls);
            look.place = server_trust_place(server, checked->arena);
            look_at_trust(&look);
        }
    }
    places_each(checked->settings, look_at_backend, &look);
    revoked_report(&look);
}
