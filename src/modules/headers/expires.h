/* SPDX-License-Identifier: Apache-2.0 */
/* expires: how long a response may be cached. */
#ifndef MODULES_HEADERS_EXPIRES_H
#define MODULES_HEADERS_EXPIRES_H

#include "gate/request.h"
#include "modules/headers/headers_settings.h"

/* For `expires` other than off: adds Expires and Cache-Control, in place of those from a
 * backend. */
void expires_add(struct request *request, const struct expires *expires);

#endif
