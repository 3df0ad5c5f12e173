/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A module is one row: directives, settings, a final check, and variables. To act on requests, it
 * puts a handler, access checks or hooks into the settings of locations.
 * src/modules/list.h names the modules. load/ gets them as a parameter and knows none by name.
 */
#ifndef LOAD_MODULE_H
#define LOAD_MODULE_H

#include "conf/directive.h"
#include "script/variables.h"
#include "site/settings.h"

struct loader;

/* The level of a module's own settings. */
#define LEVEL_MODULE LEVEL_SLOTS

struct module {
    const char *name; /* that of its folder; its directives may begin with NAME_ */

    /*
     * Its tables of directives, ended by NULL. `level` is LEVEL_MODULE if the rows fill in the
     * module's own settings, LEVEL_LOCATION if they fill in a struct location_settings.
     */
    const struct directive_table *const *tables;

    /*
     * The size of its settings, a struct in each server, location, `if` and limit_except:
     * location->modules[SLOT_name]. The outermost gets the `initial` values of the rows, else zero;
     * each other begins as a copy of the one around it. 0: no settings.
     */
    size_t size;
    /*
     * `http`, a server or location begins: resets what it does not inherit, may set its handler.
     * (`if` and limit_except inherit everything.) May be NULL.
     */
    void (*begin)(struct loader *loader, struct location_settings *location);
    /*
     * All directives are read: checks how they fit together, completes the settings, and adds
     * checks (level_add_check) and hooks (level_add_hooks). Called for each server, location, `if`
     * and limit_except, in the order of the configuration. May be NULL.
     */
    bool (*complete)(struct loader *loader, struct location_settings *location, struct error *err);

    const struct builtin *variables;
    size_t variables_n;
};

struct modules {
    const struct module *const *items; /* by slot */
    size_t n;
};

#endif
