/* SPDX-License-Identifier: Apache-2.0 */
/* Whether two server blocks have the same TLS settings. */
#ifndef TLS_SETTINGS_KEY_H
#define TLS_SETTINGS_KEY_H

#include "base/buf.h"
#include "tls/settings.h"

/*
 * Appends bytes that are equal for two blocks only if every ssl_* setting of theirs is: the values
 * themselves, not a digest. Where a directive stands does not count. The settings must have been
 * zeroed before they were filled in.
 */
void tls_settings_key(const struct tls_server_settings *settings, struct buf *out);

#endif
