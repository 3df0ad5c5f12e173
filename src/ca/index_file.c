/* SPDX-License-Identifier: Apache-2.0 */
#include "ca/index_file.h"

#include <assert.h>
#include <openssl/objects.h>

#include "base/vec.h"
#include "ca/names.h"
#include "pki/der.h"

/* The columns of a line, with tabs between them. */
enum column { STATUS, NOT_AFTER, REVOKED_AT, SERIAL, FILE_NAME, SUBJECT, COLUMNS };

/* A tab with a backslash before it belongs to the column; every other backslash means itself. */
static bool split(struct str line, struct arena *arena, struct str out[static COLUMNS])
{
    char *text = arena_bytes(arena, line.n + 1);
    size_t n = 0;
    size_t at = 0;
    size_t start = 0;
    for (size_t i = 0; i < line.n; i++) {
        if (line.p[i] != '\t') {
            text[at++] = line.p[i];
        } else if (i > 0 && line.p[i - 1] == '\\') {
            text[at - 1] = '\t';
        } else if (n + 1 < COLUMNS) {
            out[n++] = (struct str){text + start, at - start};
            start = at;
        } else {
            return false;
        }
    }
    out[n++] = (struct str){text + start, at - start};
    assert(start <= at && at <= line.n);
    return n == COLUMNS;
}

static bool time_parse(struct str text, int64_t *out)
{
    enum { UTC_TIME_LEN = 13 };
    uint8_t tag = text.n == UTC_TIME_LEN ? DER_UTC_TIME : DER_GENERALIZED_TIME;
    return der_time(tag, text, out);
}

static bool oid_valid(struct str text, struct arena *arena)
{
    ASN1_OBJECT *object = OBJ_txt2obj(arena_cstr(arena, text), 0);
    bool ok = object && str_find(text, '\0') == text.n;
    ASN1_OBJECT_free(object);
    return ok;
}

enum { EXTRA_NONE, EXTRA_OID, EXTRA_TIME };

/* What `openssl ca -revoke` writes besides the names of RFC 5280: a reason and what belongs to it.
 */
static const struct {
    struct str name;
    int extra;
    int reason;
} SPECIAL[] = {
    {STR_INIT("holdInstruction"), EXTRA_OID, 6},
    {STR_INIT("keyTime"), EXTRA_TIME, 1},
    {STR_INIT("CAkeyTime"), EXTRA_TIME, 2},
};

static int special(struct str name, int *reason)
{
    for (size_t i = 0; i < COUNT_OF(SPECIAL); i++) {
        if (str_ieq(name, SPECIAL[i].name)) {
            *reason = SPECIAL[i].reason;
            return SPECIAL[i].extra;
        }
    }
    return EXTRA_NONE;
}

static bool reason_read(struct str text, struct index_entry *entry, struct arena *arena,
                        struct error *err)
{
    int64_t time;
    struct str name = str_split(&text, ',');
    int extra = special(name, &entry->reason);
    entry->extra = text;
    if (extra == EXTRA_OID) {
        return oid_valid(text, arena) ||
               error_set(err, "\"%.*s\" is not an object identifier", STR_ARG(str_head(text, 100)));
    }
    if (extra == EXTRA_TIME) {
        return time_parse(text, &time) ||
               error_set(err, "\"%.*s\" is not a valid time", STR_ARG(str_head(text, 100)));
    }
    if (str_ieq(name, STR("removeFromCRL"))) {
        /* RFC 5280, 5.3.1: only in delta CRLs. */
        return error_set(err, "the reason \"removeFromCRL\" belongs in delta CRLs only: set the "
                              "status to V, or give another reason");
    }
    if (text.n > 0) {
        return error_set(err, "unexpected \"%.*s\" after the reason", STR_ARG(str_head(text, 100)));
    }
    return reason_parse(name, &entry->reason, err);
}

/* "TIME", "TIME,REASON", "TIME,REASON,EXTRA" */
static bool revocation_read(struct str text, struct index_entry *entry, struct arena *arena,
                            struct error *err)
{
    size_t comma = str_find(text, ',');
    struct str time = str_head(text, comma);
    if (!time_parse(time, &entry->revoked_at)) {
        return error_set(err, "\"%.*s\" is not a valid revocation time",
                         STR_ARG(str_head(time, 100)));
    }
    if (entry->revoked_at < 1) {
        entry->revoked_at = 1;
    }
    entry->revoked = true;
    return comma == text.n || reason_read(str_skip(text, comma + 1), entry, arena, err);
}

static bool serial_read(struct str text, struct serial_number *out, struct error *err)
{
    bool digits = text.n > 0 && text.n % 2 == 0;
    for (size_t i = 0; digits && i < text.n; i++) {
        digits = char_hex(text.p[i]) >= 0;
    }
    if (!digits) {
        return error_set(
            err, "\"%.*s\" is not a serial number: an even number of hexadecimal digits expected",
            STR_ARG(str_head(text, 100)));
    }
    return serial_number_parse(text, out) ||
           error_set(err, "the serial number %.*s is longer than 20 octets (RFC 5280, 4.1.2.2)",
                     STR_ARG(str_head(text, 100)));
}

static bool entry_read(struct str line, struct index_entry *entry, struct arena *arena,
                       struct error *err)
{
    struct str columns[COLUMNS] = {{NULL, 0}};
    if (str_find(line, '\0') < line.n) {
        return error_set(err, "the line contains a NUL character");
    }
    if (!split(line, arena, columns)) {
        return error_set(err, "six columns separated by tabs expected");
    }
    struct str status = columns[STATUS];
    struct str revoked = columns[REVOKED_AT];
    if (!str_eq(status, STR("V")) && !str_eq(status, STR("E")) && !str_eq(status, STR("R"))) {
        return error_set(err, "unknown status \"%.*s\": V, E or R expected",
                         STR_ARG(str_head(status, 100)));
    }
    if (!time_parse(columns[NOT_AFTER], &entry->not_after)) {
        return error_set(err, "\"%.*s\" is not a valid expiry time",
                         STR_ARG(str_head(columns[NOT_AFTER], 100)));
    }
    if (!serial_read(columns[SERIAL], &entry->serial, err)) {
        return false;
    }
    bool unknown = str_eq(columns[FILE_NAME], STR("unknown"));
    entry->file = unknown ? STR("") : columns[FILE_NAME];
    entry->subject = columns[SUBJECT];
    if (str_eq(status, STR("R"))) {
        return revocation_read(revoked, entry, arena, err);
    }
    return revoked.n == 0 ||
           error_set(err, "the status is %.*s (not revoked), but there is a revocation time",
                     STR_ARG(status));
}

/* One serial number, one certificate (RFC 5280, 4.1.2.2). */
static bool index_file_remember(struct index_file *index, struct arena *arena, struct error *err)
{
    char text[SERIAL_TEXT_MAX];
    for (size_t i = 0; i < index->n; i++) {
        struct index_entry *entry = &index->items[i];
        struct str serial = serial_number_octets(&entry->serial);
        const struct index_entry *before = strmap_put(&index->by_serial, arena, serial, entry);
        if (before) {
            return error_set(err, "%s:%zu: the serial number %s is also on line %zu", index->path,
                             entry->line, serial_number_text(&entry->serial, text), before->line);
        }
    }
    return true;
}

bool index_file_parse(struct str text, const char *path, struct arena *arena,
                      struct index_file *out, struct error *err)
{
    *out = (struct index_file){.path = path};
    for (size_t line = 1; text.n > 0; line++) {
        struct str one = str_split(&text, '\n');
        struct index_entry *entry;
        if (str_starts(one, STR("#"))) {
            continue;
        }
        if (str_ends(one, STR("\r"))) {
            one.n--;
        }
        entry = vec_push(arena, &out->items, &out->n, sizeof(*out->items));
        entry->line = line;
        if (!entry_read(one, entry, arena, err)) {
            return error_prefix(err, "%s:%zu", path, line);
        }
    }
    return index_file_remember(out, arena, err);
}

const struct index_entry *index_file_find(const struct index_file *index,
                                          const struct serial_number *serial)
{
    return strmap_get(&index->by_serial, serial_number_octets(serial));
}
