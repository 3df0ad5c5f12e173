/* SPDX-License-Identifier: Apache-2.0 */
/* What an OpenSSL configuration says of the files of `openssl ca`. */
#ifndef CA_IMPORT_CONFIG_H
#define CA_IMPORT_CONFIG_H

#include <openssl/conf.h>
#include <stdbool.h>

#include "base/arena.h"
#include "base/compiler.h"
#include "base/error.h"

struct import_config {
    const char *path; /* borrowed */
    CONF *conf;
    const char *section; /* that [ca] default_ca names */
    const char *home;    /* its `dir`; NULL: it has none */
    const char *now;     /* the directory that `home` stands for */
};

/*
 * Reads it for the CA in the directory `dir` (borrowed, like `path`). *found is false when it says
 * nothing of a CA. If its `dir` is another directory, that is assumed to be the place before the
 * directory was moved or copied: it stands for `dir`, or for the folder of the same name in it if
 * the database is there. import_config_deinit in any case.
 */
MUST_CHECK bool import_config_read(const char *path, const char *dir, struct arena *arena,
                                   struct import_config *out, bool *found, struct error *err);
void import_config_deinit(struct import_config *config);

/* The path that an option of the section names, in the arena; NULL: it is not set. */
const char *import_config_path(const struct import_config *config, const char *option,
                               const char *dir, struct arena *arena);

/* Whether the path exists and is `dir` or something in it; a link in `dir` is. */
bool import_config_within(const char *path, const char *dir);

#endif
