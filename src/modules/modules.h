/* SPDX-License-Identifier: Apache-2.0 */
/* All modules, for the programs that load a configuration. */
#ifndef MODULES_MODULES_H
#define MODULES_MODULES_H

#include "load/module.h"

extern const struct modules all_modules;

#endif
