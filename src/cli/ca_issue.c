/* SPDX-License-Identifier: Apache-2.0 */
/* `yett ca issue` and `yett ca renew`. */
#include <assert.h>
#include <stdio.h>

#include "base/file.h"
#include "base/vec.h"
#include "ca/issue.h"
#include "cli/ca.h"

enum { REQUEST_MAX = 1 << 20, NAMES_MAX = 64 << 20 };

/* What is typed besides the names. */
struct wishes {
    const char *key;
    const char *days;
    const char *csr;
    const char *subject;
    const char *from_file;
    struct words sans;
};

/* A name a line; empty lines and those that start with # do not count. */
static bool names_read(struct ca_command *command, const char *path)
{
    struct str text;
    if (!file_read(path, NAMES_MAX, &command->arena, &text, &command->err)) {
        return false;
    }
    while (text.n > 0) {
        struct str name = str_trim(str_split(&text, '\n'));
        if (name.n > 0 && name.p[0] != '#') {
            *(struct str *)vec_push(&command->arena, &command->words.items, &command->words.n,
                                    sizeof(name)) = name;
        }
    }
    return true;
}

static bool order_read(struct ca_command *command, const struct wishes *wishes,
                       struct issue_order *order)
{
    struct error *err = &command->err;
    struct words sans = wishes->sans;
    order->sans = sans.items;
    order->n_sans = sans.n;
    order->subject = str_of(wishes->subject);
    if (wishes->csr && wishes->key) {
        return error_set(err, "--key cannot be used with --csr: the request already has a key");
    }
    return key_spec_parse(str_of(wishes->key ? wishes->key : "p256"), &order->key, err) &&
           days_parse(wishes->days, &order->days, err);
}

/* The request's key. */
static bool request_read(struct ca_command *command, const char *path, struct issue_order *order)
{
    struct str pem;
    assert(!order->public_key);
    if (!path) {
        return true;
    }
    if (!file_read(path, REQUEST_MAX, &command->arena, &pem, &command->err)) {
        return false;
    }
    order->public_key = request_key(pem, path, &command->err);
    return order->public_key;
}

static void ca_issue_report(const struct ca_command *command, const struct record *records,
                            size_t n)
{
    assert(n > 0); /* an order without names is refused */
    if (command->json) {
        struct json json = {.out = stdout};
        json_array(&json, NULL);
        for (size_t i = 0; i < n; i++) {
            record_print_json(&json, NULL, &command->ca, &records[i]);
        }
        json_array_end(&json);
        putchar('\n');
        return;
    }
    if (n == 1) {
        record_print_full(&command->ca, &records[0]);
        return;
    }
    record_print_head();
    for (size_t i = 0; i < n; i++) {
        record_print_row(&records[i]);
    }
}

/* KIND and names are left in the command's words. */
static bool words_read(struct ca_command *command, const struct wishes *wishes,
                       struct issue_order *order)
{
    struct error *err = &command->err;
    struct words *words = &command->words;
    if (words->n == 0 || !cert_kind_parse(words->items[0], &order->kind)) {
        return error_set(err, "unknown or missing certificate kind: use server, machine or user");
    }
    words->items++;
    words->n--;
    if (wishes->from_file) {
        /* vec_push would write behind the first word: the names start a list of their own. */
        struct words typed = *words;
        *words = (struct words){NULL, 0};
        if (typed.n > 0) {
            return error_set(err, "give names on the command line or with --from-file, not both");
        }
        return true;
    }
    if (words->n == 0) {
        return error_set(err, "no name for the certificate: give one");
    }
    return words->n == 1 || (!wishes->csr && !wishes->subject && wishes->sans.n == 0) ||
           error_set(err, "--csr, --subject and --san can be used with one name only");
}

static bool issue(struct ca_command *command, const struct wishes *wishes,
                  struct issue_order *order)
{
    if (wishes->from_file && !names_read(command, wishes->from_file)) {
        return false;
    }
    const struct words *words = &command->words;
    if (words->n > 1 && (wishes->csr || wishes->subject || wishes->sans.n > 0)) {
        return error_set(&command->err,
                         "--csr, --subject and --san can be used with one name only");
    }
    if (words->n == 0) {
        return error_set(&command->err, "no names in \"%s\"", wishes->from_file);
    }
    struct record *records = arena_zalloc(&command->arena, words->n * sizeof(*records));
    if (!request_read(command, wishes->csr, order) ||
        !ca_command_open_to_change(command, false, true) ||
        !ca_issue(&command->ca, order, words->items, words->n, records, progress_bar(),
                  &command->err)) {
        return false;
    }
    ca_issue_report(command, records, words->n);
    return true;
}

int ca_issue_main(int argc, char *const *argv)
{
    struct ca_command command;
    struct wishes wishes = {.key = NULL};
    struct issue_order order = {.days = 0};
    int status = CA_EXIT_OK;
    ca_command_init(&command);
    const struct option_row rows[] = {
        CA_ROW_DIR(&command),
        {"san", "NAME", "alternative name instead of NAME: dns:, ip:, email: or uri:; repeatable",
         .list = &wishes.sans},
        {"subject", "DN", "subject instead of CN=NAME: \"CN=x,O=y\" or \"/O=y/CN=x\"",
         .value = &wishes.subject},
        {"days", "DAYS", "validity (default: 397)", .value = &wishes.days},
        {"key", "KIND", "p256 (default), p384, ed25519, rsa:3072 …", .value = &wishes.key},
        {"csr", "FILE", "use the key of this certificate signing request, nothing else of it",
         .value = &wishes.csr},
        {"from-file", "FILE", "names, one per line", .value = &wishes.from_file},
        CA_ROW_PASSPHRASE(&command),
        CA_ROW_JSON(&command),
    };
    const struct usage usage = {
        "yett ca issue [options] server|machine|user NAME…",
        "Issues certificates, all or none. DIR/live/NAME.pem contains certificate, chain and key.",
        rows, COUNT_OF(rows)};
    if (ca_command_start(&command, &usage, argc, argv, &status)) {
        if (!order_read(&command, &wishes, &order) || !words_read(&command, &wishes, &order)) {
            status = ca_command_misused(&command, &usage);
        } else if (!issue(&command, &wishes, &order)) {
            status = ca_command_failed(&command);
        }
    }
    EVP_PKEY_free(order.public_key);
    ca_command_deinit(&command);
    return status;
}

int ca_renew_main(int argc, char *const *argv)
{
    struct ca_command command;
    struct wishes wishes = {.key = NULL};
    struct issue_order order = {.days = 0};
    struct record record;
    int status = CA_EXIT_OK;
    ca_command_init(&command);
    const struct option_row rows[] = {
        CA_ROW_DIR(&command),
        {"days", "DAYS", "validity (default: as before)", .value = &wishes.days},
        {"key", "KIND", "p256 (default), p384, ed25519, rsa:3072 …", .value = &wishes.key},
        {"csr", "FILE", "use the key of this certificate signing request", .value = &wishes.csr},
        CA_ROW_PASSPHRASE(&command),
        CA_ROW_JSON(&command),
    };
    const struct usage usage = {"yett ca renew [options] NAME",
                                "Issues a certificate with the same kind, subject and names, and "
                                "with a new key if the old\nkey was created here. The old "
                                "certificate stays valid until it expires or is revoked.",
                                rows, COUNT_OF(rows)};
    if (ca_command_start(&command, &usage, argc, argv, &status)) {
        bool one = command.words.n == 1 || error_set(&command.err, "\"renew\" takes one name");
        if (!one || !order_read(&command, &wishes, &order)) {
            status = ca_command_misused(&command, &usage);
        } else if (request_read(&command, wishes.csr, &order) &&
                   ca_command_open_to_change(&command, false, true) &&
                   ca_renew(&command.ca, &order, command.words.items[0], &record, &command.err)) {
            ca_issue_report(&command, &record, 1);
        } else {
            status = ca_command_failed(&command);
        }
    }
    EVP_PKEY_free(order.public_key);
    ca_command_deinit(&command);
    return status;
}
