/* SPDX-License-Identifier: Apache-2.0 */
/* `yett ca list` and `yett ca show`. */
#include <assert.h>
#include <stdio.h>
#include <time.h>

#include "ca/revoke.h"
#include "cli/ca.h"

enum { LIST_DEFAULT = 100 };

struct listing {
    const struct ca_command *command;
    struct json json;
    int64_t n, limit;
};

static bool print_one(void *arg, const struct record *record, struct error *err)
{
    struct listing *listing = arg;
    listing->n++;
    if (listing->limit >= 0 && listing->n > listing->limit) {
        return true; /* asked for one more, to know whether there is */
    }
    if (listing->command->json) {
        record_print_json(&listing->json, NULL, &listing->command->ca, record);
    } else {
        record_print_row(record);
    }
    return true;
}

static bool list(struct ca_command *command, enum list_filter filter, int64_t limit)
{
    struct listing listing = {.command = command, .json = {.out = stdout}, .limit = limit};
    struct str pattern = command->words.n ? command->words.items[0] : STR("");
    assert(limit >= -1);
    if (!ca_command_open(command)) {
        return false;
    }
    if (command->json) {
        json_array(&listing.json, NULL);
    } else {
        record_print_head();
    }
    if (!store_list(&command->ca.store, filter, pattern, time(NULL), limit < 0 ? -1 : limit + 1,
                    print_one, &listing, &command->err)) {
        return false;
    }
    if (command->json) {
        json_array_end(&listing.json);
        putchar('\n');
    } else if (limit >= 0 && listing.n > limit) {
        printf("… and more: use --all, --limit N or a PATTERN\n");
    }
    return true;
}

static bool filter_read(const char *text, enum list_filter *out, struct error *err)
{
    static const char *const NAMES[] = {
        [LIST_ALL] = "all",
        [LIST_VALID] = "valid",
        [LIST_REVOKED] = "revoked",
        [LIST_EXPIRED] = "expired",
    };
    for (size_t i = 0; i < COUNT_OF(NAMES); i++) {
        if (str_eq(str_of(text), str_of(NAMES[i]))) {
            *out = (enum list_filter)i;
            return true;
        }
    }
    return error_set(err, "unknown status \"%s\": use all, valid, revoked or expired", text);
}

int ca_list_main(int argc, char *const *argv)
{
    struct ca_command command;
    const char *text = NULL;
    const char *status_name = "all";
    bool all = false;
    enum list_filter filter = LIST_ALL;
    uint64_t limit = LIST_DEFAULT;
    int status = CA_EXIT_OK;
    ca_command_init(&command);
    const struct option_row rows[] = {
        CA_ROW_DIR(&command),
        {"status", "STATUS", "all (default), valid, revoked or expired", .value = &status_name},
        {"limit", "N", "at most N certificates (default: 100)", .value = &text},
        {"all", NULL, "all certificates, however many", .flag = &all},
        CA_ROW_JSON(&command),
    };
    const struct usage usage = {"yett ca list [options] [PATTERN]",
                                "Lists certificates, newest first. PATTERN is a name with * and ?.",
                                rows, COUNT_OF(rows)};
    if (ca_command_start(&command, &usage, argc, argv, &status)) {
        bool ok = (command.words.n <= 1 || error_set(&command.err, "\"list\" takes one pattern")) &&
                  (!text || str_to_u64(str_of(text), INT32_MAX, &limit) ||
                   error_set(&command.err, "--limit: \"%s\" is not a number", text)) &&
                  filter_read(status_name, &filter, &command.err);
        if (!ok) {
            status = ca_command_misused(&command, &usage);
        } else if (!list(&command, filter, all ? -1 : (int64_t)limit)) {
            status = ca_command_failed(&command);
        }
    }
    ca_command_deinit(&command);
    return status;
}

struct showing {
    const struct ca_command *command;
    struct json json;
    size_t n;
};

static bool show_one(void *arg, const struct record *record, struct error *err)
{
    struct showing *showing = arg;
    if (showing->command->json) {
        record_print_json(&showing->json, NULL, &showing->command->ca, record);
    } else {
        if (showing->n > 0) {
            putchar('\n');
        }
        record_print_full(&showing->command->ca, record);
    }
    showing->n++;
    return true;
}

/* All certificates of a name, or one by serial number or file. */
static bool ca_list_show(struct ca_command *command, const char *serial, const char *file)
{
    struct targets targets = {NULL, 0};
    struct showing showing = {.command = command, .json = {.out = stdout}};
    struct error *err = &command->err;
    assert(serial || file || command->words.n > 0);
    if (!ca_command_open(command) ||
        (serial && !targets_add_serial(&command->ca, &targets, str_of(serial), err)) ||
        (file && !targets_add_file(&command->ca, &targets, file, err))) {
        return false;
    }
    if (command->json) {
        json_array(&showing.json, NULL);
    }
    bool ok = true;
    for (size_t i = 0; ok && i < targets.n; i++) {
        ok = show_one(&showing, &targets.items[i], err);
    }
    for (size_t i = 0; ok && i < command->words.n; i++) {
        size_t before = showing.n;
        struct str name = command->words.items[i];
        ok = store_each_named(&command->ca.store, name, show_one, &showing, err) &&
             (showing.n > before || entry_unknown(name, err));
    }
    if (command->json) {
        json_array_end(&showing.json);
        putchar('\n');
    }
    return ok;
}

int ca_show_main(int argc, char *const *argv)
{
    struct ca_command command;
    const char *serial = NULL;
    const char *file = NULL;
    int status = CA_EXIT_OK;
    ca_command_init(&command);
    const struct option_row rows[] = {
        CA_ROW_DIR(&command),
        {"serial", "SERIAL", "the certificate with this serial number", .value = &serial},
        {"file", "FILE", "the certificate in this PEM file", .value = &file},
        CA_ROW_JSON(&command),
    };
    const struct usage usage = {"yett ca show [options] [NAME…]",
                                "Shows all certificates of a name, newest first. \"root\" and "
                                "\"intermediate\" are the CA itself.",
                                rows, COUNT_OF(rows)};
    if (ca_command_start(&command, &usage, argc, argv, &status)) {
        if (command.words.n == 0 && !serial && !file) {
            error_set(&command.err, "no certificate to show: give NAME, --serial or --file");
            status = ca_command_misused(&command, &usage);
        } else if (!ca_list_show(&command, serial, file)) {
            status = ca_command_failed(&command);
        }
    }
    ca_command_deinit(&command);
    return status;
}
