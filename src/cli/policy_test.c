/* SPDX-License-Identifier: Apache-2.0 */
/* `yett policy test`: runs the cases of a file, and prints a line for each. */
#include <stdio.h>

#include "base/clock.h"
#include "cli/command.h"
#include "cli/config_load.h"
#include "cli/json.h"
#include "cli/policy.h"
#include "cli/report.h"

struct policy_run {
    struct arena arena;
    struct error err;
    const char *config;
    const char *prefix;
    bool json;
    struct policy_file file;
    struct loaded loaded;
    struct policy_result *results; /* of each case */
    size_t passed;
};

/* --- text --- */

static void print_place(struct str place, int width)
{
    int n = (int)place.n;
    terminal_write(stdout, place);
    printf("%*s  ", width > n ? width - n : 0, "");
}

static void print_trail(struct policy_run *run, const struct policy_result *result)
{
    for (size_t i = 0; i < result->trail_n; i++) {
        const struct trail_step *step = &result->trail[i];
        fputs("        ", stdout);
        print_place(
            step->file ? arena_printf(&run->arena, "%s:%u", step->file, step->line) : STR(""), 0);
        fputs(step->supposed ? "supposed: " : "", stdout);
        terminal_write(stdout, step->text);
        fputc('\n', stdout);
    }
}

/* "deny (403)" */
static struct str result_text(const struct policy_result *result, struct arena *arena)
{
    const char *word = policy_outcome_word(result->outcome);
    return result->status ? arena_printf(arena, "%s (%d)", word, result->status) : str_of(word);
}

static void print_case(struct policy_run *run, size_t i, int width)
{
    const struct policy_case *asked = &run->file.cases[i];
    const struct policy_result *result = &run->results[i];
    struct arena *arena = &run->arena;
    fputs(result->passed ? "ok      " : "FAILED  ", stdout);
    print_place(asked->name, width);
    if (!result->passed) {
        terminal_write(stdout, arena_printf(arena, "expected %.*s, got ",
                                            STR_ARG(policy_expected_text(asked, arena))));
    }
    terminal_write(stdout, result_text(result, arena));
    if (result->rule.n) {
        fputs("  ", stdout);
        terminal_write(stdout, arena_printf(arena, "%.*s%s%.*s", STR_ARG(result->place),
                                            result->place.n ? ": " : "", STR_ARG(result->rule)));
    }
    if (result->reason.n) {
        fputs("  ", stdout);
        terminal_write(stdout, result->reason);
    }
    fputs(result->reported ? "  (report mode: a server lets it in)\n" : "\n", stdout);
    if (!result->passed) {
        fputs("        ", stdout);
        print_place(arena_printf(arena, "%s:%u", asked->node->file, asked->node->line), 0);
        fputs("the case\n", stdout);
        print_trail(run, result);
    }
}

static void print_cases(struct policy_run *run)
{
    size_t width = 0;
    for (size_t i = 0; i < run->file.n; i++) {
        width = run->file.cases[i].name.n > width ? run->file.cases[i].name.n : width;
    }
    for (size_t i = 0; i < run->file.n; i++) {
        print_case(run, i, (int)width);
    }
    printf("%zu of %zu cases as expected\n", run->passed, run->file.n);
}

/* --- JSON --- */

static void json_text_or_null(struct json *json, const char *key, struct str value)
{
    if (value.n) {
        json_str(json, key, value);
    } else {
        json_null(json, key);
    }
}

static void json_trail(struct json *json, const struct policy_result *result, struct arena *arena)
{
    json_array(json, "trail");
    for (size_t i = 0; i < result->trail_n; i++) {
        const struct trail_step *step = &result->trail[i];
        json_object(json, NULL);
        json_text_or_null(json, "place",
                          step->file ? arena_printf(arena, "%s:%u", step->file, step->line)
                                     : STR(""));
        json_bool(json, "supposed", step->supposed);
        json_str(json, "text", step->text);
        json_object_end(json);
    }
    json_array_end(json);
}

static void json_case(struct json *json, struct policy_run *run, size_t i)
{
    const struct policy_case *asked = &run->file.cases[i];
    const struct policy_result *result = &run->results[i];
    json_object(json, NULL);
    json_str(json, "name", asked->name);
    json_str(json, "place",
             arena_printf(&run->arena, "%s:%u", asked->node->file, asked->node->line));
    json_bool(json, "passed", result->passed);
    json_str(json, "expected", policy_expected_text(asked, &run->arena));
    json_str(json, "outcome", str_of(policy_outcome_word(result->outcome)));
    if (result->status) {
        json_int(json, "status", result->status);
    } else {
        json_null(json, "status");
    }
    json_text_or_null(json, "rule", result->rule);
    json_text_or_null(json, "rule_place", result->place);
    json_text_or_null(json, "certificate_rejected", result->reason);
    json_bool(json, "report_mode", result->reported);
    json_trail(json, result, &run->arena);
    json_object_end(json);
}

static void policy_print_json(struct policy_run *run)
{
    struct json json = {.out = stdout};
    json_object(&json, NULL);
    json_array(&json, "cases");
    for (size_t i = 0; i < run->file.n; i++) {
        json_case(&json, run, i);
    }
    json_array_end(&json);
    json_int(&json, "passed", (int64_t)run->passed);
    json_int(&json, "failed", (int64_t)(run->file.n - run->passed));
    json_object_end(&json);
    fputc('\n', stdout);
}

/* --- the run --- */

static bool load_tested(struct policy_run *run)
{
    const char *config = run->config        ? config_path(run->config, &run->arena)
                         : run->file.config ? run->file.config
                                            : CONFIG_PATH_DEFAULT;
    const char *named = run->prefix ? config_path(run->prefix, &run->arena) : run->file.prefix;
    struct str prefix = named ? str_of(named) : STR(CONFIG_PREFIX_DEFAULT);
    if (!str_ends(prefix, STR("/"))) {
        prefix = arena_concat(&run->arena, prefix, STR("/"));
    }
    const struct options options = {.conf = config, .prefix = prefix.p};
    return config_load(&options, &run->loaded, &run->err);
}

static bool ask_all(struct policy_run *run)
{
    run->results = arena_zalloc(&run->arena, run->file.n * sizeof(*run->results));
    for (size_t i = 0; i < run->file.n; i++) {
        if (!policy_ask(run->loaded.settings, &run->file.cases[i], &run->arena, &run->results[i],
                        &run->err)) {
            return false;
        }
        run->passed += run->results[i].passed;
    }
    return true;
}

static int policy_test_run(struct policy_run *run, const char *path)
{
    bool ok = policy_file_read(path, &run->arena, &run->file, &run->err) && load_tested(run) &&
              ask_all(run);
    if (ok) {
        if (run->json) {
            policy_print_json(run);
        } else {
            print_cases(run);
        }
        ok = fflush(stdout) == 0 || error_set(&run->err, "cannot write to standard output");
    }
    settings_unload(&run->loaded);
    if (!ok) {
        (void)command_failed(&run->err);
        return COMMAND_MISUSED;
    }
    return run->passed == run->file.n ? COMMAND_OK : COMMAND_FAILED;
}

int policy_test_main(int argc, char *const *argv)
{
    struct policy_run run = {.config = NULL};
    struct words words = {NULL, 0};
    int status = COMMAND_OK;
    const struct option_row rows[] = {
        {"config", "FILE", "the configuration, instead of the one that the file names",
         .value = &run.config, .letter = 'c'},
        {"prefix", "DIR", "its prefix, instead of the one that the file names",
         .value = &run.prefix, .letter = 'p'},
        {"json", NULL, "print JSON", .flag = &run.json},
    };
    const struct usage usage = {"yett policy test [options] FILE",
                                "Compares what a configuration decides with the cases in a file: "
                                "who is allowed, and who is\n"
                                "denied. Nothing is sent. The exit status is 0 if all is as "
                                "expected, 1 if not, and 2 after\n"
                                "an error.",
                                rows, COUNT_OF(rows)};
    arena_init(&run.arena, 0);
    clock_update();
    if (command_start(&usage, argc, argv, &run.arena, &words, &status)) {
        if (words.n == 1) {
            status = policy_test_run(&run, arena_cstr(&run.arena, words.items[0]));
        } else {
            error_set(&run.err, "give one file of cases");
            status = command_misused(&usage, &run.err);
        }
    }
    arena_deinit(&run.arena);
    return status;
}
