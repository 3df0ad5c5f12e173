/* SPDX-License-Identifier: Apache-2.0 */
/* `yett ca import`. */
#include "ca/import.h"

#include <assert.h>
#include <stdio.h>

#include "cli/ca.h"
#include "cli/secret.h"

struct choice {
    struct import_order order;
    const char *passphrases; /* a file */
};

/* Each line is tried: keys may have had different ones. */
static bool unlock_by_line(const struct choice *choice, struct str text, struct import_level *level,
                           struct error *err)
{
    assert(level->source.key && !level->key); /* it is there, and locked */
    bool found = false;
    while (!found && text.n > 0) {
        struct str line = str_split(&text, '\n');
        line.n -= str_ends(line, STR("\r"));
        found = line.n > 0 && import_level_unlock(level, line, err);
        if (!found && level->key) {
            return false; /* it opens a key that is not this level's */
        }
    }
    return found || error_set(err, "no passphrase in \"%s\" decrypts \"%s\"", choice->passphrases,
                              level->source.key);
}

static bool unlock_by_hand(struct import_level *level, struct error *err)
{
    struct buf secret = {0};
    struct error missing;
    const char *prompt = level->id == CA_ROOT ? "old passphrase of the root key"
                                              : "old passphrase of the intermediate key";
    if (!secret_ask(prompt, false, &secret, &missing)) {
        return error_set(err, "%s (--source-passphrase-file FILE)", missing.text);
    }
    bool ok = import_level_unlock(level, buf_view(&secret), err);
    secret_deinit(&secret);
    return ok;
}

/* A root whose key is elsewhere stays locked. */
static bool unlock_level(const struct choice *choice, struct str passphrases,
                         struct import_level *level, struct error *err)
{
    bool encrypted;
    if (!level->source.key) {
        return true;
    }
    if (!import_key_encrypted(level->source.key, &encrypted, err)) {
        return false;
    }
    if (!encrypted) {
        return import_level_unlock(level, STR(""), err);
    }
    return choice->passphrases ? unlock_by_line(choice, passphrases, level, err)
                               : unlock_by_hand(level, err);
}

static bool unlock(const struct choice *choice, struct import *import, struct error *err)
{
    struct buf passphrases = {0}; /* a pipe is read once, for both */
    bool ok = !choice->passphrases || secret_read_all(choice->passphrases, &passphrases, err);
    for (size_t i = 0; ok && i < import->n; i++) {
        ok = unlock_level(choice, buf_view(&passphrases), &import->levels[i], err);
    }
    secret_deinit(&passphrases);
    return ok;
}

static void report_json(const struct ca_command *command, const struct import *import)
{
    const struct ca *ca = &command->ca;
    struct json json = {.out = stdout};
    json_object(&json, NULL);
    json_str(&json, "directory", str_of(ca->dir.path));
    record_print_json(&json, "root", ca, &ca->root.record);
    if (import->n == 2) {
        record_print_json(&json, "intermediate", ca, &ca->intermediate.record);
    } else {
        json_null(&json, "intermediate");
    }
    json_int(&json, "certificates", (int64_t)import->certificates);
    json_int(&json, "revoked", (int64_t)import->revoked);
    json_int(&json, "expired", (int64_t)import->expired);
    json_int(&json, "without_file", (int64_t)import->absent);
    json_int(&json, "private_keys", (int64_t)import->private_keys);
    json_array(&json, "notes");
    for (size_t i = 0; i < import->notes.n; i++) {
        json_str(&json, NULL, import->notes.items[i]);
    }
    json_array_end(&json);
    json_object_end(&json);
    putchar('\n');
}

static void ca_import_report(const struct ca_command *command, const struct import *import)
{
    assert(import->n >= 1 && import->n <= IMPORT_LEVELS);
    if (command->json) {
        report_json(command, import);
        return;
    }
    for (size_t i = 0; i < import->n; i++) {
        printf("%-12s from %s%s%s\n", i == 0 ? "root" : "intermediate",
               import->levels[i].source.dir,
               import->levels[i].source.config ? ", configured by " : "",
               import->levels[i].source.config ? import->levels[i].source.config : "");
    }
    printf("%zu certificates (%zu revoked, %zu expired, %zu without a file); %zu private keys\n",
           import->certificates, import->revoked, import->expired, import->absent,
           import->private_keys);
    for (size_t i = 0; i < import->notes.n; i++) {
        printf("- %.*s\n", STR_ARG(import->notes.items[i]));
    }
    printf(
        "The CA is in %s\n  chain.crt   for ssl_client_certificate\n  all.crl     for ssl_crl\nDo "
        "not use the old directory any more: revocations made there are not known here.\n",
        command->ca.dir.path);
}

/* Before the user is asked for anything. */
static bool check_new(const struct ca_command *command, struct error *err)
{
    struct ca there;
    struct error why;
    bool exists = ca_open(&there, command->dir, &why);
    ca_close(&there);
    return !exists ||
           error_set(err, "\"%s\" already contains a CA: name a new directory with --dir",
                     command->dir);
}

static bool ca_import_run(struct ca_command *command, const struct choice *choice)
{
    struct import import = {.n = 0};
    struct error *err = &command->err;
    bool ok = check_new(command, err);
    if (!ok) {
        return false;
    }
    ok = import_read(&import, &choice->order, progress_bar(), err) &&
         unlock(choice, &import, err) &&
         secret_new(command->passphrase_file, "new passphrase", &command->secret, err);
    if (ok) {
        assert(!command->opened && import.n > 0); /* what ca_import leaves is closed at the end */
        command->opened = true;
        ok = ca_import(&command->ca, command->dir, &import, buf_view(&command->secret),
                       progress_bar(), err);
    }
    if (ok) {
        ca_import_report(command, &import);
    }
    import_deinit(&import);
    return ok;
}

int ca_import_main(int argc, char *const *argv)
{
    struct ca_command command;
    struct choice choice = {.passphrases = NULL};
    struct import_order *order = &choice.order;
    int status = CA_EXIT_OK;
    ca_command_init(&command);
    const struct option_row rows[] = {
        CA_ROW_DIR(&command),
        {"cert", "FILE", "certificate of the issuing CA, if not found",
         .value = &order->issuer.cert},
        {"key", "FILE", "key of the issuing CA, if not found", .value = &order->issuer.key},
        {"config", "FILE", "OpenSSL configuration of the issuing CA, if not found",
         .value = &order->issuer.config},
        {"root-cert", "FILE", "root certificate, if not found", .value = &order->root_cert},
        {"root-key", "FILE", "root key; it stays where it is", .value = &order->root_key},
        {"root-crl", "FILE", "root CRL, if not found", .value = &order->root_list},
        {"source-passphrase-file", "FILE", "passphrases of the old keys, one per line",
         .value = &choice.passphrases},
        {"passphrase-file", "FILE", "the new passphrase is its first line (default: ask)",
         .value = &command.passphrase_file},
        CA_ROW_JSON(&command),
    };
    const struct usage usage = {
        "yett ca import [options] DIRECTORY [INTERMEDIATE]",
        "Imports a CA of \"openssl ca\" or easy-rsa: certificates, revocations and keys. Looks "
        "for\nan intermediate in DIRECTORY/intermediate. Does not change the old directories.",
        rows, COUNT_OF(rows)};
    if (ca_command_start(&command, &usage, argc, argv, &status)) {
        const struct words *words = &command.words;
        if ((words->n == 0 && !error_set(&command.err, "no directory to import: name one")) ||
            (words->n > IMPORT_LEVELS &&
             !error_set(&command.err, "too many arguments: \"import\" takes the directory of a "
                                      "root and of an intermediate"))) {
            status = ca_command_misused(&command, &usage);
        } else {
            order->dirs[0] = words->items[0].p;
            order->dirs[1] = words->n > 1 ? words->items[1].p : NULL;
            status = ca_import_run(&command, &choice) ? CA_EXIT_OK : ca_command_failed(&command);
        }
    }
    ca_command_deinit(&command);
    return status;
}
