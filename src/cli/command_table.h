/* SPDX-License-Identifier: Apache-2.0 */
/* The subcommands, each in its own file. argv[0] is the subcommand's name. All return the exit
 * status. */
#ifndef CLI_COMMAND_TABLE_H
#define CLI_COMMAND_TABLE_H

#include "load/options.h"

int ca_main(int argc, char *const *argv);
int cert_main(int argc, char *const *argv);
int check_main(int argc, char *const *argv);
int client_main(int argc, char *const *argv);
int directives_main(int argc, char *const *argv);
int explain_main(int argc, char *const *argv);
int policy_main(int argc, char *const *argv);
int probe_main(int argc, char *const *argv);

/* Not subcommands: the options -t and -s. */
int test_main(const struct options *options);
int signal_main(const struct options *options);

#endif
