/* SPDX-License-Identifier: Apache-2.0 */
#include "ca/store.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

enum { BUSY_MS = 10000 };

/*
 * Migration N brings a file from version N to N + 1 (PRAGMA user_version). Never change one that
 * was released: add another.
 */
static const char *const MIGRATIONS[] = {
    "CREATE TABLE authority ("
    " id INTEGER PRIMARY KEY,"
    " name TEXT NOT NULL UNIQUE);"
    "CREATE TABLE certificate ("
    " id INTEGER PRIMARY KEY,"
    " serial BLOB NOT NULL CHECK (length(serial) BETWEEN 1 AND 21),"
    " issuer INTEGER NOT NULL REFERENCES authority (id),"
    " kind INTEGER NOT NULL CHECK (kind BETWEEN 0 AND 3)," /* enum cert_kind */
    " name TEXT NOT NULL,"
    " subject TEXT NOT NULL,"
    " sans TEXT NOT NULL,"
    " der BLOB NOT NULL,"
    " not_before INTEGER NOT NULL,"
    " not_after INTEGER NOT NULL CHECK (not_after > not_before),"
    " has_key INTEGER NOT NULL CHECK (has_key IN (0, 1)),"
    " current INTEGER NOT NULL CHECK (current IN (0, 1)),"
    " revoked_at INTEGER,"
    " reason INTEGER,"
    " complete INTEGER NOT NULL DEFAULT 0 CHECK (complete IN (0, 1)),"
    " CHECK ((revoked_at IS NULL) = (reason IS NULL)),"
    " UNIQUE (serial, issuer));"
    "CREATE INDEX certificate_name ON certificate (name);"
    "CREATE UNIQUE INDEX certificate_current ON certificate (name) WHERE current = 1;"
    "CREATE INDEX certificate_end ON certificate (not_after);"
    "CREATE INDEX certificate_incomplete ON certificate (id) WHERE complete = 0;"
    /* All that a CRL says, so that writing one reads nothing else. */
    "CREATE INDEX certificate_revoked ON certificate (issuer, id, serial, revoked_at, reason)"
    " WHERE revoked_at IS NOT NULL;"
    "CREATE INDEX certificate_revoked_at ON certificate (revoked_at)"
    " WHERE revoked_at IS NOT NULL;"
    "CREATE TABLE crl ("
    " issuer INTEGER NOT NULL REFERENCES authority (id),"
    " number INTEGER NOT NULL CHECK (number > 0),"
    " this_update INTEGER NOT NULL,"
    " next_update INTEGER NOT NULL CHECK (next_update > this_update),"
    " published INTEGER NOT NULL DEFAULT 0 CHECK (published IN (0, 1)),"
    " PRIMARY KEY (issuer, number)) WITHOUT ROWID;"
    "CREATE INDEX crl_unpublished ON crl (issuer) WHERE published = 0;",
};

enum statement {
    SQL_BEGIN,
    SQL_COMMIT,
    SQL_ROLLBACK,
    SQL_ADD_AUTHORITY,
    SQL_HAS_AUTHORITY,
    SQL_RETIRE,
    SQL_ADD,
    SQL_BY_NAME,
    SQL_BY_SERIAL,
    SQL_NAMED,
    SQL_LIST_ALL,
    SQL_LIST_VALID,
    SQL_LIST_REVOKED,
    SQL_LIST_EXPIRED,
    SQL_MATCH_ALL, /* as the four before, with a pattern */
    SQL_MATCH_VALID,
    SQL_MATCH_REVOKED,
    SQL_MATCH_EXPIRED,
    SQL_REVOKE,
    SQL_COUNT_REVOKED,
    SQL_EACH_REVOKED,
    SQL_CRL,
    SQL_ADD_CRL,
    SQL_INCOMPLETE,
    SQL_SET_COMPLETE,
    SQL_OUTSTANDING_CERTIFICATES,
    SQL_OUTSTANDING_LISTS,
    SQL_SET_PUBLISHED,
    SQL_COUNT,
};

_Static_assert((int)SQL_COUNT <= (int)STORE_STATEMENTS, "room for every statement");

#define COLUMNS                                                                                    \
    "SELECT id, serial, issuer, kind, name, subject, sans, der, not_before, not_after, has_key,"   \
    " current, revoked_at, reason FROM certificate "
/* Through the index of names: at most that is read as a whole, and not even that if the pattern
 * begins with something. */
#define MATCHING "id IN (SELECT id FROM certificate WHERE name GLOB ?1) AND "
#define VALID    "revoked_at IS NULL AND +not_after >= ?3 ORDER BY id DESC LIMIT ?2"
#define REVOKED  "revoked_at IS NOT NULL ORDER BY revoked_at DESC, id DESC LIMIT ?2"
#define EXPIRED  "not_after < ?3 ORDER BY not_after DESC LIMIT ?2"

static const char *const SQL[SQL_COUNT] = {
    [SQL_BEGIN] = "BEGIN IMMEDIATE",
    [SQL_COMMIT] = "COMMIT",
    [SQL_ROLLBACK] = "ROLLBACK",
    [SQL_ADD_AUTHORITY] = "INSERT INTO authority (id, name) VALUES (?1, ?2)",
    [SQL_HAS_AUTHORITY] = "SELECT 1 FROM authority LIMIT 1",
    [SQL_RETIRE] = "UPDATE certificate SET current = 0 WHERE name = ?1 AND current = 1",
    [SQL_ADD] = "INSERT INTO certificate (serial, issuer, kind, name, subject, sans, der,"
                " not_before, not_after, has_key, current, complete, revoked_at, reason)"
                " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, NOT ?11, ?12, ?13)",
    [SQL_BY_NAME] = COLUMNS "WHERE name = ?1 AND current = 1",
    [SQL_BY_SERIAL] = COLUMNS "WHERE serial = ?1 AND issuer = ?2",
    [SQL_NAMED] = COLUMNS "WHERE name = ?1 ORDER BY id DESC",
    [SQL_LIST_ALL] = COLUMNS "ORDER BY id DESC LIMIT ?2",
    [SQL_LIST_VALID] = COLUMNS "WHERE " VALID,
    [SQL_LIST_REVOKED] = COLUMNS "WHERE " REVOKED,
    [SQL_LIST_EXPIRED] = COLUMNS "WHERE " EXPIRED,
    [SQL_MATCH_ALL] = COLUMNS "WHERE " MATCHING "TRUE ORDER BY id DESC LIMIT ?2",
    [SQL_MATCH_VALID] = COLUMNS "WHERE " MATCHING VALID,
    [SQL_MATCH_REVOKED] = COLUMNS "WHERE " MATCHING "+" REVOKED,
    [SQL_MATCH_EXPIRED] = COLUMNS "WHERE " MATCHING "+" EXPIRED,
    [SQL_REVOKE] = "UPDATE certificate SET revoked_at = ?2, reason = ?3"
                   " WHERE id = ?1 AND revoked_at IS NULL",
    [SQL_COUNT_REVOKED] = "SELECT count(*) FROM certificate"
                          " WHERE issuer = ?1 AND revoked_at IS NOT NULL",
    [SQL_EACH_REVOKED] = "SELECT serial, revoked_at, reason FROM certificate"
                         " WHERE issuer = ?1 AND revoked_at IS NOT NULL ORDER BY id",
    [SQL_CRL] = "SELECT number, this_update, next_update, published FROM crl"
                " WHERE issuer = ?1 ORDER BY number DESC LIMIT 1",
    [SQL_ADD_CRL] = "INSERT INTO crl (issuer, number, this_update, next_update)"
                    " VALUES (?1, ?2, ?3, ?4)",
    [SQL_INCOMPLETE] = COLUMNS "WHERE complete = 0 ORDER BY id",
    [SQL_SET_COMPLETE] = "UPDATE certificate SET complete = 1 WHERE complete = 0",
    [SQL_OUTSTANDING_CERTIFICATES] = "SELECT count(*) FROM certificate WHERE complete = 0",
    [SQL_OUTSTANDING_LISTS] = "SELECT count(*) FROM crl WHERE published = 0",
    [SQL_SET_PUBLISHED] = "UPDATE crl SET published = 1 WHERE published = 0",
};

static bool store_failed(struct store *store, const char *what, struct error *err)
{
    int code = sqlite3_errcode(store->db);
    const char *path = sqlite3_db_filename(store->db, NULL);
    if (code == SQLITE_BUSY) {
        return error_set(err, "\"%s\" is in use by another program: gave up after %d seconds", path,
                         BUSY_MS / 1000);
    }
    return error_set(err, "cannot %s \"%s\": %s", what, path, sqlite3_errmsg(store->db));
}

static bool run_script(struct store *store, const char *sql, struct error *err)
{
    return sqlite3_exec(store->db, sql, NULL, NULL, NULL) == SQLITE_OK ||
           store_failed(store, "prepare", err);
}

/* The statement, ready for its values; NULL on failure. */
static sqlite3_stmt *statement(struct store *store, enum statement which, struct error *err)
{
    assert(which < SQL_COUNT);
    sqlite3_stmt **slot = &store->statements[which];
    if (!*slot && sqlite3_prepare_v3(store->db, SQL[which], -1, SQLITE_PREPARE_PERSISTENT, slot,
                                     NULL) != SQLITE_OK) {
        store_failed(store, "read", err);
        return NULL;
    }
    return *slot;
}

static void bind_text(sqlite3_stmt *st, int at, struct str text)
{
    int code =
        sqlite3_bind_text64(st, at, text.n ? text.p : "", text.n, SQLITE_STATIC, SQLITE_UTF8);
    assert(code == SQLITE_OK);
}

static void bind_str(sqlite3_stmt *st, int at, struct str data)
{
    int code = sqlite3_bind_blob64(st, at, data.n ? data.p : "", data.n, SQLITE_STATIC);
    assert(code == SQLITE_OK);
}

static void bind_int(sqlite3_stmt *st, int at, int64_t value)
{
    int code = sqlite3_bind_int64(st, at, value);
    assert(code == SQLITE_OK);
}

/* For what gives no rows. */
static bool store_finish(struct store *store, sqlite3_stmt *st, struct error *err)
{
    bool ok = sqlite3_step(st) == SQLITE_DONE || store_failed(store, "change", err);
    sqlite3_reset(st);
    sqlite3_clear_bindings(st);
    return ok;
}

static bool store_run(struct store *store, enum statement which, struct error *err)
{
    sqlite3_stmt *st = statement(store, which, err);
    return st && store_finish(store, st, err);
}

static bool user_version(struct store *store, int *out, struct error *err)
{
    sqlite3_stmt *st = NULL;
    bool ok = sqlite3_prepare_v2(store->db, "PRAGMA user_version", -1, &st, NULL) == SQLITE_OK &&
              sqlite3_step(st) == SQLITE_ROW;
    if (ok) {
        *out = sqlite3_column_int(st, 0);
    } else {
        store_failed(store, "read", err);
    }
    sqlite3_finalize(st);
    return ok;
}

/* In one transaction, with the version looked at inside it: two first commands may meet here. */
static bool migrate(struct store *store, struct error *err)
{
    int version;
    char set[64];
    int last = (int)COUNT_OF(MIGRATIONS);
    if (!user_version(store, &version, err)) {
        return false;
    }
    if (version > last) {
        return error_set(
            err, "\"%s\" was written by a newer version of yett (layout %d, this version knows %d)",
            sqlite3_db_filename(store->db, NULL), version, last);
    }
    if (version == last) {
        return true;
    }
    if (!store_begin(store, err)) {
        return false;
    }
    bool ok = user_version(store, &version, err);
    for (int i = version; ok && i < last; i++) {
        ok = run_script(store, MIGRATIONS[i], err);
    }
    snprintf(set, sizeof(set), "PRAGMA user_version = %d", last);
    if (ok && run_script(store, set, err) && store_commit(store, err)) {
        return true;
    }
    store_rollback(store);
    return false;
}

bool store_open(struct store *store, const char *path, bool create, struct error *err)
{
    *store = (struct store){0};
    /* SQLite would take the umask's mode; its two companion files take this one's. */
    int fd = open(path, O_RDWR | O_CLOEXEC | (create ? O_CREAT : 0), 0600);
    if (fd < 0) {
        return error_errno(err, errno, "open() \"%s\"", path);
    }
    close(fd);
    if (sqlite3_open_v2(path, &store->db, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK) {
        return error_set(err, "cannot open \"%s\": %s", path,
                         store->db ? sqlite3_errmsg(store->db) : "out of memory");
    }
    sqlite3_extended_result_codes(store->db, 0);
    sqlite3_busy_timeout(store->db, BUSY_MS);
    /* FULL: what a command has acknowledged survives a power failure. */
    return run_script(store,
                      "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
                      "PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF;",
                      err) &&
           migrate(store, err);
}

void store_close(struct store *store)
{
    for (size_t i = 0; i < STORE_STATEMENTS; i++) {
        sqlite3_finalize(store->statements[i]);
    }
    sqlite3_close(store->db);
    *store = (struct store){0};
}

bool store_begin(struct store *store, struct error *err)
{
    assert(sqlite3_get_autocommit(store->db)); /* transactions do not nest */
    return store_run(store, SQL_BEGIN, err);
}

bool store_commit(struct store *store, struct error *err)
{
    assert(!sqlite3_get_autocommit(store->db));
    return store_run(store, SQL_COMMIT, err);
}

void store_rollback(struct store *store)
{
    struct error ignored;
    if (sqlite3_get_autocommit(store->db) == 0 && !store_run(store, SQL_ROLLBACK, &ignored)) {
        /* Closing the database undoes it as well. */
        return;
    }
}

bool store_add_authority(struct store *store, int id, const char *name, struct error *err)
{
    sqlite3_stmt *st = statement(store, SQL_ADD_AUTHORITY, err);
    if (!st) {
        return false;
    }
    bind_int(st, 1, id);
    bind_text(st, 2, str_of(name));
    return store_finish(store, st, err);
}

bool store_has_authority(struct store *store, bool *exists, struct error *err)
{
    sqlite3_stmt *st = statement(store, SQL_HAS_AUTHORITY, err);
    if (!st) {
        return false;
    }
    int code = sqlite3_step(st);
    *exists = code == SQLITE_ROW;
    bool ok = code == SQLITE_ROW || code == SQLITE_DONE || store_failed(store, "read", err);
    sqlite3_reset(st);
    return ok;
}

/* Nothing is what the name means. */
static bool store_retire(struct store *store, struct str name, struct error *err)
{
    sqlite3_stmt *st = statement(store, SQL_RETIRE, err);
    if (!st) {
        return false;
    }
    bind_text(st, 1, name);
    return store_finish(store, st, err);
}

bool store_add(struct store *store, const struct record *record, struct error *err)
{
    sqlite3_stmt *st = statement(store, SQL_ADD, err);
    if (!st || (record->current && !store_retire(store, record->name, err))) {
        return false;
    }
    bind_str(st, 1, serial_number_octets(&record->serial));
    bind_int(st, 2, record->issuer);
    bind_int(st, 3, (int64_t)record->kind);
    bind_text(st, 4, record->name);
    bind_text(st, 5, record->subject);
    bind_text(st, 6, record->sans);
    bind_str(st, 7, record->der);
    bind_int(st, 8, record->not_before);
    bind_int(st, 9, record->not_after);
    bind_int(st, 10, record->has_key);
    bind_int(st, 11, record->current);
    if (record->revoked_at) {
        bind_int(st, 12, record->revoked_at);
        bind_int(st, 13, record->reason);
    }
    return store_finish(store, st, err);
}

static struct str column_str(sqlite3_stmt *st, int at)
{
    const char *p = sqlite3_column_blob(st, at);
    return (struct str){p, (size_t)sqlite3_column_bytes(st, at)};
}

/* Strings point into the statement. */
static bool record_read(struct store *store, sqlite3_stmt *st, struct record *out,
                        struct error *err)
{
    *out = (struct record){
        .id = sqlite3_column_int64(st, 0),
        .issuer = sqlite3_column_int(st, 2),
        .kind = (enum cert_kind)sqlite3_column_int(st, 3),
        .name = column_str(st, 4),
        .subject = column_str(st, 5),
        .sans = column_str(st, 6),
        .der = column_str(st, 7),
        .not_before = sqlite3_column_int64(st, 8),
        .not_after = sqlite3_column_int64(st, 9),
        .has_key = sqlite3_column_int(st, 10),
        .current = sqlite3_column_int(st, 11),
        .revoked_at = sqlite3_column_int64(st, 12),
        .reason = sqlite3_column_int(st, 13),
    };
    return serial_number_set(&out->serial, column_str(st, 1)) ||
           error_set(err, "\"%s\" is damaged: row %lld has no valid serial number",
                     sqlite3_db_filename(store->db, NULL), (long long)out->id);
}

static bool one(struct store *store, sqlite3_stmt *st, struct arena *arena, struct record *out,
                bool *found, struct error *err)
{
    int code = sqlite3_step(st);
    *found = code == SQLITE_ROW && record_read(store, st, out, err);
    if (*found) {
        out->name = arena_dup(arena, out->name);
        out->subject = arena_dup(arena, out->subject);
        out->sans = arena_dup(arena, out->sans);
        out->der = arena_dup(arena, out->der);
    }
    bool ok =
        *found || (code == SQLITE_DONE) || (code != SQLITE_ROW && store_failed(store, "read", err));
    sqlite3_reset(st);
    sqlite3_clear_bindings(st);
    return ok;
}

bool store_by_name(struct store *store, struct str name, struct arena *arena, struct record *out,
                   bool *found, struct error *err)
{
    sqlite3_stmt *st = statement(store, SQL_BY_NAME, err);
    if (!st) {
        return false;
    }
    bind_text(st, 1, name);
    return one(store, st, arena, out, found, err);
}

bool store_by_serial(struct store *store, int issuer, const struct serial_number *serial,
                     struct arena *arena, struct record *out, bool *found, struct error *err)
{
    sqlite3_stmt *st = statement(store, SQL_BY_SERIAL, err);
    if (!st) {
        return false;
    }
    bind_str(st, 1, serial_number_octets(serial));
    bind_int(st, 2, issuer);
    return one(store, st, arena, out, found, err);
}

static bool store_each(struct store *store, sqlite3_stmt *st, store_visit *visit, void *arg,
                       struct error *err)
{
    int code;
    bool ok = true;
    struct record record;
    while (ok && (code = sqlite3_step(st)) != SQLITE_DONE) {
        if (code != SQLITE_ROW) {
            ok = store_failed(store, "read", err);
            break;
        }
        ok = record_read(store, st, &record, err) && visit(arg, &record, err);
    }
    sqlite3_reset(st);
    sqlite3_clear_bindings(st);
    return ok;
}

bool store_each_named(struct store *store, struct str name, store_visit *visit, void *arg,
                      struct error *err)
{
    sqlite3_stmt *st = statement(store, SQL_NAMED, err);
    if (!st) {
        return false;
    }
    bind_text(st, 1, name);
    return store_each(store, st, visit, arg, err);
}

bool store_list(struct store *store, enum list_filter filter, struct str pattern, int64_t now,
                int64_t limit, store_visit *visit, void *arg, struct error *err)
{
    static const enum statement BY_FILTER[][2] = {
        [LIST_ALL] = {SQL_LIST_ALL, SQL_MATCH_ALL},
        [LIST_VALID] = {SQL_LIST_VALID, SQL_MATCH_VALID},
        [LIST_REVOKED] = {SQL_LIST_REVOKED, SQL_MATCH_REVOKED},
        [LIST_EXPIRED] = {SQL_LIST_EXPIRED, SQL_MATCH_EXPIRED},
    };
    assert((size_t)filter < COUNT_OF(BY_FILTER));
    sqlite3_stmt *st = statement(store, BY_FILTER[filter][pattern.n > 0], err);
    if (!st) {
        return false;
    }
    bind_text(st, 1, pattern);
    bind_int(st, 2, limit);
    if (filter == LIST_VALID || filter == LIST_EXPIRED) {
        bind_int(st, 3, now);
    }
    return store_each(store, st, visit, arg, err);
}

bool store_revoke(struct store *store, int64_t id, int64_t at, int reason, bool *changed,
                  struct error *err)
{
    sqlite3_stmt *st = statement(store, SQL_REVOKE, err);
    if (!st) {
        return false;
    }
    bind_int(st, 1, id);
    bind_int(st, 2, at);
    bind_int(st, 3, reason);
    bool ok = store_finish(store, st, err);
    *changed = ok && sqlite3_changes(store->db) > 0;
    return ok;
}

/* The one number that the statement gives. */
static bool store_count(struct store *store, sqlite3_stmt *st, int64_t *n, struct error *err)
{
    bool ok = sqlite3_step(st) == SQLITE_ROW || store_failed(store, "read", err);
    *n = ok ? sqlite3_column_int64(st, 0) : 0;
    sqlite3_reset(st);
    return ok;
}

bool store_count_revoked(struct store *store, int issuer, int64_t *n, struct error *err)
{
    sqlite3_stmt *st = statement(store, SQL_COUNT_REVOKED, err);
    if (!st) {
        return false;
    }
    bind_int(st, 1, issuer);
    return store_count(store, st, n, err);
}

bool store_each_revoked(struct store *store, int issuer, store_visit_revoked *visit, void *arg,
                        struct error *err)
{
    int code;
    sqlite3_stmt *st = statement(store, SQL_EACH_REVOKED, err);
    if (!st) {
        return false;
    }
    bind_int(st, 1, issuer);
    while ((code = sqlite3_step(st)) == SQLITE_ROW) {
        visit(arg, column_str(st, 0), sqlite3_column_int64(st, 1), sqlite3_column_int(st, 2));
    }
    bool ok = code == SQLITE_DONE || store_failed(store, "read", err);
    sqlite3_reset(st);
    return ok;
}

bool store_crl(struct store *store, int issuer, struct crl_record *out, struct error *err)
{
    sqlite3_stmt *st = statement(store, SQL_CRL, err);
    if (!st) {
        return false;
    }
    *out = (struct crl_record){0};
    bind_int(st, 1, issuer);
    int code = sqlite3_step(st);
    if (code == SQLITE_ROW) {
        *out = (struct crl_record){
            .number = sqlite3_column_int64(st, 0),
            .this_update = sqlite3_column_int64(st, 1),
            .next_update = sqlite3_column_int64(st, 2),
            .published = sqlite3_column_int(st, 3),
        };
    }
    bool ok = code == SQLITE_ROW || code == SQLITE_DONE || store_failed(store, "read", err);
    sqlite3_reset(st);
    return ok;
}

bool store_add_crl(struct store *store, int issuer, const struct crl_record *crl, struct error *err)
{
    sqlite3_stmt *st = statement(store, SQL_ADD_CRL, err);
    if (!st) {
        return false;
    }
    bind_int(st, 1, issuer);
    bind_int(st, 2, crl->number);
    bind_int(st, 3, crl->this_update);
    bind_int(st, 4, crl->next_update);
    return store_finish(store, st, err);
}

bool store_each_incomplete(struct store *store, store_visit *visit, void *arg, struct error *err)
{
    sqlite3_stmt *st = statement(store, SQL_INCOMPLETE, err);
    return st && store_each(store, st, visit, arg, err);
}

bool store_set_complete(struct store *store, struct error *err)
{
    return store_run(store, SQL_SET_COMPLETE, err);
}

bool store_outstanding(struct store *store, int64_t *certificates, int64_t *lists,
                       struct error *err)
{
    sqlite3_stmt *of_certificates = statement(store, SQL_OUTSTANDING_CERTIFICATES, err);
    sqlite3_stmt *of_lists = of_certificates ? statement(store, SQL_OUTSTANDING_LISTS, err) : NULL;
    return of_lists && store_count(store, of_certificates, certificates, err) &&
           store_count(store, of_lists, lists, err);
}

bool store_set_published(struct store *store, struct error *err)
{
    return store_run(store, SQL_SET_PUBLISHED, err);
}
