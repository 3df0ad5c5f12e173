/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/config_load.h"

#include <assert.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "modules/modules.h"

bool config_choose(const struct words *words, const char *option, struct arena *arena,
                   const char **out, struct error *err)
{
    if (words->n + (option != NULL) > 1) {
        return error_set(err, "more than one configuration");
    }
    *out = words->n ? arena_cstr(arena, words->items[0]) : option ? option : CONFIG_PATH_DEFAULT;
    return true;
}

const char *config_path(const char *path, struct arena *arena)
{
    char *directory = getcwd(NULL, 0);
    struct str here = directory ? str_of(directory) : STR("/");
    const char *result = path_resolve(arena, here, str_of(path));
    free(directory);
    return result;
}

bool config_load_failed(const struct errors *errors, const char *conf, struct error *err)
{
    assert(errors->n > 0); /* no load fails without a reason */
    return errors->n == 1 ? error_set(err, "%s", errors->items[0])
                          : error_set(err, "%s; and %zu more errors, which \"yett -t -c %s\" shows",
                                      errors->items[0], errors->n + errors->more - 1, conf);
}

bool config_load(const struct options *options, struct loaded *out, struct error *err)
{
    static const unsigned char no_secret[TLS_TICKET_SECRET_LEN];
    struct main_settings main;
    struct options looking = *options;
    looking.quiet = looking.only_look = true;
    struct errors errors;
    errors_init(&errors);
    bool ok = settings_load(&looking, &all_modules, no_secret, true, NULL, out, &main, &errors);
    ok = ok || config_load_failed(&errors, options->conf, err);
    errors_deinit(&errors);
    return ok;
}
