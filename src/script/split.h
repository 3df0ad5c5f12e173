/* SPDX-License-Identifier: Apache-2.0 */
/* split_clients: chooses a value by a hash of a text (ngx_http_split_clients_module;
 * MurmurHash2). */
#ifndef SCRIPT_SPLIT_H
#define SCRIPT_SPLIT_H

#include "base/arena.h"
#include "base/error.h"
#include "script/template.h"

struct split;

struct split *split_new(struct arena *arena, struct template subject);
/* `percent` in hundredths of a percent (0.01% is 1); for the rest ("*") it is 0; add that last.
 * Refuses a total above 100%. */
MUST_CHECK bool split_add(struct split *split, unsigned percent, struct str value,
                          struct error *err);
struct value split_eval(const struct split *split, struct scope *scope);

#endif
