/* SPDX-License-Identifier: Apache-2.0 */
#include "ca/import_config.h"

#include <assert.h>
#include <limits.h>
#include <openssl/err.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "pki/bundle.h"

static bool starts_below(struct str path, struct str dir)
{
    struct str rest = str_skip(path, dir.n);
    return str_starts(path, dir) && (rest.n == 0 || rest.p[0] == '/');
}

/* What is behind `home` and its slash, or nothing; false when the value is elsewhere. */
static bool below(const char *value, const char *home, struct str *out)
{
    struct str prefix = str_of(home);
    while (str_ends(prefix, STR("/"))) {
        prefix.n--;
    }
    *out = str_skip(str_of(value), prefix.n + 1);
    return starts_below(str_of(value), prefix);
}

const char *import_config_path(const struct import_config *config, const char *option,
                               const char *dir, struct arena *arena)
{
    assert(config->conf && config->section);
    struct str rest;
    const char *value = NCONF_get_string(config->conf, config->section, option);
    if (!value) {
        ERR_clear_error();
        return NULL;
    }
    if (config->home && below(value, config->home, &rest)) {
        return rest.n > 0 ? path_resolve(arena, str_of(config->now), rest) : config->now;
    }
    return path_resolve(arena, str_of(dir), str_of(value));
}

bool import_config_within(const char *path, const char *dir)
{
    char real[PATH_MAX];
    char top[PATH_MAX];
    struct str text = str_of(path);
    if (access(path, F_OK) != 0) {
        return false;
    }
    /* As it is written, so that a link in the directory is in it; or as it really is. */
    return (starts_below(text, str_of(dir)) && str_search(text, STR("..")) == text.n) ||
           (realpath(path, real) && realpath(dir, top) && starts_below(str_of(real), str_of(top)));
}

static bool has_database(struct import_config *config, const char *now, struct arena *arena)
{
    config->now = now;
    return access(import_config_path(config, "database", now, arena), F_OK) == 0;
}

/*
 * A relative `dir` counts from where the commands were run: in the directory, or above it. One that
 * is elsewhere is where the directory was: it stands for `dir`, or for the folder of its name
 * there.
 */
static void home_set(struct import_config *config, const char *dir, struct arena *arena)
{
    config->home = NCONF_get_string(config->conf, config->section, "dir");
    config->now = dir;
    if (!config->home) {
        ERR_clear_error();
        return;
    }
    const char *named = path_resolve(arena, str_of(dir), str_of(config->home));
    if (import_config_within(named, dir)) {
        config->now = named;
        return;
    }
    struct str name = str_of(config->home);
    while (str_ends(name, STR("/"))) {
        name.n--;
    }
    name = str_skip(name, str_rfind(name, '/') < name.n ? str_rfind(name, '/') + 1 : 0);
    const char *same = path_resolve(arena, str_of(dir), name);
    if (has_database(config, dir, arena) || !import_config_within(same, dir) ||
        !has_database(config, same, arena)) {
        config->now = dir;
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
