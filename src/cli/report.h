/* SPDX-License-Identifier: Apache-2.0 */
/* Prints the results of a subcommand: aligned text, or JSON. */
#ifndef CLI_REPORT_H
#define CLI_REPORT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/compiler.h"
#include "base/str.h"
#include "cli/json.h"

/*
 * Each value has a key, its name in JSON. In text its label comes first: by default the key with
 * blanks for underscores. Values may hold any bytes; invisible ones are shown as \xHH.
 */
struct report {
    bool as_json;
    FILE *out;
    unsigned depth; /* of groups */
    struct json json;
};

/* Begins a report; ends it, and its last line. */
void report_begin(struct report *report, bool as_json, FILE *out);
void report_end(struct report *report);

/* Values under a heading; in JSON an object. */
void report_group(struct report *report, const char *key, const char *heading);
void report_group_end(struct report *report);
/* The same for several of a kind: in JSON an array, of groups with a NULL key, or of texts. */
void report_list(struct report *report, const char *key, const char *heading);
void report_list_end(struct report *report);

/* An empty value is "-", in JSON null. */
void report_text(struct report *report, const char *key, struct str value);
void report_labelled(struct report *report, const char *key, const char *label, struct str value);
/* The label may be NULL. */
void report_bool(struct report *report, const char *key, const char *label, bool value);
/* "yes", or "no: WHY"; in JSON also KEY_why. NULL: yes. The label may be NULL. */
void report_unless(struct report *report, const char *key, const char *label, const char *why);
void report_int(struct report *report, const char *key, int64_t value);
/* Several values, one per line; in JSON an array of strings. The label may be NULL. */
void report_texts(struct report *report, const char *key, const char *label,
                  const struct str *values, size_t n);
/* A text in a report_list. */
void report_item(struct report *report, struct str value);

/* A sentence, in text only. */
void report_note(struct report *report, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Writes the text; invisible bytes as \xHH, so that a terminal is safe. */
void terminal_write(FILE *out, struct str text);

#endif
