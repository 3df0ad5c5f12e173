/* SPDX-License-Identifier: Apache-2.0 */
/* All directive tables together. */
#ifndef LOAD_TABLES_H
#define LOAD_TABLES_H

#include "conf/directive.h"
#include "load/module.h"

/* The tables for the loader, the documents and the tests: the common ones, and those of the
 * modules. In the arena. */
const struct conf_tables *tables_new(struct arena *arena, const struct modules *modules);

#endif
