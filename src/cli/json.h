/* SPDX-License-Identifier: Apache-2.0 */
/* JSON (RFC 8259) as it is written, piece by piece. */
#ifndef CLI_JSON_H
#define CLI_JSON_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/str.h"

/* {.out = stdout} starts a document. */
struct json {
    FILE *out;
    bool comma; /* something stands before the next member */
};

/* The key is NULL inside an array and for the document itself. */
void json_object(struct json *json, const char *key);
void json_array(struct json *json, const char *key);
void json_object_end(struct json *json);
void json_array_end(struct json *json);
/* What a terminal or an eye would not see as what it is becomes a \u escape; what is no UTF-8, "?".
 */
void json_str(struct json *json, const char *key, struct str value);
void json_int(struct json *json, const char *key, int64_t value);
void json_bool(struct json *json, const char *key, bool value);
void json_null(struct json *json, const char *key);

#endif
