/* SPDX-License-Identifier: Apache-2.0 */
/* The setter for directives whose argument is a text with variables. */
#ifndef SCRIPT_TEMPLATE_CONF_H
#define SCRIPT_TEMPLATE_CONF_H

#include "conf/directive.h"

/* Compiles the first argument, with scope->vars, into `field`, a struct template. */
directive_set set_template;

#endif
