/* SPDX-License-Identifier: Apache-2.0 */
/* map: looks a value up by another (ngx_http_map_module). */
#ifndef SCRIPT_MAP_H
#define SCRIPT_MAP_H

#include "base/arena.h"
#include "base/error.h"
#include "script/regex.h"
#include "script/scope.h"
#include "script/template.h"

struct map;

struct map *map_new(struct arena *arena, struct template subject);
void map_set_hostnames(struct map *map);
/* The lines that are added next stand here; the first place is the block's. */
void map_set_place(struct map *map, struct line_place place);
/* Keys are exact (case ignored); with hostnames also "*.name", ".name" and "name.*". Refuses a
 * second value for a key: `conflicting parameter "x"`. */
MUST_CHECK bool map_add(struct map *map, struct str key, struct template value, struct error *err);
void map_add_regex(struct map *map, const struct regex *regex, struct template value);
MUST_CHECK bool map_set_default(struct map *map, struct template value, struct error *err);

/* The text to look up. */
const struct template *map_subject(const struct map *map);

/* Where the block stands. */
struct line_place map_place(const struct map *map);

/* A line of the block. */
struct map_line {
    struct str key;
    const struct regex *regex; /* NULL: the key is a text */
    const struct template *value;
    struct line_place place;
};
/* The i-th, without the default; false: there are no more. */
bool map_row_at(const struct map *map, size_t i, struct map_line *out);
/* The default; without one the value is empty, and it has no place. */
struct map_line map_default(const struct map *map);

/* The order is nginx's: exact, longest prefix mask, longest suffix mask, first regex, default,
 * empty. A question whose key is unknown chooses a value. */
struct value map_eval(const struct map *map, struct scope *scope);

#endif
