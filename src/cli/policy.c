/* SPDX-License-Identifier: Apache-2.0 */
/* `yett policy`: client policies. */
#include "cli/policy.h"

#include "cli/command.h"
#include "cli/command_table.h"

static const struct subcommand COMMANDS[] = {
    {"test", policy_test_main, "compare what a configuration decides with a file of cases"},
};

int policy_main(int argc, char *const *argv)
{
    return command_group("policy", COMMANDS, COUNT_OF(COMMANDS), argc, argv);
}
