/* SPDX-License-Identifier: Apache-2.0 */
/*
 * NSS databases, in which Chromium and Firefox on Linux keep certificates: what their scripts have
 * in common.
 *
 * Everything is put in under labels of our own, which the undoing script looks for. Certificates
 * under other labels belong to the user, and are left alone.
 */
#ifndef CLIENT_NSS_H
#define CLIENT_NSS_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/compiler.h"
#include "base/error.h"
#include "client/kit.h"

/* The text that distinguishes CAs of the same name: a part of the root's digest, in the arena. */
MUST_CHECK bool nss_authority(const struct kit *kit, struct str *out, struct error *err);

/*
 * Appends shell functions to what shell_start has begun, for a database in "$db" (a directory):
 * `nss_put` for KIT_INSTALL, `nss_drop` for KIT_UNDO, `fail MESSAGE`, `need PROGRAM PACKAGE`. The
 * installing script ends here if a program is missing that nss_put calls; the other one has to say
 * `need certutil libnss3-tools` if it finds a database. "$authority" is "yett " and nss_authority.
 */
MUST_CHECK bool nss_functions(const struct kit *kit, enum kit_part part, struct buf *out,
                              struct error *err);

#endif
