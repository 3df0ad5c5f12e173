/* SPDX-License-Identifier: Apache-2.0 */
/* The directives that open blocks, and those for the addresses and names of a server. */
#ifndef LOAD_HTTP_CONF_H
#define LOAD_HTTP_CONF_H

#include "conf/directive.h"

extern const struct directive http_directives[];
extern const size_t http_directives_n;

#endif
