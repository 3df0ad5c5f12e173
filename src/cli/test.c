/* SPDX-License-Identifier: Apache-2.0 */
/* `yett -t` and `-T`: would this configuration load? */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "app/console.h"
#include "base/file.h"
#include "cli/check.h"
#include "cli/command_table.h"
#include "load/settings_load.h"
#include "modules/modules.h"

/* What `yett check` finds, if it is quick to find. */
static void say_findings(const struct options *options, const struct loaded *loaded,
                         const char *path, struct arena *arena)
{
    struct check_counts counts;
    bool usual = strcmp(options->prefix, "/etc/yett/") == 0;
    struct str command = arena_printf(arena, "yett check%s%s %s", usual ? "" : " --prefix ",
                                      usual ? "" : options->prefix, path);
    if (!check_count_aside(loaded, path, &counts)) {
        console_say("the search for open doors takes too long here: \"%s\" completes it",
                    command.p);
    } else if (counts.errors + counts.warnings > 0) {
        console_say("%s (%s, %s): \"%s\" shows them",
                    check_count(counts.errors + counts.warnings, "finding", arena).p,
                    check_count(counts.errors, "error", arena).p,
                    check_count(counts.warnings, "warning", arena).p, command.p);
    }
}

static bool test_load(const struct options *options, const char *path, struct arena *arena,
                      struct errors *errors)
{
    static const unsigned char no_secret[TLS_TICKET_SECRET_LEN];
    struct loaded loaded = {0};
    struct main_settings main;
    if (!settings_load(options, &all_modules, no_secret, true, NULL, &loaded, &main, errors)) {
        return false;
    }
    if (!options->quiet) {
        console_say("the configuration file %s syntax is ok", path);
        console_say("configuration file %s test is successful", path);
        say_findings(options, &loaded, path, arena);
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
    bool ok = test_load(options, path, &arena, &errors);
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
