/* SPDX-License-Identifier: Apache-2.0 */
#include "modules/modules.h"

#include "modules/list.h"

#define MODULE_ADDRESS(name) &name##_module,

static const struct module *const ROWS[] = {MODULES(MODULE_ADDRESS)};

const struct modules all_modules = {ROWS, MODULES_N};
