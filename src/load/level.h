/* SPDX-License-Identifier: Apache-2.0 */
/* Levels of the configuration, and what each inherits. */
#ifndef LOAD_LEVEL_H
#define LOAD_LEVEL_H

#include "load/loader.h"

/* Begins the outermost level. level_set_initial sets its values. */
void level_begin_http(struct loader *loader, struct location_settings *http);
/* Begins a server or location inside `outer`. */
void level_begin(struct loader *loader, struct location_settings *inner,
                 const struct location_settings *outer);
/* Begins an `if` or limit_except: it inherits everything from the location around it. */
void level_begin_part(struct loader *loader, struct location_settings *inner,
                      const struct location_settings *outer);

/* Sets the initial values in the rows of all tables. `block` is that of `http`. */
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

/* The level in the form that the directive tables use. */
struct conf_level level_of(const struct loader *loader, const struct block *block,
                           unsigned context);

#endif
