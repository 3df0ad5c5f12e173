/* SPDX-License-Identifier: Apache-2.0 */
/* What a trust set's lists will do to clients, said beforehand. */
#include <stdio.h>

#include "pki/asn1_time.h"
#include "pki/trust_set.h"

enum { SOON = 3 * 24 * 3600 };

struct report {
    void (*say)(void *arg, const char *text);
    void *arg;
    size_t said;
};

static void tell(struct report *report, const char *text)
{
    report->say(report->arg, text);
    report->said++;
}

static bool issued_by(const struct trust_list *list, const X509 *ca)
{
    return X509_NAME_cmp(X509_get_subject_name(ca), X509_CRL_get_issuer(list->crl)) == 0;
}

/* The list of this CA that lasts longest, or NULL. */
static const struct trust_list *best_list(const struct trust *trust, const X509 *ca, time_t now)
{
    const struct trust_list *best = NULL;
    for (size_t i = 0; i < trust->lists_n; i++) {
        const struct trust_list *list = &trust->lists[i];
        if (!issued_by(list, ca)) {
            continue;
        }
        bool started = list->from <= now;
        if (!best || (started && best->from > now) ||
            (started == (best->from <= now) && list->until > best->until)) {
            best = list;
        }
    }
    return best;
}

static void report_ca(const struct trust *trust, const X509 *ca, time_t now, struct report *report)
{
    char name[256];
    char date[ASN1_TIME_TEXT_MAX];
    char text[768];
    X509_NAME_oneline(X509_get_subject_name(ca), name, sizeof(name));
    const struct trust_list *list = best_list(trust, ca, now);
    if (!list) {
        snprintf(text, sizeof(text),
                 "no CRL of \"%s\" in \"%s\": every certificate that it issued will be refused "
                 "(\"unable to get certificate CRL\")",
                 name, trust->lists[0].file);
    } else if (list->from > now) {
        snprintf(text, sizeof(text), "the CRL of \"%s\" in \"%s\" is valid only from %s", name,
                 list->file, asn1_time_text(X509_CRL_get0_lastUpdate(list->crl), date));
    } else if (list->until && list->until < now) {
        snprintf(text, sizeof(text),
                 "the CRL of \"%s\" in \"%s\" expired on %s: every certificate that it issued will "
                 "be refused",
                 name, list->file, asn1_time_text(X509_CRL_get0_nextUpdate(list->crl), date));
    } else if (list->until && list->until - now < SOON) {
        snprintf(text, sizeof(text), "the CRL of \"%s\" in \"%s\" expires soon, on %s", name,
                 list->file, asn1_time_text(X509_CRL_get0_nextUpdate(list->crl), date));
    } else {
        return;
    }
    tell(report, text);
}

static void report_orphan(const struct trust *trust, const struct trust_list *list,
                          struct report *report)
{
    for (int i = 0; i < sk_X509_num(trust->authorities); i++) {
        if (issued_by(list, sk_X509_value(trust->authorities, i))) {
            return;
        }
    }
    char name[256];
    char text[768];
    X509_NAME_oneline(X509_CRL_get_issuer(list->crl), name, sizeof(name));
    snprintf(text, sizeof(text),
             "the CRL in \"%s\" is of \"%s\", which is none of the trusted certificates",
             list->file, name);
    tell(report, text);
}

size_t trust_report(const struct trust *trust, time_t now, void (*say)(void *arg, const char *text),
                    void *arg)
{
    struct report report = {say, arg, 0};
    if (!trust->lists_n) {
        return 0;
    }
    for (int i = 0; i < sk_X509_num(trust->authorities); i++) {
        report_ca(trust, sk_X509_value(trust->authorities, i), now, &report);
    }
    for (size_t i = 0; i < trust->lists_n; i++) {
        report_orphan(trust, &trust->lists[i], &report);
    }
    return report.said;
}
