/* SPDX-License-Identifier: Apache-2.0 */
/* One run of `yett client`. */
#ifndef CLI_CLIENT_H
#define CLI_CLIENT_H

#include "cli/ca.h"
#include "client/kit.h"

struct client_command {
    struct ca_command base;
    struct kit kit;
    struct record record;
    const char *out; /* NULL: print */
    const char *password_file;
    bool undo;
    bool legacy;
    struct buf pkcs12;
};

/* Writes the directory command->out, all or nothing; it must not exist. */
MUST_CHECK bool client_out(struct client_command *command);

#endif
