/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the directive for an error that was found after the directives were read. */
#ifndef LOAD_PLACE_H
#define LOAD_PLACE_H

#include "base/error.h"
#include "conf/tree.h"

/* Where to look. The strings are borrowed. */
struct place {
    const struct conf_node *first; /* the whole configuration */
    const char *conf_prefix;       /* the base of relative paths */
    const char *prefix;            /* the same, for logs */
    const char *file;              /* the block: look in it and around it; NULL: everywhere */
    unsigned line;
    const char *names; /* the prefix of the directives' names: "ssl_" */
    const char *value; /* a path in the directive that the error does not name; or NULL */
};

/*
 * Appends " in FILE:LINE" to the text of `err`: the place of the directive whose value the text
 * quotes (for a path: the file, or one below it); else of the directive with `value`; else of a
 * directive that the text names; else of the block. If nested blocks have the same directive, the
 * innermost counts.
 */
void place_error(const struct place *place, struct error *err);

#endif
