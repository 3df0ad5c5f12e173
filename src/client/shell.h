/* SPDX-License-Identifier: Apache-2.0 */
/* POSIX shell scripts: quoting, and how each of them starts. */
#ifndef CLIENT_SHELL_H
#define CLIENT_SHELL_H

#include "base/buf.h"
#include "base/str.h"
#include "client/kit.h"

/* In single quotes, which let nothing through (POSIX.1, XCU 2.2.2). Any bytes but NUL. */
void shell_quote(struct buf *out, struct str text);

/*
 * "#!/bin/sh", what it is, `set -eu`, and the variables that the rest of a script may use: "$cert"
 * (certificate, intermediate, key) and, with trust_ca and in every undo, "$ca" (the root). In a kit
 * directory these are beside the script, and "$here" is that directory. An installing script ends
 * here if "$cert" cannot be read. An undoing one takes back what an install with trust_ca did, too:
 * the user may not remember how it was called.
 */
void shell_start(struct buf *out, const struct kit *kit, enum kit_part part);

/*
 * What administrators do: "$sudo", which is empty for root, and `place FILE COMMAND`, which makes
 * FILE of standard input, whole or not at all, since a browser may start at any moment. COMMAND is
 * "mv -fT", or "ln -T" that fails if FILE is there; neither follows a link. The folder is there,
 * and so may be other programs that read all of it: what is not done yet lies in the one above.
 */
void shell_root(struct buf *out);

#endif
