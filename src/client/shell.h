/* SPDX-License-Identifier: Apache-2.0 */
/* POSIX shell scripts: quoting, and their first lines. */
#ifndef CLIENT_SHELL_H
#define CLIENT_SHELL_H

#include "base/buf.h"
#include "base/str.h"
#include "client/kit.h"

/* Appends the text in single quotes, which quote everything (POSIX.1, XCU 2.2.2); no NUL. */
void shell_quote(struct buf *out, struct str text);

/*
 * Appends "#!/bin/sh", kit_comment, `set -eu`, and variables for the rest of the script: "$cert"
 * (certificate, intermediate, key) and, with trust_ca and in every undo, "$ca" (the root). In a kit
 * directory these files are beside the script, and "$here" is that directory. An install script
 * ends here if it cannot read "$cert". An undo script also undoes an install with trust_ca: the
 * user may not remember its options.
 */
void shell_start(struct buf *out, const struct kit *kit, enum kit_part part);

/*
 * Appends what administrators' scripts need: "$sudo", empty for root, and `place FILE COMMAND`,
 * which writes standard input to FILE, whole or not at all, because a browser may start at any
 * moment. COMMAND is "mv -fT", or "ln -T", which fails if FILE exists; neither follows a link. The
 * folder must exist. Programs may read all files in it, so a temporary file is in the folder above.
 */
void shell_root(struct buf *out);

#endif
