/* SPDX-License-Identifier: Apache-2.0 */
/* Passphrases: from a file, or typed unseen. secret_deinit (ca/key.h) clears them. */
#ifndef CLI_SECRET_H
#define CLI_SECRET_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/compiler.h"
#include "base/error.h"

/* The first line of the file, which may be a pipe: it is opened once, and read no further. */
MUST_CHECK bool secret_read(const char *path, struct buf *out, struct error *err);
/* The whole file, which may be a pipe: 64 KB at most. */
MUST_CHECK bool secret_read_all(const char *path, struct buf *out, struct error *err);
/* At the terminal. `prompt` is what it is called: "passphrase". */
MUST_CHECK bool secret_ask(const char *prompt, bool twice, struct buf *out, struct error *err);
/* A secret for a new thing: from the file, or asked for twice. At least eight octets. */
MUST_CHECK bool secret_new(const char *path, const char *prompt, struct buf *out,
                           struct error *err);

#endif
