/* SPDX-License-Identifier: Apache-2.0 */
/* `yett policy`: client policies. */
#include "cli/policy.h"

#include <string.h>

#include "app/console.h"
#include "cli/command.h"
#include "cli/command_table.h"

static const struct {
    const char *name;
    int (*run)(int argc, char *const *argv);
    const char *description;
} COMMANDS[] = {
    {"test", policy_test_main, "compare what a configuration decides with a file of cases"},
};

static int policy_help(FILE *out, int status)
{
    fputs("Usage: yett policy COMMAND [options] …\n\nCommands:\n", out);
    for (size_t i = 0; i < COUNT_OF(COMMANDS); i++) {
        fprintf(out, "  %-8s %s\n", COMMANDS[i].name, COMMANDS[i].description);
    }
    fputs("\n\"yett policy COMMAND --help\" lists the options.\n", out);
    return status;
}

int policy_main(int argc, char *const *argv)
{
    if (argc < 2) {
        return policy_help(stderr, COMMAND_MISUSED);
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        return policy_help(stdout, COMMAND_OK);
    }
    for (size_t i = 0; i < COUNT_OF(COMMANDS); i++) {
        if (strcmp(COMMANDS[i].name, argv[1]) == 0) {
            return COMMANDS[i].run(argc - 1, argv + 1);
        }
    }
    console_say("unknown command \"policy %s\"; \"yett policy --help\" lists all", argv[1]);
    return COMMAND_MISUSED;
}
