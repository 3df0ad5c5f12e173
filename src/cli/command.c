/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/command.h"

#include <stdio.h>
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
