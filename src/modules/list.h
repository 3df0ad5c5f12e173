/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The modules, one per line. A module `x` is the folder src/modules/x, whose meson.build names its
 * files, and a row `const struct module x_module` in one of them (load/module.h). A line here does
 * the rest: it adds the folder to the build, the row to the table, and a slot for the settings.
 *
 * The order is also that of the headings in docs/directives.md, and of the calls of checks and
 * hooks.
 */
#ifndef MODULES_LIST_H
#define MODULES_LIST_H

/* clang-format off */
#define MODULES(ROW) \
    ROW(static) \
    ROW(access) \
    ROW(headers) \
    ROW(charset) \
    ROW(log) \
    ROW(proxy)
/* clang-format on */

/* location->modules[SLOT_x] is the settings of module x. */
#define MODULE_SLOT(name) SLOT_##name,
enum { MODULES(MODULE_SLOT) MODULES_N };

/* Declares the rows. */
#define MODULE_ROW(name) extern const struct module name##_module;
struct module;
MODULES(MODULE_ROW)

#endif
