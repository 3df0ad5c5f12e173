/* SPDX-License-Identifier: Apache-2.0 */
/* Static files: the handler of a location without another one. */
#ifndef CONTENT_STATIC_H
#define CONTENT_STATIC_H

#include "gate/request.h"

extern const struct handler static_handler;

#endif
