/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A module is one row: its directives, its settings, what is checked once all is read, and its
 * variables. What it does to a request, it puts into the settings of the locations that need it: a
 * handler, checks of who may pass, hooks.
 * src/modules/list.h names the modules. load/ gets them as a parameter and knows none by name.
 */
#ifndef LOAD_MODULE_H
#define LOAD_MODULE_H

#include "conf/directive.h"
#include "script/variables.h"
#include "site/settings.h"

struct loader;

/* Of a table in a module: the struct of its own settings. */
#define LEVEL_MODULE LEVEL_SLOTS

struct module {
    const char *name; /* that of its folder; its directives may begin with it and '_' */

    /*
     * Its tables of directives, ended by NULL. `level` is LEVEL_MODULE for rows that fill in the
     * module's own settings, LEVEL_LOCATION for rows that fill in a struct location_settings.
     */
    const struct directive_table *const *tables;

    /*
     * Its settings: a struct of this size in each server, location, `if` and limit_except, as
     * location->modules[SLOT_name]. The outermost is zeroed, then `initial` of the rows is set;
     * each other begins as a copy of the one around it. 0: it has none.
     */
    size_t size;
    /*
     * `http`, a server or location begins: sets back what it does not inherit, may set its handler.
     * (An `if` and a limit_except inherit everything.) May be NULL.
     */
    void (*begin)(struct loader *loader, struct location_settings *location);
    /*
     * All directives are read: checks what takes several of them, completes the settings, and adds
     * checks (level_add_check) and hooks (level_add_hooks). Called for each server, location, `if`
     * and limit_except, in the order in which they were read. May be NULL.
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
