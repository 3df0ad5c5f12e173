/* SPDX-License-Identifier: Apache-2.0 */
/* The directives of the rewrite program: set, rewrite, return, break, and the condition of if. */
#ifndef SCRIPT_REWRITE_CONF_H
#define SCRIPT_REWRITE_CONF_H

#include "conf/directive.h"
#include "script/program.h"

/*
 * For a directive_table whose `base` is a struct program in the level's struct. A program is not
 * inherited: the code that starts a nested level clears it.
 */
extern const struct directive rewrite_directives[];
extern const size_t rewrite_directives_n;

/*
 * Appends the statement of the `if` in scope->node, whose words are the node's arguments, to the
 * program of its level. *body is the empty program of the block, for the caller to fill. `location`
 * are the settings inside the block, NULL in a server. A block may be read after simple directives
 * that follow it in the file; its statement is put before theirs.
 */
MUST_CHECK bool rewrite_conf_if(struct conf_scope *scope, struct program *program,
                                struct program **body, const void *location, struct error *err);

#endif
