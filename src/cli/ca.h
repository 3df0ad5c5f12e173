/* SPDX-License-Identifier: Apache-2.0 */
/* The common parts of `yett ca` subcommands. */
#ifndef CLI_CA_H
#define CLI_CA_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/compiler.h"
#include "base/error.h"
#include "ca/authority.h"
#include "ca/crl_write.h"
#include "cli/arguments.h"
#include "cli/command.h"
#include "cli/json.h"
#include "cli/secret.h"

enum { CA_EXIT_OK = COMMAND_OK, CA_EXIT_FAILED = COMMAND_FAILED, CA_EXIT_USAGE = COMMAND_MISUSED };

/* One run of a subcommand. Everything is freed by ca_command_deinit. */
struct ca_command {
    struct arena arena;
    struct ca ca;
    bool opened;
    const char *dir;
    bool json;
    const char *passphrase_file;
    const char *root_key;
    struct words words;
    struct buf secret; /* the passphrase */
    struct error err;
};

/* Option rows for the tables of subcommands. */
#define CA_ROW_DIR(command)                                                                        \
    {                                                                                              \
        "dir", "DIR", "directory of the CA (default: YETT_CA)", .value = &(command)->dir           \
    }
#define CA_ROW_JSON(command)                                                                       \
    {                                                                                              \
        "json", NULL, "print JSON", .flag = &(command)->json                                       \
    }
#define CA_ROW_PASSPHRASE(command)                                                                 \
    {                                                                                              \
        "passphrase-file", "FILE", "the CA passphrase is its first line (default: ask)",           \
            .value = &(command)->passphrase_file                                                   \
    }
#define CA_ROW_ROOT_KEY(command)                                                                   \
    {                                                                                              \
        "root-key", "FILE", "root key, if it was moved away", .value = &(command)->root_key        \
    }

void ca_command_init(struct ca_command *command);
void ca_command_deinit(struct ca_command *command);

/* Reads the arguments. False: exit with *status (after the help or an error message). */
MUST_CHECK bool ca_command_start(struct ca_command *command, const struct usage *usage, int argc,
                                 char *const *argv, int *status);
/* Prints the error in the arguments, and points to the help. Returns CA_EXIT_USAGE. */
int ca_command_misused(const struct ca_command *command, const struct usage *usage);
/* Prints the error. Returns CA_EXIT_FAILED. */
int ca_command_failed(const struct ca_command *command);

/* Opens the CA, and completes what an interrupted command left undone (ca_recover). */
MUST_CHECK bool ca_command_open(struct ca_command *command);
/*
 * The same for changes: reads the keys of the root, the issuer, or both (with the passphrase from
 * the file or the terminal), then takes the lock.
 */
MUST_CHECK bool ca_command_open_to_change(struct ca_command *command, bool root, bool issuer);
/* The same in single steps, for commands that must first find out which keys they need. */
MUST_CHECK bool ca_command_unlock(struct ca_command *command, bool root, bool issuer);
MUST_CHECK bool ca_command_lock(struct ca_command *command);

/* Whole days, 1 to 36500. */
MUST_CHECK bool days_parse(const char *text, int *out, struct error *err);

/* Print a record: in a table, in full, or as JSON. */
void record_print_head(void);
void record_print_row(const struct record *record);
void record_print_full(const struct ca *ca, const struct record *record);
void record_print_json(struct json *json, const char *key, const struct ca *ca,
                       const struct record *record);
/* "valid", "expired", "revoked". */
const char *record_status(const struct record *record);

/* A progress bar on standard error if that is a terminal, else NULL. */
const struct progress *progress_bar(void);

int ca_init_main(int argc, char *const *argv);
int ca_import_main(int argc, char *const *argv);
int ca_issue_main(int argc, char *const *argv);
int ca_renew_main(int argc, char *const *argv);
int ca_revoke_main(int argc, char *const *argv);
int ca_crl_main(int argc, char *const *argv);
int ca_list_main(int argc, char *const *argv);
int ca_show_main(int argc, char *const *argv);
int ca_export_main(int argc, char *const *argv);

#endif
