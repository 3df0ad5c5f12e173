/* SPDX-License-Identifier: Apache-2.0 */
/* What a trust set's CRLs will do to clients, reported in advance. */
#include <assert.h>
#include <openssl/x509v3.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/must.h"
#include "pki/asn1_time.h"
#include "pki/cert.h"
#include "pki/dn.h"
#include "pki/trust_set.h"

enum { SOON = 3 * 24 * 3600 };

struct report {
    const struct trust *trust;
    const struct crl_set *lists;
    time_t now;
    void (*say)(void *arg, const char *text);
    void *arg;
    size_t said;
};

static void trust_report_tell(struct report *report, const char *text)
{
    report->say(report->arg, text);
    report->said++;
}

static bool trust_report_issued_by(const struct crl_facts *list, const X509 *ca)
{
    return X509_NAME_cmp(X509_get_subject_name(ca), list->issuer) == 0;
}

/* A self-signed CA certificate is looked up in its own CRLs, not in those for user certificates. */
static bool speaks_of(const struct crl_facts *list, X509 *ca)
{
    return list->scope != CRL_ATTRIBUTES_ONLY &&
           (list->scope != CRL_USERS_ONLY || !cert_is_authority(ca) ||
            X509_NAME_cmp(X509_get_subject_name(ca), X509_get_issuer_name(ca)) != 0);
}

static bool lasts_longer(const struct crl_facts *a, const struct crl_facts *b)
{
    return b->next_update && (!a->next_update || a->next_update > b->next_update);
}

/* Of all points: the CRL of this CA that expires last, of those that have begun if there is one. */
static bool best_list(const struct crl_set *lists, X509 *ca, time_t now, struct crl_facts *best)
{
    bool found = false;
    for (size_t i = 0; i < crl_set_size(lists); i++) {
        struct crl_facts list = crl_set_facts(lists, i);
        if (list.point.n || !trust_report_issued_by(&list, ca) || !speaks_of(&list, ca)) {
            continue;
        }
        bool started = list.this_update <= now;
        bool best_started = found && best->this_update <= now;
        if (!found || (started && !best_started) ||
            (started == best_started && lasts_longer(&list, best))) {
            *best = list;
            found = true;
        }
    }
    return found;
}

size_t trust_crls_of(const struct crl_set *lists, X509 *ca, time_t now,
                     void (*tell)(void *arg, const struct crl_facts *crl), void *arg)
{
    size_t n = 0;
    struct crl_facts best;
    for (size_t i = 0; i < crl_set_size(lists); i++) {
        struct crl_facts list = crl_set_facts(lists, i);
        if (list.point.n && trust_report_issued_by(&list, ca) && speaks_of(&list, ca)) {
            tell(arg, &list);
            n++;
        }
    }
    if (best_list(lists, ca, now, &best)) {
        tell(arg, &best);
        n++;
    }
    return n;
}

/* `CRL of "CN=…" for "http://…" in "file"` */
static struct str list_text(const struct crl_facts *list, struct buf *out)
{
    char name[DN_SHORT_MAX];
    buf_printf(out, "CRL of \"%s\"", dn_short(list->issuer, name));
    if (list->point.n) {
        buf_printf(out, " for \"%.*s\"", STR_ARG(list->point));
    }
    buf_printf(out, " in \"%.*s\"", STR_ARG(list->file));
    return buf_view(out);
}

static void report_dates(void *arg, const struct crl_facts *list)
{
    struct report *report = arg;
    assert(list->issuer);
    char date[ASN1_TIME_TEXT_MAX], end[ASN1_TIME_TEXT_MAX];
    char text[1024];
    struct buf which = {0};
    struct str crl = list_text(list, &which);
    time_t left = list->next_update - report->now;
    text[0] = '\0';
    if (list->this_update > report->now && list->follows) {
        snprintf(text, sizeof(text),
                 "the %.*s begins on %s: until then the previous CRL is in force, and yett rejects "
                 "the certificates that either of them revokes",
                 STR_ARG(crl), asn1_date_text(list->this_update, date));
    } else if (list->this_update > report->now + CRL_SKEW_S) {
        snprintf(text, sizeof(text), "the %.*s is not valid before %s", STR_ARG(crl),
                 asn1_date_text(list->this_update, date));
    } else if (list->next_update && left < 0 && -left <= report->trust->grace) {
        snprintf(text, sizeof(text),
                 "the %.*s expired on %s: yett accepts it until %s (ssl_crl_stale)", STR_ARG(crl),
                 asn1_date_text(list->next_update, date),
                 asn1_date_text(list->next_update + report->trust->grace, end));
    } else if (list->next_update && left < 0) {
        snprintf(text, sizeof(text), "the %.*s expired on %s: yett rejects every certificate %s",
                 STR_ARG(crl), asn1_date_text(list->next_update, date),
                 list->point.n ? "with this distribution point" : "issued by this CA");
    } else if (!list->next_update) { /* RFC 5280, 5.1.2.5: every CRL has to have it */
        snprintf(text, sizeof(text), "the %.*s never expires: it has no nextUpdate", STR_ARG(crl));
    } else if (left < SOON) {
        snprintf(text, sizeof(text), "the %.*s expires soon, on %s", STR_ARG(crl),
                 asn1_date_text(list->next_update, date));
    }
    buf_deinit(&which);
    if (text[0]) {
        trust_report_tell(report, text);
    }
}

static void report_ca(struct report *report, X509 *ca)
{
    char name[DN_SHORT_MAX];
    char text[1024];
    if (!trust_crls_of(report->lists, ca, report->now, report_dates, report)) {
        snprintf(text, sizeof(text),
                 "no CRL of \"%s\" in \"%s\": yett rejects every certificate issued by this CA "
                 "(\"unable to get certificate CRL\")",
                 dn_short(X509_get_subject_name(ca), name), report->trust->lists_name);
        trust_report_tell(report, text);
    }
}

static X509 *issuer_of(const struct report *report, X509 *ca)
{
    for (int i = 0; i < sk_X509_num(report->trust->authorities); i++) {
        X509 *issuer = sk_X509_value(report->trust->authorities, i);
        if (X509_check_issued(issuer, ca) == X509_V_OK && issuer != ca) {
            return issuer;
        }
    }
    return NULL;
}

static bool has_list(const struct report *report, const X509 *ca)
{
    bool found = false;
    for (size_t i = 0; !found && i < crl_set_size(report->lists); i++) {
        struct crl_facts list = crl_set_facts(report->lists, i);
        found = trust_report_issued_by(&list, ca);
    }
    return found;
}

/* A CA that no CRL of its issuer covers: all certificates below it are rejected. */
static void report_unspoken(struct report *report, X509 *ca)
{
    char name[DN_SHORT_MAX], issuer_name[DN_SHORT_MAX], point[DIST_TEXT_MAX];
    char text[1024];
    struct crl_question question;
    X509 *issuer = issuer_of(report, ca);
    STACK_OF(X509) *chain = must_have(sk_X509_new_null());
    bool asked = issuer && has_list(report, issuer) && sk_X509_push(chain, ca) &&
                 sk_X509_push(chain, issuer) && crl_question_of(chain, 0, &question);
    sk_X509_free(chain);
    if (!asked || crl_set_check(report->lists, &question, report->trust->grace, report->now).code !=
                      X509_V_ERR_UNABLE_TO_GET_CRL) {
        return;
    }
    dist_points_text(ca, point);
    snprintf(text, sizeof(text),
             "no CRL of \"%s\" in \"%s\" is for the distribution point of the CA \"%s\" (%s): yett "
             "rejects every certificate issued by that CA (\"unable to get certificate CRL\")",
             dn_short(X509_get_subject_name(issuer), issuer_name), report->trust->lists_name,
             dn_short(X509_get_subject_name(ca), name), point[0] ? point : "none");
    trust_report_tell(report, text);
}

static void report_orphan(struct report *report, const struct crl_facts *list)
{
    for (int i = 0; i < sk_X509_num(report->trust->authorities); i++) {
        if (trust_report_issued_by(list, sk_X509_value(report->trust->authorities, i))) {
            return;
        }
    }
    char name[DN_SHORT_MAX];
    char text[1024];
    snprintf(text, sizeof(text),
             "the issuer \"%s\" of the CRL in \"%.*s\" is not among the trusted certificates",
             dn_short(list->issuer, name), STR_ARG(list->file));
    trust_report_tell(report, text);
}

size_t trust_report(const struct trust *trust, time_t now, void (*say)(void *arg, const char *text),
                    void *arg)
{
    struct crl_set *lists = trust->lists ? crl_slot_ref(trust->lists) : NULL;
    struct report report = {trust, lists, now, say, arg, 0};
    if (!lists) {
        return 0;
    }
    for (int i = 0; i < sk_X509_num(trust->authorities); i++) {
        report_ca(&report, sk_X509_value(trust->authorities, i));
        report_unspoken(&report, sk_X509_value(trust->authorities, i));
    }
    for (size_t i = 0; i < crl_set_size(lists); i++) {
        struct crl_facts list = crl_set_facts(lists, i);
        report_orphan(&report, &list);
    }
    crl_set_unref(lists);
    return report.said;
}

const char *trust_verdict_point(const struct verdict *verdict, X509 *leaf,
                                char out[static TRUST_POINT_MAX])
{
    char point[DIST_TEXT_MAX] = "";
    if (verdict->status == VERDICT_BAD && verdict->code == X509_V_ERR_UNABLE_TO_GET_CRL &&
        verdict->depth == 0) {
        dist_points_text(leaf, point);
    }
    out[0] = '\0';
    if (point[0]) {
        snprintf(out, TRUST_POINT_MAX, ", distribution point: \"%s\"", point);
    }
    return out;
}
