/* SPDX-License-Identifier: Apache-2.0 */
/* The variables about backends, and about requests to them. */
#ifndef MODULES_PROXY_PROXY_VARIABLES_H
#define MODULES_PROXY_PROXY_VARIABLES_H

#include <stddef.h>

#include "script/variables.h"

/* Facts are a struct request *. */
extern const struct builtin proxy_variables[];
enum { PROXY_VARIABLES = 15 };

#endif
