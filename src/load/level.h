/* SPDX-License-Identifier: Apache-2.0 */
/* A level of the configuration begins: what it takes from the one around it. */
#ifndef LOAD_LEVEL_H
#define LOAD_LEVEL_H

#include "load/loader.h"

/* The outermost level. Its values are then those of the rows (level_set_initial). */
void level_begin_http(struct loader *loader, struct location_settings *http);
/* A server or location inside `outer`. */
void level_begin(struct loader *loader, struct location_settings *inner,
                 const struct location_settings *outer);
/* An `if` or limit_except: part of the location around it, which it inherits all of. */
void level_begin_part(struct loader *loader, struct location_settings *inner,
                      const struct location_settings *outer);

/* Sets what the rows of all tables say is initial. `block` is that of `http`. */
MUST_CHECK bool level_set_initial(const struct conf_scope *scope, const struct block *block,
                                  struct error *err);

/* All directives are read: completes the settings of a level. */
MUST_CHECK bool level_complete(struct loader *loader, struct location_settings *location,
                               struct error *err);

/* For `complete` of a module: from now on the location asks this check, or calls these hooks. */
void level_add_check(struct loader *loader, struct location_settings *location,
                     const struct access_check *check);
void level_add_hooks(struct loader *loader, struct location_settings *location,
                     const struct hooks *hooks);

/* As the directive tables see it. */
struct conf_level level_of(const struct loader *loader, const struct block *block,
                           unsigned context);

#endif
