/* SPDX-License-Identifier: Apache-2.0 */
/* `yett ca init`. */
#include <stdio.h>

#include "ca/issue.h"
#include "cli/ca.h"
#include "cli/secret.h"

static void ca_init_report(const struct ca_command *command)
{
    const struct ca *ca = &command->ca;
    if (command->json) {
        struct json json = {.out = stdout};
        json_object(&json, NULL);
        json_str(&json, "directory", str_of(ca->dir.path));
        record_print_json(&json, "root", ca, &ca->root.record);
        record_print_json(&json, "intermediate", ca, &ca->intermediate.record);
        json_object_end(&json);
        putchar('\n');
        return;
    }
    printf("Created a CA in %s\n"
           "  chain.crt   for ssl_client_certificate\n"
           "  all.crl     for ssl_crl\n"
           "  private/    the CA keys; root.key can be kept offline\n"
           "Next: yett ca issue machine NAME\n",
           ca->dir.path);
}

int ca_init_main(int argc, char *const *argv)
{
    struct ca_command command;
    const char *key = "p256";
    const char *organisation = "Yett";
    const char *root_days = NULL;
    const char *days = NULL;
    int status = CA_EXIT_OK;
    ca_command_init(&command);
    const struct option_row rows[] = {
        CA_ROW_DIR(&command),
        {"organisation", "TEXT", "organisation in the CA names (default: Yett)",
         .value = &organisation},
        {"key", "KIND", "p256 (default), p384, ed25519, rsa:3072 …", .value = &key},
        {"root-days", "DAYS", "validity of the root (default: 7300)", .value = &root_days},
        {"days", "DAYS", "validity of the intermediate (default: 3650)", .value = &days},
        {"passphrase-file", "FILE", "the passphrase of both keys is its first line (default: ask)",
         .value = &command.passphrase_file},
        CA_ROW_JSON(&command),
    };
    const struct usage usage = {
        "yett ca init [options]",
        "Creates a CA: a root, an intermediate signed by it, and their CRLs.", rows,
        COUNT_OF(rows)};
    struct ca_init init = {.root_days = DAYS_ROOT, .intermediate_days = DAYS_INTERMEDIATE};
    struct error *err = &command.err;
    if (!ca_command_start(&command, &usage, argc, argv, &status)) {
        goto out;
    }
    init.organisation = str_of(organisation);
    if ((command.words.n > 0 &&
         !error_set(err, "unexpected argument \"%.*s\"", STR_ARG(command.words.items[0]))) ||
        !key_spec_parse(str_of(key), &init.key, err) ||
        !days_parse(root_days, &init.root_days, err) ||
        !days_parse(days, &init.intermediate_days, err)) {
        status = ca_command_misused(&command, &usage);
        goto out;
    }
    if (!secret_new(command.passphrase_file, "passphrase", &command.secret, err)) {
        status = ca_command_failed(&command);
        goto out;
    }
    init.passphrase = buf_view(&command.secret);
    command.opened = true;
    if (ca_create(&command.ca, command.dir, &init, err)) {
        ca_init_report(&command);
    } else {
        status = ca_command_failed(&command);
    }
out:
    ca_command_deinit(&command);
    return status;
}
