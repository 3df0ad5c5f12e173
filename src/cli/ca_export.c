/* SPDX-License-Identifier: Apache-2.0 */
/* `yett ca export`. */
#include <assert.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "ca/pkcs12.h"
#include "cli/ca.h"
#include "cli/secret.h"

struct target {
    const char *pkcs12;
    const char *password_file;
    bool legacy;
};

static bool write_file(struct ca_command *command, const char *path, struct str data)
{
    struct ca_dir dir;
    struct str parent = path_dirname(str_of(path));
    const char *slash = strrchr(path, '/');
    if (!ca_dir_open(&dir, arena_cstr(&command->arena, parent), &command->err)) {
        return false;
    }
    bool ok = ca_file_put(&dir, slash ? slash + 1 : path, data, 0600, true, &command->err) &&
              ca_dir_sync(&dir, ".", &command->err);
    ca_dir_close(&dir);
    return ok;
}

static void ca_export_report(const struct ca_command *command, const struct target *target,
                             const struct record *record)
{
    if (command->json) {
        struct json json = {.out = stdout};
        json_object(&json, NULL);
        json_str(&json, "pkcs12", str_of(target->pkcs12));
        json_bool(&json, "legacy", target->legacy);
        record_print_json(&json, "certificate", &command->ca, record);
        json_object_end(&json);
        putchar('\n');
    } else {
        printf("%s contains the certificate and key of %.*s\n", target->pkcs12,
               STR_ARG(record->name));
    }
}

static bool export(struct ca_command *command, const struct target *target)
{
    bool found;
    struct record record;
    struct buf data = {0};
    assert(command->words.n == 1 && target->pkcs12);
    struct str name = command->words.items[0];
    struct error *err = &command->err;
    if (!ca_command_open(command) ||
        !store_by_name(&command->ca.store, name, &command->arena, &record, &found, err)) {
        return false;
    }
    if (!found || record.kind == KIND_AUTHORITY) {
        return entry_unknown(name, err);
    }
    if (record.revoked_at) {
        return error_set(err, "the certificate of \"%.*s\" is revoked", STR_ARG(name));
    }
    bool ok =
        secret_new(target->password_file, "password for the PKCS#12 file", &command->secret, err) &&
        pkcs12_write(&command->ca, &record, buf_view(&command->secret), target->legacy, &data,
                     err) &&
        write_file(command, target->pkcs12, buf_view(&data));
    if (ok) {
        ca_export_report(command, target, &record);
    }
    secret_deinit(&data);
    return ok;
}

int ca_export_main(int argc, char *const *argv)
{
    struct ca_command command;
    struct target target = {.pkcs12 = NULL};
    int status = CA_EXIT_OK;
    ca_command_init(&command);
    const struct option_row rows[] = {
        CA_ROW_DIR(&command),
        {"pkcs12", "FILE", "the file to write", .value = &target.pkcs12},
        {"password-file", "FILE", "the password is its first line (default: ask)",
         .value = &target.password_file},
        {"legacy", NULL, "encrypt with 3DES and SHA-1, for old Windows and macOS",
         .flag = &target.legacy},
        CA_ROW_JSON(&command),
    };
    const struct usage usage = {"yett ca export [options] --pkcs12 FILE NAME",
                                "Writes certificate, key and intermediate to one file, to import "
                                "into browsers and systems.",
                                rows, COUNT_OF(rows)};
    if (ca_command_start(&command, &usage, argc, argv, &status)) {
        if (command.words.n != 1 || !target.pkcs12) {
            error_set(&command.err, "\"export\" needs --pkcs12 FILE and one name");
            status = ca_command_misused(&command, &usage);
        } else if (!export(&command, &target)) {
            status = ca_command_failed(&command);
        }
    }
    ca_command_deinit(&command);
    return status;
}
