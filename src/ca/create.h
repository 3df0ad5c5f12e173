/* SPDX-License-Identifier: Apache-2.0 */
/* The first steps of making a CA's directory. */
#ifndef CA_CREATE_H
#define CA_CREATE_H

#include <stdbool.h>

#include "base/compiler.h"
#include "base/error.h"
#include "base/str.h"
#include "ca/authority.h"

/* Makes directory, lock, empty store and folders. Refuses a directory with anything but the remains
 * of an interrupted init. Call ca_close in any case. */
MUST_CHECK bool ca_create_start(struct ca *ca, const char *path, struct error *err);
/* Writes the CA's key to its place, encrypted with the passphrase. */
MUST_CHECK bool ca_create_key(struct ca *ca, const struct authority *authority,
                              struct str passphrase, struct error *err);

#endif
