/* SPDX-License-Identifier: Apache-2.0 */
#include "ca/revoke.h"

#include <assert.h>
#include <time.h>

#include "base/file.h"
#include "base/vec.h"
#include "ca/publish.h"
#include "pki/bundle.h"

enum { CERT_FILE_MAX = 1 << 20 };

struct collector {
    struct ca *ca;
    struct targets *targets;
    bool revoked; /* which ones to take */
};

static bool revoke_collect(void *arg, const struct record *record, struct error *err)
{
    struct collector *c = arg;
    struct arena *arena = &c->ca->arena;
    if ((record->revoked_at != 0) == c->revoked) {
        struct record *item =
            vec_push(arena, &c->targets->items, &c->targets->n, sizeof(*c->targets->items));
        *item = *record;
        item->name = arena_dup(arena, record->name);
        item->subject = arena_dup(arena, record->subject);
        item->sans = arena_dup(arena, record->sans);
        item->der = arena_dup(arena, record->der);
    }
    return true;
}

bool targets_add_name(struct ca *ca, struct targets *targets, struct str name, struct error *err)
{
    struct collector c = {ca, targets, false};
    size_t before = targets->n;
    if (!store_each_named(&ca->store, name, revoke_collect, &c, err)) {
        return false;
    }
    c.revoked = true;
    if (targets->n == before && !store_each_named(&ca->store, name, revoke_collect, &c, err)) {
        return false;
    }
    return targets->n > before || entry_unknown(name, err);
}

/* What the issuer gave this number, or else the root. */
static bool add_serial(struct ca *ca, struct targets *targets, const struct serial_number *serial,
                       struct error *err)
{
    bool found = false;
    char text[SERIAL_TEXT_MAX];
    struct record record;
    for (int id = CA_INTERMEDIATE; !found && id >= CA_ROOT; id--) {
        if (!store_by_serial(&ca->store, id, serial, &ca->arena, &record, &found, err)) {
            return false;
        }
    }
    if (!found) {
        return error_set(err, "this CA has no certificate with the serial number %s",
                         serial_number_text(serial, text));
    }
    *(struct record *)vec_push(&ca->arena, &targets->items, &targets->n, sizeof(record)) = record;
    return true;
}

bool targets_add_serial(struct ca *ca, struct targets *targets, struct str serial,
                        struct error *err)
{
    struct serial_number number;
    if (!serial_number_parse(serial, &number)) {
        return error_set(err,
                         "\"%.*s\" is not a serial number: up to 40 hexadecimal digits expected",
                         STR_ARG(str_head(serial, 200)));
    }
    return add_serial(ca, targets, &number, err);
}

static bool add_certificate(struct ca *ca, struct targets *targets, X509 *cert, const char *path,
                            struct error *err)
{
    struct serial_number serial;
    unsigned char *der = NULL;
    bool found = false;
    if (!serial_number_of(cert, &serial)) {
        return error_set(err, "this CA did not issue the certificate in \"%s\"", path);
    }
    int n = i2d_X509(cert, &der);
    struct str given = {(char *)der, n > 0 ? (size_t)n : 0};
    for (int id = CA_ROOT; id <= CA_INTERMEDIATE; id++) {
        struct record record;
        bool known;
        if (!store_by_serial(&ca->store, id, &serial, &ca->arena, &record, &known, err)) {
            OPENSSL_free(der);
            return false;
        }
        if (known && str_eq(given, record.der)) {
            *(struct record *)vec_push(&ca->arena, &targets->items, &targets->n, sizeof(record)) =
                record;
            found = true;
        }
    }
    OPENSSL_free(der);
    return found || error_set(err,
                              "this CA did not issue the certificate in \"%s\", though maybe "
                              "another one with the same serial number",
                              path);
}

bool targets_add_file(struct ca *ca, struct targets *targets, const char *path, struct error *err)
{
    STACK_OF(X509) *certs = sk_X509_new_null();
    struct trust_source source = {.name = path};
    bool ok = certs && file_read(path, CERT_FILE_MAX, &ca->arena, &source.pem, err) &&
              bundle_certs(&source, certs, err) &&
              add_certificate(ca, targets, sk_X509_value(certs, 0), path, err);
    sk_X509_pop_free(certs, X509_free);
    return ok;
}

bool targets_need(const struct targets *targets, int issuer)
{
    for (size_t i = 0; i < targets->n; i++) {
        if (targets->items[i].issuer == issuer) {
            return true;
        }
    }
    return false;
}

static bool revoke_one(struct ca *ca, struct record *record, int64_t now, int reason,
                       struct error *err)
{
    assert(now > 0 && reason_name(reason));
    bool changed;
    bool found;
    if (record->kind == KIND_AUTHORITY && str_eq(record->name, STR("root"))) {
        return error_set(err,
                         "a root certificate cannot be revoked: remove it wherever it is trusted");
    }
    return store_revoke(&ca->store, record->id, now, reason, &changed, err) &&
           store_by_serial(&ca->store, record->issuer, &record->serial, &ca->arena, record, &found,
                           err);
}

/* Commits what is there, or undoes it. */
static bool revoke_finish(struct ca *ca, bool ok, struct error *err)
{
    if (ok && store_commit(&ca->store, err)) {
        return ca_publish(ca, err);
    }
    store_rollback(&ca->store);
    return false;
}

bool ca_revoke(struct ca *ca, struct targets *targets, int reason, const struct progress *progress,
               struct error *err)
{
    assert(ca->locked);
    int64_t now = time(NULL);
    if (!store_begin(&ca->store, err)) {
        return false;
    }
    bool ok = true;
    for (size_t i = 0; ok && i < targets->n; i++) {
        ok = revoke_one(ca, &targets->items[i], now, reason, err);
    }
    for (int id = CA_ROOT; ok && id <= CA_INTERMEDIATE; id++) {
        if (targets_need(targets, id)) {
            ok = crl_write(ca, ca_authority(ca, id), 0, progress, err);
        }
    }
    return revoke_finish(ca, ok, err);
}

bool ca_lists(struct ca *ca, int days, const struct progress *progress, struct error *err)
{
    assert(ca->locked);
    if (!store_begin(&ca->store, err)) {
        return false;
    }
    bool ok = (!ca->root.key || crl_write(ca, &ca->root, days, progress, err)) &&
              (ca->issuer == &ca->root || crl_write(ca, ca->issuer, days, progress, err));
    return revoke_finish(ca, ok, err);
}
