/* SPDX-License-Identifier: Apache-2.0 */
#include "ca/issue.h"

#include <assert.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <time.h>

#include "ca/certificate.h"
#include "ca/pending_keys.h"
#include "ca/publish.h"
#include "ca/san.h"
#include "ca/subject.h"
#include "pki/asn1_time.h"
#include "pki/dn.h"

enum { DAY = 86400 };

/* One certificate on its way. */
struct draft {
    enum cert_kind kind;
    struct str name;
    X509_NAME *subject;
    GENERAL_NAMES *sans;
    EVP_PKEY *public_key; /* borrowed; NULL: make one */
    int64_t not_before, not_after;
};

/* What one call issues, and the keys that it makes. */
struct batch {
    struct ca *ca;
    EVP_PKEY_CTX *maker;
    struct pending_keys keys;
};

EVP_PKEY *request_key(struct str pem, const char *path, struct error *err)
{
    BIO *bio = BIO_new_mem_buf(pem.p, (int)pem.n);
    X509_REQ *request = bio ? PEM_read_bio_X509_REQ(bio, NULL, NULL, NULL) : NULL;
    EVP_PKEY *key = request ? X509_REQ_get_pubkey(request) : NULL;
    bool ok = false;
    if (!request) {
        error_set(err, "no PEM certificate signing request in \"%s\"", path);
    } else if (!key) {
        error_set(err, "unsupported key in the certificate signing request \"%s\"", path);
    } else if (!key_accept(key, err)) {
        error_prefix(err, "certificate signing request \"%s\"", path);
    } else if (X509_REQ_verify(request, key) != 1) {
        /* RFC 2986, 3: the signature shows that the requester has the private key. */
        error_set(err, "the certificate signing request \"%s\" is not signed by its own key", path);
    } else {
        ok = true;
    }
    ERR_clear_error();
    X509_REQ_free(request);
    BIO_free(bio);
    if (!ok) {
        EVP_PKEY_free(key);
        return NULL;
    }
    return key;
}

/* As the order says it, but no longer than the issuer. */
static bool span_given(struct ca *ca, struct draft *draft, const struct issue_order *order,
                       struct error *err)
{
    char end[ASN1_TIME_TEXT_MAX];
    const struct record *issuer = &ca->issuer->record;
    assert(order->not_before && order->not_before < order->not_after && !order->days);
    draft->not_before = order->not_before;
    draft->not_after = order->not_after;
    return draft->not_after <= issuer->not_after ||
           error_set(err, "the %s certificate expires before, at %s", ca->issuer->name,
                     asn1_date_text((time_t)issuer->not_after, end));
}

static bool span_set(struct ca *ca, struct draft *draft, int days, int64_t standard,
                     struct error *err)
{
    char end[ASN1_TIME_TEXT_MAX];
    int64_t now = time(NULL);
    const struct record *issuer = &ca->issuer->record;
    draft->not_before =
        now - CLOCK_SKEW < issuer->not_before ? issuer->not_before : now - CLOCK_SKEW;
    draft->not_after = now + (days ? (int64_t)days * DAY : standard);
    if (issuer->not_after <= now) {
        return error_set(err, "the %s certificate expired at %s", ca->issuer->name,
                         asn1_date_text((time_t)issuer->not_after, end));
    }
    if (draft->not_after <= issuer->not_after) {
        return true;
    }
    draft->not_after = issuer->not_after;
    return days == 0 ||
           error_set(err, "%d days is too long: the %s certificate expires at %s", days,
                     ca->issuer->name, asn1_date_text((time_t)issuer->not_after, end));
}

static bool encode(struct ca *ca, const struct draft *draft, EVP_PKEY *key, struct record *out,
                   struct error *err)
{
    struct profile profile = {.kind = draft->kind,
                              .subject = draft->subject,
                              .names = draft->sans,
                              .public_key = key,
                              .issuer = ca->issuer->cert,
                              .issuer_key = ca->issuer->key,
                              .not_before = draft->not_before,
                              .not_after = draft->not_after,
                              .serial = &out->serial};
    struct buf der = {0};
    bool ok = certificate_make(&profile, &der, err);
    if (ok) {
        out->der = arena_dup(&ca->arena, buf_view(&der));
        out->subject = dn_text(draft->subject, &ca->arena);
        out->sans = san_text(draft->sans, &ca->arena);
    }
    buf_deinit(&der);
    return ok;
}

/* Key, certificate, row. Within the transaction. */
static bool draft_issue(struct batch *batch, const struct draft *draft, struct record *out,
                        struct error *err)
{
    assert(draft->subject);
    assert(batch->ca->issuer->cert && batch->ca->issuer->key);
    struct ca *ca = batch->ca;
    EVP_PKEY *made = NULL;
    *out = (struct record){.issuer = ca->issuer->id,
                           .kind = draft->kind,
                           .name = arena_dup(&ca->arena, draft->name),
                           .not_before = draft->not_before,
                           .not_after = draft->not_after,
                           .has_key = !draft->public_key,
                           .current = true};
    if (!serial_number_new(&out->serial, err)) {
        return false;
    }
    if (!draft->public_key) {
        made = key_make(batch->maker, err);
        if (!made || !pending_keys_add(&batch->keys, &out->serial, made, err)) {
            EVP_PKEY_free(made);
            return false;
        }
    }
    bool ok = encode(ca, draft, made ? made : draft->public_key, out, err) &&
              store_add(&ca->store, out, err);
    EVP_PKEY_free(made);
    return ok;
}

static bool sans_default(struct draft *draft, struct error *err)
{
    struct str name = draft->name;
    bool mail = str_find(name, '@') < name.n;
    bool server = draft->kind == KIND_SERVER;
    if (draft->kind == KIND_USER ? mail_address_valid(name) : dns_name_valid(name, false)) {
        return san_add(name, draft->sans, err);
    }
    struct error why;
    if (!mail && draft->kind != KIND_USER && san_add(name, draft->sans, &why)) {
        return true; /* an address */
    }
    return !server ||
           error_set(err, "\"%.*s\" is not a host name: give the names of the server with --san",
                     STR_ARG(name));
}

static bool sans_set(struct draft *draft, const struct issue_order *order, struct error *err)
{
    draft->sans = sk_GENERAL_NAME_new_null();
    if (order->n_sans == 0) {
        return sans_default(draft, err);
    }
    for (size_t i = 0; i < order->n_sans; i++) {
        if (!san_add(order->sans[i], draft->sans, err)) {
            return false;
        }
    }
    return true;
}

static void draft_deinit(struct draft *draft)
{
    sk_GENERAL_NAME_pop_free(draft->sans, GENERAL_NAME_free);
    X509_NAME_free(draft->subject);
}

/* Whether the name is free: nothing of it is valid now. */
static bool name_free(struct ca *ca, struct str name, struct error *err)
{
    bool found;
    struct record old;
    char serial[SERIAL_TEXT_MAX];
    char end[ASN1_TIME_TEXT_MAX];
    if (!entry_name_check(name, err) ||
        !store_by_name(&ca->store, name, &ca->arena, &old, &found, err)) {
        return false;
    }
    if (!found || old.revoked_at || old.not_after < time(NULL)) {
        return true;
    }
    return error_set(err,
                     "there already is a valid certificate named \"%.*s\" (%s %s, until %s): renew "
                     "or revoke it, or choose another name",
                     STR_ARG(name), cert_kind_name(old.kind),
                     serial_number_text(&old.serial, serial),
                     asn1_date_text((time_t)old.not_after, end));
}

static bool issue_one(struct batch *batch, const struct issue_order *order, struct str name,
                      struct record *out, struct error *err)
{
    struct ca *ca = batch->ca;
    struct draft draft = {.kind = order->kind, .name = name, .public_key = order->public_key};
    bool ok =
        name_free(ca, name, err) &&
        (order->not_after ? span_given(ca, &draft, order, err)
                          : span_set(ca, &draft, order->days, (int64_t)DAYS_LEAF * DAY, err)) &&
        sans_set(&draft, order, err);
    if (ok) {
        draft.subject = order->subject.n ? subject_parse(order->subject, err)
                                         : subject_common(name, STR(""), err);
        ok = draft.subject && draft_issue(batch, &draft, out, err);
    }
    draft_deinit(&draft);
    return ok;
}

/* A certificate by a CA that is itself revoked would be worth nothing. */
static bool batch_begin(struct batch *batch, struct ca *ca, const struct issue_order *order,
                        struct error *err)
{
    assert(ca->locked);
    *batch = (struct batch){.ca = ca};
    if (ca->issuer->record.revoked_at) {
        return error_set(err, "the %s certificate is revoked and cannot issue certificates",
                         ca->issuer->name);
    }
    batch->maker = key_maker_new(&order->key, err);
    return batch->maker && store_begin(&ca->store, err);
}

/* Ends the transaction: with the keys on the disk first, or not at all. */
static bool batch_end(struct batch *batch, bool ok, struct error *err)
{
    struct ca *ca = batch->ca;
    ok = ok && pending_keys_save(&batch->keys, &ca->dir, err) && store_commit(&ca->store, err);
    EVP_PKEY_CTX_free(batch->maker);
    pending_keys_deinit(&batch->keys);
    if (!ok) {
        struct error ignored;
        store_rollback(&ca->store);
        /* Keys of certificates that were never made; the next command tries again. */
        bool swept = ca_dir_empty(&ca->dir, "pending", &ignored);
        (void)swept;
        return false;
    }
    return ca_publish(ca, err);
}

bool ca_issue(struct ca *ca, const struct issue_order *order, const struct str *names, size_t n,
              struct record *out, const struct progress *progress, struct error *err)
{
    struct batch batch;
    bool ok = batch_begin(&batch, ca, order, err);
    for (size_t i = 0; ok && i < n; i++) {
        ok = issue_one(&batch, order, names[i], &out[i], err);
        progress_step(progress, (int64_t)i + 1, (int64_t)n);
    }
    return batch_end(&batch, ok, err);
}

static bool renew_check(struct ca *ca, struct str name, struct record *old, struct error *err)
{
    bool found;
    char at[ASN1_TIME_TEXT_MAX];
    if (!entry_name_check(name, err) ||
        !store_by_name(&ca->store, name, &ca->arena, old, &found, err)) {
        return false;
    }
    if (!found) {
        return entry_unknown(name, err);
    }
    return !old->revoked_at ||
           error_set(err,
                     "the certificate \"%.*s\" was revoked at %s and cannot be renewed: use \"yett "
                     "ca issue\" for a new one",
                     STR_ARG(name), asn1_date_text((time_t)old->revoked_at, at));
}

static bool renew_one(struct batch *batch, const struct issue_order *order, struct str name,
                      struct record *out, struct error *err)
{
    struct ca *ca = batch->ca;
    struct record old;
    if (!renew_check(ca, name, &old, err)) {
        return false;
    }
    const unsigned char *der = (const unsigned char *)old.der.p;
    X509 *cert = d2i_X509(NULL, &der, (long)old.der.n);
    if (!cert) {
        return error_set(err, "cannot read the certificate of \"%.*s\" in the store: it is damaged",
                         STR_ARG(name));
    }
    struct draft draft = {.kind = old.kind, .name = name};
    draft.subject = X509_NAME_dup(X509_get_subject_name(cert));
    draft.sans = X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);
    draft.public_key = order->public_key;
    if (!draft.public_key && !old.has_key) {
        draft.public_key = X509_get0_pubkey(cert);
    }
    /* From now on as long as the old one was from its issue. */
    int64_t standard = (old.not_after - old.not_before) / DAY * DAY;
    bool ok = span_set(ca, &draft, order->days, standard > DAY ? standard : DAY, err) &&
              draft_issue(batch, &draft, out, err);
    draft_deinit(&draft);
    X509_free(cert);
    return ok;
}

bool ca_renew(struct ca *ca, const struct issue_order *order, struct str name, struct record *out,
              struct error *err)
{
    struct batch batch;
    bool ok = batch_begin(&batch, ca, order, err) && renew_one(&batch, order, name, out, err);
    return batch_end(&batch, ok, err);
}
