/* SPDX-License-Identifier: Apache-2.0 */
/* types and default_type. */
#ifndef GATE_CONTENT_TYPE_H
#define GATE_CONTENT_TYPE_H

#include "site/settings.h"

/* By the extension of the path's last segment. */
struct str content_type_of(const struct location_settings *location, struct str path);

#endif
