/* SPDX-License-Identifier: Apache-2.0 */
/* `yett check`: which doors of a configuration are open, and what else is wrong with it. */
#include "cli/check.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/console.h"
#include "base/clock.h"
#include "base/file.h"
#include "cli/command.h"
#include "cli/command_table.h"
#include "cli/config_load.h"
#include "load/settings_load.h"
#include "modules/modules.h"

/* As of programs that compare: 2 is trouble. */
enum { CHECK_FOUND = 1, CHECK_ERROR = 2 };
enum { MAX_TIME_S = 1000000 };

struct check {
    struct arena arena;
    struct words words;
    const char *config; /* as an option */
    const char *conf;   /* the one that is checked */
    const char *prefix;
    const char *globals;
    const char *html;
    const char *max_time;
    uint64_t max_time_s;
    bool json;
    bool sarif;
    bool rules;
    bool all;
};

/* --- the run --- */

static void check_say(void *arg, const char *text)
{
    (void)arg;
    console_log(LEVEL_EMERG, "%s", text);
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

/* A directory with its slash. */
static const char *with_slash(const char *path, struct arena *arena)
{
    struct str text = str_of(path);
    return str_ends(text, STR("/")) ? path : arena_concat(arena, text, STR("/")).p;
}

static bool check_write_html(const struct check_result *result, const char *path, struct error *err)
{
    FILE *out = fopen(path, "we");
    if (!out) {
        return error_set(err, "cannot write \"%s\": %s", path, strerror(errno));
    }
    check_print_html(result, out);
    bool failed = ferror(out) != 0;
    failed = fclose(out) != 0 || failed;
    return !failed || error_set(err, "cannot write all of \"%s\"", path);
}

static bool may_colour(void)
{
    const char *no_color = getenv("NO_COLOR");
    return isatty(STDOUT_FILENO) && (!no_color || no_color[0] == '\0');
}

static bool check_report(struct check *check, const struct check_result *result, const char *here,
                         struct error *err)
{
    if (check->html && !check_write_html(result, check->html, err)) {
        return false;
    }
    if (check->json) {
        check_print_json(result, stdout);
    } else if (check->sarif) {
        check_print_sarif(result, with_slash(here, &check->arena), stdout);
    } else {
        const struct check_text_options options = {check->all, may_colour()};
        check_print_text(result, &options, stdout);
    }
    return (fflush(stdout) == 0 && !ferror(stdout)) ||
           error_set(err, "cannot write to standard output");
}

static int check_status(const struct check_result *result)
{
    bool is_bad = check_findings_of(result, SEVERITY_ERROR) > 0 ||
                  check_findings_of(result, SEVERITY_WARNING) > 0;
    return is_bad || result->late ? CHECK_FOUND : COMMAND_OK;
}

static int check_run(struct check *check)
{
    char *directory = getcwd(NULL, 0);
    const char *here = arena_cstr(&check->arena, directory ? str_of(directory) : STR("/"));
    const char *path = path_resolve(&check->arena, str_of(here), str_of(check->conf));
    struct loaded loaded = {0};
    struct check_result result;
    struct error err;
    int status = CHECK_ERROR;
    struct time_limit limit = {check->max_time, clock_now().mono_ms + 1000 * check->max_time_s};
    free(directory);
    if (!check_load(check, path, &loaded)) {
        return CHECK_ERROR;
    }
    if (check_look(&loaded, path, limit, &check->arena, &result, &err) &&
        check_report(check, &result, here, &err)) {
        status = check_status(&result);
    } else {
        console_say("%s", err.text);
    }
    settings_unload(&loaded);
    return status;
}

/* What is asked for, if the words and options go together. */
static int check_start(struct check *check, const struct usage *usage)
{
    struct error err;
    if (!config_choose(&check->words, check->config, &check->arena, &check->conf, &err)) {
        return command_misused(usage, &err);
    }
    if (check->max_time && !str_to_u64(str_of(check->max_time), MAX_TIME_S, &check->max_time_s)) {
        error_set(&err, "--max-time: \"%s\" is not a number of seconds", check->max_time);
        return command_misused(usage, &err);
    }
    if (check->json && check->sarif) {
        error_set(&err, "--json and --sarif exclude each other");
        return command_misused(usage, &err);
    }
    if (check->rules) {
        check_print_rules(stdout);
        return fflush(stdout) == 0 ? COMMAND_OK : CHECK_ERROR;
    }
    return check_run(check);
}

int check_main(int argc, char *const *argv)
{
    struct check check = {.prefix = CONFIG_PREFIX_DEFAULT};
    const struct option_row rows[] = {
        {"all", NULL, "list the doors that are shut, too, and cut no list", .flag = &check.all},
        {"config", "FILE", "CONFIG, as an option", .value = &check.config, .letter = 'c'},
        {"globals", "DIRECTIVES", "directives of the main context, as yett -g",
         .value = &check.globals, .letter = 'g'},
        {"html", "FILE", "also write a page with the map of the doors", .value = &check.html},
        {"json", NULL, "print JSON", .flag = &check.json},
        {"max-time", "SECONDS", "stop looking then; what is left cannot be told (default: none)",
         .value = &check.max_time},
        {"prefix", "DIR", "the prefix of relative names (" CONFIG_PREFIX_DEFAULT "), as yett -p",
         .value = &check.prefix, .letter = 'p'},
        {"rules", NULL, "print a table of all rules, and check nothing", .flag = &check.rules},
        {"sarif", NULL, "print SARIF 2.1.0, for code scanning", .flag = &check.sarif},
    };
    const struct usage usage = {
        "yett check [options] [CONFIG]",
        "Finds the doors of a configuration that open without a verified client certificate,\n"
        "and what else is wrong with it. CONFIG is " CONFIG_PATH_DEFAULT " by default.\n"
        "Exit status: 0 nothing was found, 1 warnings or errors were, or the time is up, 2 the\n"
        "configuration does not load. The comment \"# yett: accept RULE REASON\" accepts a finding "
        "of its line.",
        rows, COUNT_OF(rows)};
    int status;
    arena_init(&check.arena, 0);
    clock_update();
    if (command_start(&usage, argc, argv, &check.arena, &check.words, &status)) {
        status = check_start(&check, &usage);
    }
    arena_deinit(&check.arena);
    return status;
}
