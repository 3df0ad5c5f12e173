/* SPDX-License-Identifier: Apache-2.0 */
/* Reads passphrases, from a file or the terminal. secret_deinit (ca/key.h) clears them. */
#ifndef CLI_SECRET_H
#define CLI_SECRET_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/compiler.h"
#include "base/error.h"

/* Reads the first line of the file and no more; it may be a pipe, so opens it once. */
MUST_CHECK bool secret_read(const char *path, struct buf *out, struct error *err);
/* Reads the whole file, at most 64 KB; it may be a pipe. */
MUST_CHECK bool secret_read_all(const char *path, struct buf *out, struct error *err);
/* Asks at the terminal, without echo. `prompt` names the secret: "passphrase". */
MUST_CHECK bool secret_ask(const char *prompt, bool twice, struct buf *out, struct error *err);
/* A new secret: from the file, or asked for twice. At least eight octets. */
MUST_CHECK bool secret_new(const char *path, const char *prompt, struct buf *out,
                           struct error *err);

#endif
