/* SPDX-License-Identifier: Apache-2.0 */
/* The directives of the rewrite program: set, rewrite, return, break, and the condition of if. */
#ifndef SCRIPT_REWRITE_CONF_H
#define SCRIPT_REWRITE_CONF_H

#include "conf/directive.h"
#include "script/program.h"

/*
 * For a directive_table whose `base` is a struct program in the level's struct. Programs are not
 * inherited: the code that starts a nested level clears them.
 */
extern const struct directive rewrite_directives[];
extern const size_t rewrite_directives_n;

/*
 * Appends the `if` in scope->node to the program of its level. *body is the block's empty program,
 * for the caller to fill. `location`: the settings inside the block, NULL in a server. The block
 * may be read after simple directives that follow it in the file; its statement goes before theirs.
 */
MUST_CHECK bool rewrite_conf_if(struct conf_scope *scope, struct program *program,
                                struct program **body, const void *location, struct error *err);

#endif
