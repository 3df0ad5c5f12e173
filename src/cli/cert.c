/* SPDX-License-Identifier: Apache-2.0 */
/* `yett cert`: looking at certificates. */
#include "cli/cert.h"

#include <string.h>

#include "app/console.h"
#include "cli/command.h"
#include "cli/command_table.h"

static const struct {
    const char *name;
    int (*run)(int argc, char *const *argv);
    const char *description;
} COMMANDS[] = {
    {"show", cert_show_main, "show every field of a certificate as a configuration sees it"},
};

static int cert_help(FILE *out, int status)
{
    fputs("Usage: yett cert COMMAND [options] …\n\nCommands:\n", out);
    for (size_t i = 0; i < COUNT_OF(COMMANDS); i++) {
        fprintf(out, "  %-8s %s\n", COMMANDS[i].name, COMMANDS[i].description);
    }
    fputs("\n\"yett cert COMMAND --help\" lists the options.\n", out);
    return status;
}

int cert_main(int argc, char *const *argv)
{
    if (argc < 2) {
        return cert_help(stderr, COMMAND_MISUSED);
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        return cert_help(stdout, COMMAND_OK);
    }
    for (size_t i = 0; i < COUNT_OF(COMMANDS); i++) {
        if (strcmp(COMMANDS[i].name, argv[1]) == 0) {
            return COMMANDS[i].run(argc - 1, argv + 1);
        }
    }
    console_say("unknown command \"cert %s\"; \"yett cert --help\" lists all", argv[1]);
    return COMMAND_MISUSED;
}
