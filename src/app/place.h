/* SPDX-License-Identifier: Apache-2.0 */
/* Which directive an error is about that came up after the directives were read. */
#ifndef APP_PLACE_H
#define APP_PLACE_H

#include "base/error.h"
#include "conf/tree.h"

/* Where to look. The strings are borrowed. */
struct place {
    const struct conf_node *first; /* the whole configuration */
    const char *conf_prefix;       /* what paths in it are relative to */
    const char *prefix;            /* the same, for logs */
    const char *file;              /* the block: the directives in it and around it; NULL: all */
    unsigned line;
    const char *names; /* how the directives begin: "ssl_" */
    const char *value; /* a path of one, if the sentence does not say it; or NULL */
};

/*
 * Puts " in FILE:LINE" behind the text of `err`: that of the directive whose value stands in quotes
 * in it (as a path: the file, or one below it), else of the one that has `value`, else of one whose
 * name it says, else of the block. Of the same directive in nested blocks, the innermost counts.
 */
void place_error(const struct place *place, struct error *err);

#endif
