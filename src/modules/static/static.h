/* SPDX-License-Identifier: Apache-2.0 */
/* Static files: the handler of a location without another one. */
#ifndef MODULES_STATIC_STATIC_H
#define MODULES_STATIC_STATIC_H

#include "gate/request.h"

extern const struct handler static_handler;

#endif
