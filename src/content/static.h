/* SPDX-License-Identifier: Apache-2.0 */
/* Files: what answers a location that names nothing else. */
#ifndef CONTENT_STATIC_H
#define CONTENT_STATIC_H

#include "gate/request.h"

extern const struct handler static_handler;

#endif
