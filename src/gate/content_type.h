/* SPDX-License-Identifier: Apache-2.0 */
/* types and default_type. */
#ifndef GATE_CONTENT_TYPE_H
#define GATE_CONTENT_TYPE_H

#include "gate/request.h"

/* Returns the type that a backend sent with X-Accel-Redirect, else the type for the extension of
 * the path's last segment. */
struct str content_type_of(const struct request *request);

#endif
