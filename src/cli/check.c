/* SPDX-License-Identifier: Apache-2.0 */
/* `yett check`: which doors of a configuration are open, and what else is wrong with it. */
#include "cli/check.h"

#include <assert.h>
#include <stdlib.h>
#include <unistd.h>

#include "app/console.h"
#include "base/clock.h"
#include "base/file.h"
#include "cli/command.h"
#include "cli/command_table.h"
#include "load/settings_load.h"
#include "modules/modules.h"

#define CONF_DEFAULT   "/etc/yett/yett.conf"
#define PREFIX_DEFAULT "/etc/yett/"

/* Findings: exit status 1, as command_failed; errors: 2. */
enum { CHECK_FOUND = 1, CHECK_ERROR = 2 };

struct check {
    struct arena arena;
    struct words words;
    const char *conf;
    const char *prefix;
    const char *globals;
    bool json;
    bool all;
};

size_t check_doors_in(const struct check_result *result, enum door_state state)
{
    size_t n = 0;
    for (size_t i = 0; i < result->doors->n; i++) {
        n += result->doors->items[i].state == state;
    }
    return n;
}

size_t check_findings_of(const struct check_result *result, enum severity severity)
{
    size_t n = 0;
    for (size_t i = 0; i < result->findings->n; i++) {
        const struct finding *finding = &result->findings->items[i];
        n += RULES[finding->rule].severity == severity && finding->accepted.n == 0;
    }
    return n;
}

struct str check_place(const struct check_result *result, struct line_place place,
                       struct arena *arena)
{
    if (!place.file) {
        return STR("");
    }
    struct str file = str_of(place.file);
    struct str directory = str_of(result->directory);
    bool is_below = str_starts(file, directory) && file.n > directory.n;
    return arena_printf(arena, "%.*s:%u", STR_ARG(str_skip(file, is_below ? directory.n : 0)),
                        place.line);
}

struct str check_door_name(const struct checked_door *door, struct arena *arena)
{
    static const char *const BEFORE[] = {
        [LOCATION_PREFIX] = "",  [LOCATION_PREFIX_FINAL] = "^~ ", [LOCATION_EXACT] = "= ",
        [LOCATION_REGEX] = "~ ", [LOCATION_NAMED] = "",
    };
    if (!door->location) {
        return door->any_path ? STR("(any path)") : STR("(no location)");
    }
    return arena_printf(arena, "%s%.*s", BEFORE[door->location->kind],
                        STR_ARG(door->location->name));
}

/* --- the run --- */

static void check_say(void *arg, const char *text)
{
    (void)arg;
    console_log(LEVEL_EMERG, "%s", text);
}

/* The directory of the configuration, with its slash. */
static const char *directory_of(const char *path, struct arena *arena)
{
    struct str text = str_of(path);
    size_t slash = str_rfind(text, '/');
    return slash < text.n ? arena_cstr(arena, str_head(text, slash + 1)) : "";
}

static bool check_load(struct check *check, const char *path, struct loaded *loaded)
{
    static const unsigned char no_secret[TLS_TICKET_SECRET_LEN];
    struct main_settings main;
    struct errors errors;
    const struct options options = {
        .conf = path,
        .prefix = check->prefix,
        .globals = check->globals,
        .quiet = true,
        .only_look = true,
    };
    errors_init(&errors);
    bool ok = settings_load(&options, &all_modules, no_secret, true, NULL, loaded, &main, &errors);
    if (!ok) {
        assert(errors.n > 0);
        errors_each(&errors, check_say, NULL);
        console_say("the configuration %s does not load, so nothing is known of its doors", path);
    }
    errors_deinit(&errors);
    return ok;
}

static int check_report(struct check *check, const char *path, const struct loaded *loaded)
{
    struct checked_doors doors;
    struct findings findings;
    doors_find(loaded->settings, &check->arena, &doors);
    const struct checked checked = {
        .settings = loaded->settings,
        .live = loaded->live,
        .doors = &doors,
        .now = clock_second(),
        .arena = &check->arena,
    };
    findings_of(&checked, &findings);
    const struct check_result result = {
        .conf = path,
        .directory = directory_of(path, &check->arena),
        .doors = &doors,
        .findings = &findings,
    };
    if (check->json) {
        check_print_json(&result, stdout);
    } else {
        check_print_text(&result, check->all, stdout);
    }
    if (fflush(stdout) != 0) {
        console_say("cannot write to standard output");
        return CHECK_ERROR;
    }
    bool is_bad = check_findings_of(&result, SEVERITY_ERROR) > 0 ||
                  check_findings_of(&result, SEVERITY_WARNING) > 0;
    return is_bad ? CHECK_FOUND : COMMAND_OK;
}

static int check_run(struct check *check)
{
    char *directory = getcwd(NULL, 0);
    struct str here = directory ? str_of(directory) : STR("/");
    const char *path = path_resolve(&check->arena, here, str_of(check->conf));
    free(directory);
    struct loaded loaded = {0};
    if (!check_load(check, path, &loaded)) {
        return CHECK_ERROR;
    }
    int status = check_report(check, path, &loaded);
    settings_unload(&loaded);
    return status;
}

int check_main(int argc, char *const *argv)
{
    struct check check = {.conf = CONF_DEFAULT, .prefix = PREFIX_DEFAULT};
    const struct option_row rows[] = {
        {"all", NULL, "list the doors that are shut, too", .flag = &check.all},
        {"globals", "DIRECTIVES", "directives of the main context, as yett -g",
         .value = &check.globals},
        {"json", NULL, "print JSON", .flag = &check.json},
        {"prefix", "DIR", "the prefix of relative names (" PREFIX_DEFAULT "), as yett -p",
         .value = &check.prefix},
    };
    const struct usage usage = {
        "yett check [options] [CONFIG]",
        "Finds the doors of a configuration that open without a verified client certificate,\n"
        "and what else is wrong with it. CONFIG is " CONF_DEFAULT " by default.\n"
        "Exit status: 0 nothing was found, 1 warnings or errors were, 2 the configuration does\n"
        "not load.",
        rows, COUNT_OF(rows)};
    struct error err;
    int status;
    arena_init(&check.arena, 0);
    clock_update();
    if (!command_start(&usage, argc, argv, &check.arena, &check.words, &status)) {
    } else if (check.words.n > 1) {
        error_set(&err, "more than one configuration");
        status = command_misused(&usage, &err);
    } else {
        if (check.words.n) {
            check.conf = arena_cstr(&check.arena, check.words.items[0]);
        }
        status = check_run(&check);
    }
    arena_deinit(&check.arena);
    return status;
}
