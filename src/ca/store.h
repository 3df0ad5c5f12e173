/* SPDX-License-Identifier: Apache-2.0 */
/* The CA's database: one SQLite file with every certificate, revocation and CRL number. */
#ifndef CA_STORE_H
#define CA_STORE_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/compiler.h"
#include "base/error.h"
#include "base/str.h"
#include "ca/names.h"
#include "ca/serial_number.h"

enum { CA_ROOT = 1, CA_INTERMEDIATE = 2 }; /* numbers of the CAs */

struct record {
    int64_t id;
    struct serial_number serial;
    int issuer; /* CA_ROOT or CA_INTERMEDIATE */
    enum cert_kind kind;
    struct str name;
    struct str subject; /* RFC 2253 */
    struct str sans;
    struct str der;                /* empty: the certificate was never here, only its revocation */
    int64_t not_before, not_after; /* seconds since the epoch */
    bool has_key;                  /* its private key is in its file */
    bool current;                  /* the name's current certificate; only this one has a file */
    int64_t revoked_at;            /* 0: not revoked */
    int reason;
};

struct crl_record {
    int64_t number; /* 0: none yet */
    int64_t this_update, next_update;
    bool published; /* its files are written */
};

/* The number of statements in the table in store.c. */
enum { STORE_STATEMENTS = 32 };

struct store {
    sqlite3 *db;
    sqlite3_stmt *statements[STORE_STATEMENTS]; /* prepared at their first use */
};

/*
 * Opens the file, and updates an older layout. With `create` makes it, mode 0600. Waits ten seconds
 * for another process's transaction. Call store_close even on failure.
 */
MUST_CHECK bool store_open(struct store *store, const char *path, bool create, struct error *err);
void store_close(struct store *store);

/* Make every change between begin and commit. A rollback undoes all since store_begin. */
MUST_CHECK bool store_begin(struct store *store, struct error *err);
MUST_CHECK bool store_commit(struct store *store, struct error *err);
void store_rollback(struct store *store);

MUST_CHECK bool store_add_authority(struct store *store, int id, const char *name,
                                    struct error *err);
/* *exists: there is a CA, so `init` was complete. */
MUST_CHECK bool store_has_authority(struct store *store, bool *exists, struct error *err);

/* Adds a record. If it is `current`, the name's previous one no longer is. A serial number that its
 * issuer has used is an error. */
MUST_CHECK bool store_add(struct store *store, const struct record *record, struct error *err);
/* The name's current certificate; *found false: none. Strings are in the arena. */
MUST_CHECK bool store_by_name(struct store *store, struct str name, struct arena *arena,
                              struct record *out, bool *found, struct error *err);
/* For one issuer, because two may have used the same number. */
MUST_CHECK bool store_by_serial(struct store *store, int issuer, const struct serial_number *serial,
                                struct arena *arena, struct record *out, bool *found,
                                struct error *err);

/* Called for each record; its strings are valid during the call. False with *err: stop. */
typedef bool store_visit(void *arg, const struct record *record, struct error *err);

/* All certificates of that name, newest first. */
MUST_CHECK bool store_each_named(struct store *store, struct str name, store_visit *visit,
                                 void *arg, struct error *err);

enum list_filter { LIST_ALL, LIST_VALID, LIST_REVOKED, LIST_EXPIRED };
/* Newest first, at most `limit` (negative: all); the name matches the shell pattern, if not
 * empty. */
MUST_CHECK bool store_list(struct store *store, enum list_filter filter, struct str pattern,
                           int64_t now, int64_t limit, store_visit *visit, void *arg,
                           struct error *err);

/* Marks it revoked. *changed false: it was already, and stays as it was. */
MUST_CHECK bool store_revoke(struct store *store, int64_t id, int64_t at, int reason, bool *changed,
                             struct error *err);
/* A CA's revoked certificates; `serial` as in serial_number_octets. */
MUST_CHECK bool store_count_revoked(struct store *store, int issuer, int64_t *n, struct error *err);
typedef void store_visit_revoked(void *arg, struct str serial, int64_t at, int reason);
MUST_CHECK bool store_each_revoked(struct store *store, int issuer, store_visit_revoked *visit,
                                   void *arg, struct error *err);

/* The newest CRL of a CA. */
MUST_CHECK bool store_crl(struct store *store, int issuer, struct crl_record *out,
                          struct error *err);
/* A number that was used before is an error. */
MUST_CHECK bool store_add_crl(struct store *store, int issuer, const struct crl_record *crl,
                              struct error *err);

/* Certificates without complete files, oldest first; and marks all of them complete. */
MUST_CHECK bool store_each_incomplete(struct store *store, store_visit *visit, void *arg,
                                      struct error *err);
MUST_CHECK bool store_set_complete(struct store *store, struct error *err);
/* How many certificates and CRLs wait for their files. */
MUST_CHECK bool store_outstanding(struct store *store, int64_t *certificates, int64_t *lists,
                                  struct error *err);
MUST_CHECK bool store_set_published(struct store *store, struct error *err);

#endif
