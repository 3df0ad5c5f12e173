/* SPDX-License-Identifier: Apache-2.0 */
/*
 * NSS databases, in which Chromium and Firefox on Linux keep certificates: the common parts of
 * their scripts.
 *
 * The scripts add certificates with labels of their own, which the undo script looks for.
 * Certificates with other labels belong to the user, and stay.
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
 * Appends shell functions to the script of shell_start, for a database in "$db" (a directory):
 * `nss_put` for KIT_INSTALL, `nss_drop` for KIT_UNDO, `fail MESSAGE`, `need PROGRAM PACKAGE`. The
 * install script ends here if a program that nss_put calls is missing; the undo script must call
 * `need certutil libnss3-tools` if it finds a database. "$authority" is "yett " and nss_authority.
 */
MUST_CHECK bool nss_functions(const struct kit *kit, enum kit_part part, struct buf *out,
                              struct error *err);

#endif
