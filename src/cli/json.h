/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes JSON (RFC 8259) piece by piece. Does not read it.
 *
 * This is no library, because `yett ca list --json` prints each row as the store returns it, so
 * that a million certificates take no more memory than one. jansson, Debian's library for JSON,
 * builds a document in memory before it writes it.
 */
#ifndef CLI_JSON_H
#define CLI_JSON_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/str.h"

/* {.out = stdout} starts a document. */
struct json {
    FILE *out;
    bool comma; /* the next member needs a comma before it */
};

/* The key is NULL inside an array and for the document itself. */
void json_object(struct json *json, const char *key);
void json_array(struct json *json, const char *key);
void json_object_end(struct json *json);
void json_array_end(struct json *json);
/* Characters that a terminal would interpret or not show become \u escapes; an octet that is not
 * UTF-8 becomes "?". */
void json_str(struct json *json, const char *key, struct str value);
void json_int(struct json *json, const char *key, int64_t value);
void json_bool(struct json *json, const char *key, bool value);
void json_null(struct json *json, const char *key);

#endif
