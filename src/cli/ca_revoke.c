/* SPDX-License-Identifier: Apache-2.0 */
/* `yett ca revoke` and `yett ca crl`. */
#include "ca/revoke.h"

#include <assert.h>
#include <stdio.h>
#include <time.h>

#include "app/console.h"
#include "cli/ca.h"

struct choice {
    const char *reason;
    struct words serials;
    struct words files;
    int number; /* of the reason */
};

static bool targets_read(struct ca_command *command, const struct choice *choice,
                         struct targets *targets)
{
    struct ca *ca = &command->ca;
    struct error *err = &command->err;
    assert(command->opened && targets->n == 0); /* each time anew */
    for (size_t i = 0; i < command->words.n; i++) {
        if (!targets_add_name(ca, targets, command->words.items[i], err)) {
            return false;
        }
    }
    for (size_t i = 0; i < choice->serials.n; i++) {
        if (!targets_add_serial(ca, targets, choice->serials.items[i], err)) {
            return false;
        }
    }
    for (size_t i = 0; i < choice->files.n; i++) {
        if (!targets_add_file(ca, targets, choice->files.items[i].p, err)) {
            return false;
        }
    }
    return true;
}

static void ca_revoke_report(const struct ca_command *command, const struct targets *targets)
{
    if (command->json) {
        struct json json = {.out = stdout};
        json_array(&json, NULL);
        for (size_t i = 0; i < targets->n; i++) {
            record_print_json(&json, NULL, &command->ca, &targets->items[i]);
        }
        json_array_end(&json);
        putchar('\n');
        return;
    }
    for (size_t i = 0; i < targets->n; i++) {
        char serial[SERIAL_TEXT_MAX];
        char at[ISO_TIME_MAX];
        const struct record *record = &targets->items[i];
        printf("revoked %.*s (serial %s) at %s, %s\n", STR_ARG(record->name),
               serial_number_text(&record->serial, serial), iso_time(record->revoked_at, at),
               reason_name(record->reason));
    }
}

/* The lock comes after the passphrase, and what is meant is looked up under the lock again. */
static bool revoke(struct ca_command *command, const struct choice *choice)
{
    struct targets before = {NULL, 0};
    struct targets targets = {NULL, 0};
    if (!ca_command_open(command) || !targets_read(command, choice, &before) ||
        !ca_command_unlock(command, targets_need(&before, CA_ROOT),
                           targets_need(&before, CA_INTERMEDIATE)) ||
        !ca_command_lock(command) || !targets_read(command, choice, &targets) ||
        !ca_revoke(&command->ca, &targets, choice->number, progress_bar(), &command->err)) {
        return false;
    }
    ca_revoke_report(command, &targets);
    return true;
}

int ca_revoke_main(int argc, char *const *argv)
{
    struct ca_command command;
    struct choice choice = {.reason = "unspecified"};
    int status = CA_EXIT_OK;
    ca_command_init(&command);
    const struct option_row rows[] = {
        CA_ROW_DIR(&command),
        {"serial", "SERIAL", "the certificate with this serial number; repeatable",
         .list = &choice.serials},
        {"file", "FILE", "the certificate in this PEM file; repeatable", .list = &choice.files},
        {"reason", "REASON", "keyCompromise, superseded … (default: unspecified)",
         .value = &choice.reason},
        CA_ROW_PASSPHRASE(&command),
        CA_ROW_ROOT_KEY(&command),
        CA_ROW_JSON(&command),
    };
    const struct usage usage = {
        "yett ca revoke [options] [NAME…]",
        "Revokes every certificate of a name, permanently, and writes new CRLs. A running "
        "yett\nwhose ssl_crl is all.crl rejects these certificates within a second.",
        rows, COUNT_OF(rows)};
    if (ca_command_start(&command, &usage, argc, argv, &status)) {
        size_t n = command.words.n + choice.serials.n + choice.files.n;
        bool some = n > 0 || error_set(&command.err,
                                       "no certificate to revoke: give NAME, --serial or --file");
        if (!some || !reason_parse(str_of(choice.reason), &choice.number, &command.err)) {
            status = ca_command_misused(&command, &usage);
        } else if (!revoke(&command, &choice)) {
            status = ca_command_failed(&command);
        }
    }
    ca_command_deinit(&command);
    return status;
}

static bool lists_report(struct ca_command *command)
{
    struct json json = {.out = stdout};
    if (command->json) {
        json_array(&json, NULL);
    }
    for (int id = CA_ROOT; id <= CA_INTERMEDIATE; id++) {
        int64_t revoked;
        char end[ISO_TIME_MAX];
        struct crl_record crl;
        const struct authority *authority = ca_authority(&command->ca, id);
        if (!authority->cert) {
            continue;
        }
        if (!store_crl(&command->ca.store, id, &crl, &command->err) ||
            !store_count_revoked(&command->ca.store, id, &revoked, &command->err)) {
            return false;
        }
        iso_time(crl.next_update, end);
        if (command->json) {
            json_object(&json, NULL);
            json_str(&json, "authority", str_of(authority->name));
            json_int(&json, "number", crl.number);
            json_int(&json, "revoked", revoked);
            json_str(&json, "next_update", str_of(end));
            json_bool(&json, "written", authority->key);
            json_object_end(&json);
        } else {
            printf("%s.crl: number %lld, %lld revoked, expires %s%s\n", authority->name,
                   (long long)crl.number, (long long)revoked, end,
                   authority->key ? "" : " (unchanged: the root key is not here)");
        }
    }
    if (command->json) {
        json_array_end(&json);
        putchar('\n');
    }
    return true;
}

/* An expired CRL of the root blocks all clients: if its key is offline, warn in time. */
static bool root_list_check(struct ca_command *command)
{
    enum { SOON = 30 * 86400 };
    char end[ISO_TIME_MAX];
    struct crl_record crl;
    if (command->ca.root.key) {
        return true;
    }
    if (!ca_file_exists(&command->ca.dir, "root.crl")) { /* imported without it */
        return error_set(&command->err,
                         "there is no root.crl, and without it a server that checks CRLs rejects "
                         "every client: write one with --root-key FILE");
    }
    if (!store_crl(&command->ca.store, CA_ROOT, &crl, &command->err)) {
        return false;
    }
    if (crl.next_update > time(NULL) + SOON) {
        return true;
    }
    iso_time(crl.next_update, end);
    if (crl.next_update > time(NULL)) {
        console_say("root.crl expires at %s, and then every client is rejected: write a new one "
                    "with --root-key FILE",
                    end);
        return true;
    }
    return error_set(&command->err,
                     "root.crl expired at %s, and a server that reads it rejects every client: "
                     "write a new one with --root-key FILE",
                     end);
}

int ca_crl_main(int argc, char *const *argv)
{
    struct ca_command command;
    const char *text = NULL;
    int days = 0;
    int status = CA_EXIT_OK;
    ca_command_init(&command);
    const struct option_row rows[] = {
        CA_ROW_DIR(&command),
        {"days", "DAYS", "validity of the CRLs (default: intermediate 30, root 365)",
         .value = &text},
        CA_ROW_PASSPHRASE(&command),
        CA_ROW_ROOT_KEY(&command),
        CA_ROW_JSON(&command),
    };
    const struct usage usage = {"yett ca crl [options]",
                                "Writes intermediate.crl, root.crl, and both as all.crl. Without "
                                "the root key,\nroot.crl stays as it is.",
                                rows, COUNT_OF(rows)};
    if (ca_command_start(&command, &usage, argc, argv, &status)) {
        bool none = command.words.n == 0 || error_set(&command.err, "\"crl\" takes no names");
        if (!none || !days_parse(text, &days, &command.err)) {
            status = ca_command_misused(&command, &usage);
        } else {
            bool ok = ca_command_open(&command);
            bool root =
                ok && (command.root_key || authority_has_key(&command.ca, &command.ca.root));
            ok = ok && ca_command_unlock(&command, root, true) && ca_command_lock(&command) &&
                 ca_lists(&command.ca, days, progress_bar(), &command.err) &&
                 lists_report(&command) && root_list_check(&command);
            status = ok ? CA_EXIT_OK : ca_command_failed(&command);
        }
    }
    ca_command_deinit(&command);
    return status;
}
