/* SPDX-License-Identifier: Apache-2.0 */
/* Directives of the main context and of events. */
#ifndef LOAD_MAIN_CONF_H
#define LOAD_MAIN_CONF_H

#include "conf/directive.h"

/* The rows fill in struct main_settings. */
extern const struct directive main_directives[];
extern const size_t main_directives_n;

#endif
