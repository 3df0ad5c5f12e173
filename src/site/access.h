/* SPDX-License-Identifier: Apache-2.0 */
/* allow and deny, by the client's address (ngx_http_access_module). */
#ifndef SITE_ACCESS_H
#define SITE_ACCESS_H

#include "site/walk.h"

enum walk_step access_step(struct walk *walk, struct decision *out);

#endif
