/* SPDX-License-Identifier: Apache-2.0 */
/* The directives that yett knows but does not support: it ignores none silently. */
#ifndef LOAD_LATER_CONF_H
#define LOAD_LATER_CONF_H

#include "conf/directive.h"

/* For a directive_table of LEVEL_LOCATION; no row has a field. */
extern const struct directive later_directives[];
extern const size_t later_directives_n;

#endif
