/* SPDX-License-Identifier: Apache-2.0 */
/* The files of `openssl ca`, as an OpenSSL configuration names them. */
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
    const char *section; /* the one named by default_ca in [ca] */
    const char *home;    /* its `dir`; NULL: it has none */
    const char *now;     /* the directory that `home` stands for */
};

/*
 * Reads the configuration of the CA in the directory `dir` (borrowed, like `path`). *found is false
 * if it describes no CA. If it names another directory, assumes that the CA was moved or copied
 * from there: that path then stands for `dir`, or for the folder of the same name in it if the
 * database is there. Call import_config_deinit in any case.
 */
MUST_CHECK bool import_config_read(const char *path, const char *dir, struct arena *arena,
                                   struct import_config *out, bool *found, struct error *err);
void import_config_deinit(struct import_config *config);

/* The path that an option of the section names, in the arena; NULL: it is not set. */
const char *import_config_path(const struct import_config *config, const char *option,
                               const char *dir, struct arena *arena);

/* Whether the path exists and is `dir` or inside it; so is a link in `dir`. */
bool import_config_within(const char *path, const char *dir);

#endif
