/* SPDX-License-Identifier: Apache-2.0 */
/* What a trust set's lists will do to clients, said beforehand. */
#include <stdio.h>

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

static void tell(struct report *report, const char *text)
{
    report->say(report->arg, text);
    report->said++;
}

static bool issued_by(const struct crl_facts *list, const X509 *ca)
{
    return X509_NAME_cmp(X509_get_subject_name(ca), list->issuer) == 0;
}

/* A self-signed CA certificate is asked about in its own lists: those of users do not tell. */
static bool speaks_of(const struct crl_facts *list, X509 *ca)
{
    return list->scope != CRL_USERS_ONLY || !cert_is_authority(ca) ||
           X509_NAME_cmp(X509_get_subject_name(ca), X509_get_issuer_name(ca)) != 0;
}

static bool lasts_longer(const struct crl_facts *a, const struct crl_facts *b)
{
    return b->next_update && (!a->next_update || a->next_update > b->next_update);
}

/* The list of this CA that lasts longest, of those that have begun if there is one. */
static bool best_list(const struct report *report, X509 *ca, struct crl_facts *best)
{
    bool found = false;
    for (size_t i = 0; i < crl_set_size(report->lists); i++) {
        struct crl_facts list = crl_set_facts(report->lists, i);
        if (!issued_by(&list, ca) || !speaks_of(&list, ca)) {
            continue;
        }
        bool started = list.this_update <= report->now;
        bool best_started = found && best->this_update <= report->now;
        if (!found || (started && !best_started) ||
            (started == best_started && lasts_longer(&list, best))) {
            *best = list;
            found = true;
        }
    }
    return found;
}

static void report_ca(struct report *report, X509 *ca)
{
    char name[DN_SHORT_MAX];
    char date[ASN1_TIME_TEXT_MAX], end[ASN1_TIME_TEXT_MAX];
    char text[1024];
    struct crl_facts list = {NULL};
    dn_short(X509_get_subject_name(ca), name);
    if (!best_list(report, ca, &list)) {
        snprintf(text, sizeof(text),
                 "no CRL of \"%s\" in \"%s\": every certificate that it issued will be refused "
                 "(\"unable to get certificate CRL\")",
                 name, report->trust->lists_name);
        tell(report, text);
        return;
    }
    time_t left = list.next_update - report->now;
    if (list.this_update > report->now) {
        snprintf(text, sizeof(text), "the CRL of \"%s\" in \"%.*s\" is valid only from %s", name,
                 STR_ARG(list.file), asn1_date_text(list.this_update, date));
    } else if (list.next_update && left < 0 && -left <= report->trust->grace) {
        snprintf(text, sizeof(text),
                 "the CRL of \"%s\" in \"%.*s\" expired on %s: it counts until %s (ssl_crl_stale)",
                 name, STR_ARG(list.file), asn1_date_text(list.next_update, date),
                 asn1_date_text(list.next_update + report->trust->grace, end));
    } else if (list.next_update && left < 0) {
        snprintf(text, sizeof(text),
                 "the CRL of \"%s\" in \"%.*s\" expired on %s: every certificate that it issued "
                 "will be refused",
                 name, STR_ARG(list.file), asn1_date_text(list.next_update, date));
    } else if (!list.next_update) { /* RFC 5280, 5.1.2.5: every CRL has to have it */
        snprintf(text, sizeof(text),
                 "the CRL of \"%s\" in \"%.*s\" never expires: it has no nextUpdate", name,
                 STR_ARG(list.file));
    } else if (left < SOON) {
        snprintf(text, sizeof(text), "the CRL of \"%s\" in \"%.*s\" expires soon, on %s", name,
                 STR_ARG(list.file), asn1_date_text(list.next_update, date));
    } else {
        return;
    }
    tell(report, text);
}

static void report_orphan(struct report *report, const struct crl_facts *list)
{
    for (int i = 0; i < sk_X509_num(report->trust->authorities); i++) {
        if (issued_by(list, sk_X509_value(report->trust->authorities, i))) {
            return;
        }
    }
    char name[DN_SHORT_MAX];
    char text[1024];
    snprintf(text, sizeof(text),
             "the CRL in \"%.*s\" is of \"%s\", which is none of the trusted certificates",
             STR_ARG(list->file), dn_short(list->issuer, name));
    tell(report, text);
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
    }
    for (size_t i = 0; i < crl_set_size(lists); i++) {
        struct crl_facts list = crl_set_facts(lists, i);
        report_orphan(&report, &list);
    }
    crl_set_unref(lists);
    return report.said;
}
