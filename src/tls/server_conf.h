/* SPDX-License-Identifier: Apache-2.0 */
/* The ssl_* directives of http and server. */
#ifndef TLS_SERVER_CONF_H
#define TLS_SERVER_CONF_H

#include "conf/directive.h"

/* Rows over struct tls_server_settings. */
extern const struct directive tls_server_directives[];
extern const size_t tls_server_directives_n;

#endif
