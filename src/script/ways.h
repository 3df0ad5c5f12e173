/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The values that a map, geo or split_clients can give, each once, with a line that gives it. A
 * question chooses among them if the key is unknown.
 */
#ifndef SCRIPT_WAYS_H
#define SCRIPT_WAYS_H

#include "base/arena.h"
#include "base/strmap.h"
#include "script/scope.h"
#include "script/template.h"

struct way {
    struct template value;
    struct str key; /* as the line says it, for people: `is "x"`, `matches "x"` */
    struct line_place place;
    size_t lines; /* how many give this value */
};

/* Zeroed is valid: none. */
struct ways {
    struct way *items;
    size_t n;
    struct strmap by_value; /* constant value -> struct way */
    bool many;              /* more than a question can try: the value stays unknown */
};

/* Adds the value of a line, unless it is there. Returns its number, or WAYS_MAX if there are too
 * many. Borrows. */
enum { WAYS_MAX = 16 };
size_t ways_add(struct ways *ways, struct arena *arena, const struct template *value,
                struct str key, struct line_place place);

/* Chooses one of the ways, or `otherwise` with its place. `possible` says of each way whether the
 * key may lead there; NULL: of all. VALUE_UNKNOWN: there are too many, or this is no question. */
struct value ways_choose(const struct ways *ways, struct scope *scope, struct str subject,
                         const bool possible[WAYS_MAX], const struct template *otherwise,
                         struct line_place place);

#endif
