/* SPDX-License-Identifier: Apache-2.0 */
/* `yett ca`: the CA. Each of its subcommands reads one table of options. */
#include "cli/ca.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "app/console.h"
#include "cli/command_table.h"

static const struct {
    const char *name;
    int (*run)(int argc, char *const *argv);
    const char *description;
} COMMANDS[] = {
    {"init", ca_init_main, "create a CA: a root and an intermediate"},
    {"import", ca_import_main, "import a CA of openssl ca or easy-rsa"},
    {"issue", ca_issue_main, "issue certificates for servers, machines and users"},
    {"renew", ca_renew_main, "issue a new certificate under the same name"},
    {"revoke", ca_revoke_main, "revoke certificates and write new CRLs"},
    {"crl", ca_crl_main, "write new CRLs"},
    {"list", ca_list_main, "list certificates"},
    {"show", ca_show_main, "show one certificate in full"},
    {"export", ca_export_main, "write a PKCS#12 file for browsers"},
};

static int ca_help(FILE *out, int status)
{
    fputs("Usage: yett ca COMMAND [options] …\n\nCommands:\n", out);
    for (size_t i = 0; i < COUNT_OF(COMMANDS); i++) {
        fprintf(out, "  %-8s %s\n", COMMANDS[i].name, COMMANDS[i].description);
    }
    fputs("\n\"yett ca COMMAND --help\" lists the options. The CA directory is --dir DIR, "
          "else\nYETT_CA, else /etc/yett/ca for root and ~/.config/yett/ca for other users.\n",
          out);
    return status;
}

static bool takes_value(const char *option)
{
    return strcmp(option, "--dir") == 0 || strcmp(option, "--passphrase-file") == 0;
}

/* Options may stand before the command as well: it is moved to the front. */
static char **command_first(int argc, char *const *argv, struct arena *arena)
{
    char **moved = arena_zalloc(arena, ((size_t)argc + 1) * sizeof(*moved));
    int at = 1;
    while (at < argc && argv[at][0] == '-') {
        at += takes_value(argv[at]) ? 2 : 1;
    }
    if (at >= argc) {
        return NULL;
    }
    assert(at >= 1); /* argv[0] is no command */
    moved[0] = argv[at];
    for (int from = 1, to = 1; from < argc; from++) {
        if (from != at) {
            moved[to++] = argv[from];
        }
    }
    return moved;
}

int ca_main(int argc, char *const *argv)
{
    struct arena arena;
    int status = CA_EXIT_USAGE;
    if (argc == 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
        return ca_help(stdout, CA_EXIT_OK);
    }
    umask(0); /* every file is created with the mode that it has to have */
    arena_init(&arena, 0);
    char **moved = command_first(argc, argv, &arena);
    if (!moved) {
        status = ca_help(stderr, CA_EXIT_USAGE);
        goto out;
    }
    for (size_t i = 0; i < COUNT_OF(COMMANDS); i++) {
        if (strcmp(COMMANDS[i].name, moved[0]) == 0) {
            status = COMMANDS[i].run(argc - 1, moved);
            goto out;
        }
    }
    console_say("unknown command \"ca %s\"; \"yett ca --help\" lists all", moved[0]);
out:
    arena_deinit(&arena);
    return status;
}
