/* SPDX-License-Identifier: Apache-2.0 */
/* The access log: when a request ends, writes a line to each log of its location. */
#ifndef MODULES_LOG_RECORD_H
#define MODULES_LOG_RECORD_H

#include "gate/hooks.h"

extern const struct hooks record_hooks;

#endif
