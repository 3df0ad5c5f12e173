/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates of the CA as tables for people and JSON for programs. */
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "cli/ca.h"

const char *record_status(const struct record *record)
{
    return record->revoked_at ? "revoked" : record->not_after < time(NULL) ? "expired" : "valid";
}

/* Terminals take control characters for commands: none are passed on. */
static void print_text(struct str text)
{
    for (size_t i = 0; i < text.n; i++) {
        unsigned char c = (unsigned char)text.p[i];
        putchar(c < 0x20 || c == 0x7f ? '?' : c);
    }
}

void record_print_head(void)
{
    printf("%-24s %-9s %-7s %-10s %-32s %s\n", "NAME", "KIND", "STATUS", "UNTIL", "SERIAL",
           "SUBJECT");
}

void record_print_row(const struct record *record)
{
    char serial[SERIAL_TEXT_MAX];
    char end[ISO_TIME_MAX];
    printf("%-24.*s %-9s %-7s %.10s %-32s ", STR_ARG(record->name), cert_kind_name(record->kind),
           record_status(record), iso_time(record->not_after, end),
           serial_number_text(&record->serial, serial));
    print_text(record->subject);
    putchar('\n');
}

/* Where its file is; NULL: an older one, which has none. */
static const char *file_of(const struct ca *ca, const struct record *record,
                           char out[static PATH_MAX])
{
    if (!record->current) {
        return NULL; /* that of another CA neither: it was only imported to be known */
    }
    if (record->kind == KIND_AUTHORITY) {
        snprintf(out, PATH_MAX, "%s/%.*s.crt", ca->dir.path, STR_ARG(record->name));
        return out;
    }
    return live_path(ca, record->name, out);
}

static void line(const char *name, const char *value)
{
    printf("%-12s %s\n", name, value);
}

static void print_file(const struct ca *ca, const struct record *record)
{
    char path[PATH_MAX];
    if (file_of(ca, record, path)) {
        bool key = record->has_key && record->kind != KIND_AUTHORITY;
        printf("%-12s %s%s\n", "file", path, key ? " (with its private key)" : "");
    }
}

void record_print_full(const struct ca *ca, const struct record *record)
{
    char serial[SERIAL_TEXT_MAX];
    char at[ISO_TIME_MAX];
    printf("%-12s %.*s%s\n", "name", STR_ARG(record->name),
           record->current ? "" : " (replaced by a newer certificate)");
    line("kind", cert_kind_name(record->kind));
    line("status", record_status(record));
    if (record->revoked_at) {
        line("revoked", iso_time(record->revoked_at, at));
        line("reason", reason_name(record->reason));
    }
    printf("%-12s ", "subject");
    print_text(record->subject);
    printf("\n%-12s ", "names");
    print_text(record->sans.n ? record->sans : STR("none"));
    putchar('\n');
    line("serial", serial_number_text(&record->serial, serial));
    line("from", iso_time(record->not_before, at));
    line("until", iso_time(record->not_after, at));
    line("issuer", record->issuer == CA_ROOT ? "root" : "intermediate");
    print_file(ca, record);
}

static void json_time(struct json *json, const char *key, int64_t t)
{
    char text[ISO_TIME_MAX];
    if (t) {
        json_str(json, key, str_of(iso_time(t, text)));
    } else {
        json_null(json, key);
    }
}

static void json_file(struct json *json, const struct ca *ca, const struct record *record)
{
    char path[PATH_MAX];
    if (file_of(ca, record, path)) {
        json_str(json, "file", str_of(path));
    } else {
        json_null(json, "file");
    }
    json_bool(json, "has_key",
              record->has_key && record->current && record->kind != KIND_AUTHORITY);
}

void record_print_json(struct json *json, const char *key, const struct ca *ca,
                       const struct record *record)
{
    char serial[SERIAL_TEXT_MAX];
    struct str rest = record->sans;
    json_object(json, key);
    json_str(json, "name", record->name);
    json_str(json, "kind", str_of(cert_kind_name(record->kind)));
    json_str(json, "status", str_of(record_status(record)));
    json_bool(json, "current", record->current);
    json_str(json, "serial", str_of(serial_number_text(&record->serial, serial)));
    json_str(json, "subject", record->subject);
    json_array(json, "names");
    while (rest.n > 0) {
        json_str(json, NULL, str_trim(str_split(&rest, ',')));
    }
    json_array_end(json);
    json_str(json, "issuer", record->issuer == CA_ROOT ? STR("root") : STR("intermediate"));
    json_time(json, "not_before", record->not_before);
    json_time(json, "not_after", record->not_after);
    json_time(json, "revoked_at", record->revoked_at);
    if (record->revoked_at) {
        json_str(json, "reason", str_of(reason_name(record->reason)));
    } else {
        json_null(json, "reason");
    }
    json_file(json, ca, record);
    json_object_end(json);
}

static void bar_step(void *arg, int64_t done, int64_t total)
{
    enum { WIDTH = 40, MANY = 100 };
    if (total < MANY) {
        return; /* finished before a user could read it */
    }
    int full = total > 0 ? (int)(done * WIDTH / total) : WIDTH;
    fprintf(stderr, "\r[%-*.*s] %lld of %lld", WIDTH, full,
            "########################################", (long long)done, (long long)total);
    if (done >= total) {
        fputs("\r\033[K", stderr);
    }
}

const struct progress *progress_bar(void)
{
    static const struct progress BAR = {bar_step, NULL};
    return isatty(STDERR_FILENO) ? &BAR : NULL;
}
