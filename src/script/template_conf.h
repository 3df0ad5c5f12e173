/* SPDX-License-Identifier: Apache-2.0 */
/* The setter for directives whose argument is a text with variables. */
#ifndef SCRIPT_TEMPLATE_CONF_H
#define SCRIPT_TEMPLATE_CONF_H

#include "conf/directive.h"

/* `field` is a struct template; the first argument is compiled with scope->vars. */
directive_set set_template;

#endif
