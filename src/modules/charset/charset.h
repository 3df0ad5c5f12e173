/* SPDX-License-Identifier: Apache-2.0 */
/* The charset parameter of Content-Type. It changes only the header: yett never converts bodies. */
#ifndef MODULES_CHARSET_CHARSET_H
#define MODULES_CHARSET_CHARSET_H

#include "gate/hooks.h"

/*
 * Gives the Content-Type the charset from `charset` or X-Accel-Charset. Leaves it if it names a
 * charset, if charset_types lacks it, and for a redirect 301 or 302.
 */
extern const struct hooks charset_hooks;

#endif
