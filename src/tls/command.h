/* SPDX-License-Identifier: Apache-2.0 */
/* Commands of OpenSSL's configuration: ssl_conf_command, proxy_ssl_conf_command. */
#ifndef TLS_COMMAND_H
#define TLS_COMMAND_H

#include "base/arena.h"
#include "tls/settings.h"

/*
 * Makes a command of a directive's words. A file or directory becomes relative to `base`, the
 * folder of the configuration, as in all other directives.
 */
struct tls_command tls_command_make(struct arena *arena, const char *base, struct str name,
                                    struct str value);

/* Whether one of them reads a file: a certificate, a key, DH parameters. */
bool tls_commands_read_files(const struct tls_command *commands, size_t n);

#endif
