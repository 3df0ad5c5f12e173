/* SPDX-License-Identifier: Apache-2.0 */
/* `yett cert`: looking at certificates. */
#include "cli/cert.h"

#include "cli/command.h"
#include "cli/command_table.h"

static const struct subcommand COMMANDS[] = {
    {"show", cert_show_main, "show every field of a certificate as a configuration sees it"},
};

int cert_main(int argc, char *const *argv)
{
    return command_group("cert", COMMANDS, COUNT_OF(COMMANDS), argc, argv);
}
