/* SPDX-License-Identifier: Apache-2.0 */
/* Parses a configuration with its included files by nginx's grammar: a tree of directives. */
#ifndef CONF_TREE_H
#define CONF_TREE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"

/* A directive with its arguments, or a line inside map, geo, types (whose first word is the
 * name). */
struct conf_node {
    struct str name;  /* unquoted: quotes and backslashes are resolved as in nginx */
    struct str *args; /* without the name */
    size_t n;
    bool name_quoted;           /* "default" in quotes is a value, not the keyword (map, geo) */
    bool is_block;              /* ended by { } and not by ; */
    struct conf_node *children; /* siblings are linked by next */
    struct conf_node *next;
    const char *file;  /* as in messages */
    unsigned line;     /* of the name */
    unsigned end_line; /* of the closing brace; = line for a simple directive */
};

/* A file of the configuration, for -T. */
struct conf_file {
    const char *path;
    struct str text;
};

struct conf_tree {
    struct conf_node *first;
    struct conf_file *files; /* in the order they were opened */
    size_t files_n;
};

/*
 * Reads `path` and, in place, every `include` (globs sorted by name; relative to the directory of
 * `path`; a glob may match nothing, but a plain name must exist). The depth is limited to 32, which
 * also ends cycles of files. Errors are nginx's: `unexpected "}" in FILE:LINE`, …
 */
MUST_CHECK bool conf_tree_load(const char *path, struct arena *arena, struct conf_tree *out,
                               struct error *err);

/* Parses text as the content of a file named `name`; refuses `include`. For -g, defaults, tests,
 * fuzzing. */
MUST_CHECK bool conf_tree_parse(struct str text, const char *name, struct arena *arena,
                                struct conf_tree *out, struct error *err);

/*
 * Appends " in FILE:LINE" of the node to the text of `err`, unless a node inside it has done so.
 * Always returns false.
 */
bool conf_error_at(const struct conf_node *node, struct error *err);

#endif
