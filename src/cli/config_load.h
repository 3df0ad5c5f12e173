/* SPDX-License-Identifier: Apache-2.0 */
/* Loads a configuration to look at it: nothing is listened on, and no log is opened. */
#ifndef CLI_CONFIG_LOAD_H
#define CLI_CONFIG_LOAD_H

#include "base/arena.h"
#include "base/compiler.h"
#include "base/error.h"
#include "cli/arguments.h"
#include "load/options.h"
#include "load/settings_load.h"

/* As -p and -c. */
#define CONFIG_PREFIX_DEFAULT "/etc/yett/"
#define CONFIG_PATH_DEFAULT   "/etc/yett/yett.conf"

/*
 * Loads as `yett -t` does, with certificates, keys and CRLs. Free with settings_unload, also after
 * an error. *err is the first error, and says how many follow.
 */
MUST_CHECK bool config_load(const struct options *options, struct loaded *out, struct error *err);

/* The error of a load that failed: the first of its errors, and how many follow. Returns false. */
bool config_load_failed(const struct errors *errors, const char *conf, struct error *err);

/*
 * The configuration of a command "[options] [CONFIG]": `option`, as --config gave it, or NULL; or
 * the one word; or the default. In the arena, not resolved. Fails if there are two.
 */
MUST_CHECK bool config_choose(const struct words *words, const char *option, struct arena *arena,
                              const char **out, struct error *err);

/* The path of a configuration that is named relative to the current directory. In the arena. */
const char *config_path(const char *path, struct arena *arena);

#endif
