/* SPDX-License-Identifier: Apache-2.0 */
/* The variables that yett itself provides, read from the live request. */
#ifndef GATE_VARIABLES_H
#define GATE_VARIABLES_H

#include <stddef.h>

#include "script/scope.h"
#include "script/variables.h"

extern const struct builtin *const gate_builtins;
extern const size_t gate_builtins_n;

/* Facts are a struct request *. */
extern const struct scope_host gate_scope_host;

#endif
