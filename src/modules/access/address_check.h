/* SPDX-License-Identifier: Apache-2.0 */
/* allow and deny, by the client's address (ngx_http_access_module). */
#ifndef MODULES_ACCESS_ADDRESS_CHECK_H
#define MODULES_ACCESS_ADDRESS_CHECK_H

#include "site/access.h"

extern const struct access_check address_check;

#endif
