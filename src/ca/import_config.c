/* SPDX-License-Identifier: Apache-2.0 */
#include "ca/import_config.h"

#include <limits.h>
#include <openssl/err.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "pki/bundle.h"

/* What is behind `home` and its slash; false when the value is elsewhere. */
static bool below(const char *value, const char *home, struct str *out)
{
    struct str prefix = str_of(home);
    while (str_ends(prefix, STR("/"))) {
        prefix.n--;
    }
    *out = str_skip(str_of(value), prefix.n);
    return str_starts(str_of(value), prefix) && str_starts(*out, STR("/"));
}

const char *import_config_path(const struct import_config *config, const char *option,
                               const char *dir, struct arena *arena)
{
    struct str rest;
    const char *value = NCONF_get_string(config->conf, config->section, option);
    if (!value) {
        ERR_clear_error();
        return NULL;
    }
    if (config->home && below(value, config->home, &rest)) {
        return path_resolve(arena, str_of(config->now), str_skip(rest, 1));
    }
    return path_resolve(arena, str_of(dir), str_of(value));
}

/* Whether the directory is `dir`, or in it. */
static bool within(const char *path, const char *dir)
{
    char real[PATH_MAX];
    char top[PATH_MAX];
    if (!realpath(path, real) || !realpath(dir, top)) {
        return false;
    }
    struct str rest = str_skip(str_of(real), strlen(top));
    return str_starts(str_of(real), str_of(top)) && (rest.n == 0 || rest.p[0] == '/');
}

/* A relative `dir` counts from where the commands were run: in the directory, or above it. */
static void home_set(struct import_config *config, const char *dir, struct arena *arena)
{
    config->home = NCONF_get_string(config->conf, config->section, "dir");
    config->now = dir;
    if (!config->home) {
        ERR_clear_error();
        return;
    }
    const char *named = path_resolve(arena, str_of(dir), str_of(config->home));
    if (within(named, dir)) {
        config->now = named;
        return;
    }
    const char *database = import_config_path(config, "database", dir, arena);
    if (access(database, F_OK) != 0) {
        config->now = named;
    }
}

bool import_config_read(const char *path, const char *dir, struct arena *arena,
                        struct import_config *out, bool *found, struct error *err)
{
    long line = 0;
    char why[SSL_ERRORS_MAX];
    *found = false;
    *out = (struct import_config){.path = path, .conf = NCONF_new(NULL)};
    ERR_clear_error();
    if (!out->conf || NCONF_load(out->conf, path, &line) <= 0) {
        return error_set(err, "cannot read the OpenSSL configuration \"%s\": line %ld%s", path,
                         line, ssl_errors(why));
    }
    out->section = NCONF_get_string(out->conf, "ca", "default_ca");
    if (out->section && NCONF_get_string(out->conf, out->section, "database")) {
        home_set(out, dir, arena);
        *found = true;
    }
    ERR_clear_error();
    return true;
}

void import_config_deinit(struct import_config *config)
{
    NCONF_free(config->conf);
    config->conf = NULL;
}
