/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/command.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "app/console.h"

bool command_start(const struct usage *usage, int argc, char *const *argv, struct arena *arena,
                   struct words *words, int *status)
{
    bool help;
    struct error err;
    if (!arguments_parse(usage, argc, argv, arena, words, &help, &err)) {
        *status = command_misused(usage, &err);
        return false;
    }
    if (help) {
        usage_print(usage);
        *status = COMMAND_OK;
        return false;
    }
    return true;
}

int command_misused(const struct usage *usage, const struct error *err)
{
    console_say("%s", err->text);
    fprintf(stderr, "Usage: %s\n", usage->synopsis);
    return COMMAND_MISUSED;
}

int command_failed(const struct error *err)
{
    console_say("%s", err->text);
    return COMMAND_FAILED;
}

const char *iso_time(int64_t t, char out[static ISO_TIME_MAX])
{
    struct tm tm = {0};
    time_t at = (time_t)t;
    gmtime_r(&at, &tm);
    strftime(out, ISO_TIME_MAX, "%Y-%m-%dT%H:%M:%SZ", &tm);
    return out;
}

static int group_help(const char *group, const struct subcommand *rows, size_t n, FILE *out,
                      int status)
{
    fprintf(out, "Usage: yett %s COMMAND [options] …\n\nCommands:\n", group);
    for (size_t i = 0; i < n; i++) {
        fprintf(out, "  %-8s %s\n", rows[i].name, rows[i].description);
    }
    fprintf(out, "\n\"yett %s COMMAND --help\" lists the options.\n", group);
    return status;
}

int command_group(const char *group, const struct subcommand *rows, size_t n, int argc,
                  char *const *argv)
{
    if (argc < 2) {
        return group_help(group, rows, n, stderr, COMMAND_MISUSED);
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        return group_help(group, rows, n, stdout, COMMAND_OK);
    }
    for (size_t i = 0; i < n; i++) {
        if (strcmp(rows[i].name, argv[1]) == 0) {
            return rows[i].run(argc - 1, argv + 1);
        }
    }
    console_say("unknown command \"%s %s\"; \"yett %s --help\" lists all", group, argv[1], group);
    return COMMAND_MISUSED;
}
