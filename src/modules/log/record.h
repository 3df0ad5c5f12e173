/* SPDX-License-Identifier: Apache-2.0 */
/* The access log: at its end, a request leaves a line in each log of its location. */
#ifndef MODULES_LOG_RECORD_H
#define MODULES_LOG_RECORD_H

#include "gate/hooks.h"

extern const struct hooks record_hooks;

#endif
