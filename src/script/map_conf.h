/* SPDX-License-Identifier: Apache-2.0 */
/* The directives map, geo and split_clients. */
#ifndef SCRIPT_MAP_CONF_H
#define SCRIPT_MAP_CONF_H

#include "base/arena.h"
#include "base/compiler.h"
#include "base/str.h"
#include "conf/directive.h"

/* The rows fill in no struct: they define variables in scope->vars. */
extern const struct directive map_directives[];
extern const size_t map_directives_n;

/*
 * Writes a line of a map whose key is exactly this text: quoted, and escaped if a map would read a
 * keyword (`default`, `include`, `~regex`). Writes the value unchanged. False: the key cannot be
 * quoted (conf_quote).
 */
MUST_CHECK bool map_line_write(struct str key, const char *value, struct arena *arena,
                               struct str *out);

#endif
