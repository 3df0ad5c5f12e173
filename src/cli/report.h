/* SPDX-License-Identifier: Apache-2.0 */
/* What a subcommand has found out, said once: aligned for people, or as JSON. */
#ifndef CLI_REPORT_H
#define CLI_REPORT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/compiler.h"
#include "base/str.h"
#include "cli/json.h"

/*
 * Everything has a key, which is its name in JSON. For people its label stands before it: the key
 * with blanks for underscores unless another is given. Values may hold any bytes: what is not
 * visible is shown as \xHH.
 */
struct report {
    bool as_json;
    FILE *out;
    unsigned depth; /* of groups */
    struct json json;
};

/* Starts, and ends the line. */
void report_begin(struct report *report, bool as_json, FILE *out);
void report_end(struct report *report);

/* Members under a heading; an object in JSON. */
void report_group(struct report *report, const char *key, const char *heading);
void report_group_end(struct report *report);
/* The same for many of a kind: an array, whose members are groups with a NULL key, or texts. */
void report_list(struct report *report, const char *key, const char *heading);
void report_list_end(struct report *report);

/* Empty is "-", and null in JSON. */
void report_text(struct report *report, const char *key, struct str value);
void report_labelled(struct report *report, const char *key, const char *label, struct str value);
/* The label may be NULL. */
void report_bool(struct report *report, const char *key, const char *label, bool value);
/* "yes", or "no: WHY"; in JSON also KEY_why. NULL: yes. The label may be NULL. */
void report_unless(struct report *report, const char *key, const char *label, const char *why);
void report_int(struct report *report, const char *key, int64_t value);
/* Some of a kind, one below the other; an array of strings. The label may be NULL. */
void report_texts(struct report *report, const char *key, const char *label,
                  const struct str *values, size_t n);
/* A line in an enumeration. */
void report_item(struct report *report, struct str value);

/* A sentence for people, not in JSON. */
void report_note(struct report *report, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* The bytes as a terminal may have them. */
void terminal_write(FILE *out, struct str text);

#endif
