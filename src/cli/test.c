/* SPDX-License-Identifier: Apache-2.0 */
/* `yett -t` and `-T`: would this configuration load? */
#include <assert.h>
#include <stdio.h>

#include "app/console.h"
#include "base/file.h"
#include "cli/command_table.h"
#include "load/settings_load.h"
#include "modules/modules.h"

static bool test_load(const struct options *options, struct errors *errors)
{
    static const unsigned char no_secret[TLS_TICKET_SECRET_LEN];
    struct loaded loaded = {0};
    struct main_settings main;
    if (!settings_load(options, &all_modules, no_secret, true, NULL, &loaded, &main, errors)) {
        return false;
    }
    settings_unload(&loaded);
    return true;
}

/* As nginx prints it: a comment with the path, then the file. */
static bool dump(const struct options *options, struct arena *arena, struct errors *errors)
{
    struct conf_tree tree;
    struct main_settings main;
    struct error err;
    if (!main_settings_load(options, &all_modules, arena, &tree, &main, errors)) {
        return false;
    }
    for (size_t i = 0; i < tree.files_n; i++) {
        struct str text = tree.files[i].text;
        printf("# configuration file %s:\n", tree.files[i].path);
        fwrite(text.p, 1, text.n, stdout);
        putchar('\n');
    }
    if (fflush(stdout) != 0) {
        error_set(&err, "cannot write to standard output");
        errors_add(errors, &err);
        return false;
    }
    return true;
}

static void test_say(void *arg, const char *text)
{
    (void)arg;
    console_log(LEVEL_EMERG, "%s", text);
}

int test_main(const struct options *options)
{
    struct errors errors;
    struct arena arena;
    arena_init(&arena, 0);
    errors_init(&errors);
    const char *path = path_resolve(&arena, str_of(options->prefix), str_of(options->conf));
    bool ok = test_load(options, &errors);
    if (ok && !options->quiet) {
        console_say("the configuration file %s syntax is ok", path);
        console_say("configuration file %s test is successful", path);
    }
    ok = ok && (!options->dump || dump(options, &arena, &errors));
    if (!ok) {
        assert(errors.n > 0); /* no test fails without a reason */
        errors_each(&errors, test_say, NULL);
        console_say("configuration file %s test failed", path);
        console_say("\"yett directives\" describes each directive, yett(8) explains the errors");
    }
    errors_deinit(&errors);
    arena_deinit(&arena);
    return ok ? 0 : 1;
}
