/* SPDX-License-Identifier: Apache-2.0 */
/* `yett client`: what git, curl, browsers and systems need to show a certificate to a site. */
#include "cli/client.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/utf8.h"
#include "base/vec.h"
#include "ca/pkcs12.h"
#include "cli/command_table.h"
#include "cli/secret.h"

static const char ABOUT[] =
    "Prints what PROGRAM needs to show the certificate NAME of \"yett ca\" to these "
    "sites.\nSecrets are printed encrypted or not at all. PROGRAM is one of:\n"
    "\n";

static const char ABOUT_TRUST[] =
    "\n"
    "A URL is https://HOST[:PORT][/PATH]. PROGRAM does not trust the CA afterwards, unless you "
    "add\n--trust-ca: a root in a trust store can vouch for every site. Use it if the sites "
    "have\ncertificates of this CA.";

/* Whether this run makes a PKCS#12 file, and so needs a password. */
static bool takes_pkcs12(const struct client_command *command)
{
    const struct kit_program *program = command->kit.program;
    assert(program && !(command->undo && command->out)); /* words_check has seen to both */
    return (program->needs_pkcs12 && !command->undo) || (program->pkcs12_file && command->out);
}

static bool record_check(const struct ca *ca, const struct record *record, struct error *err)
{
    char at[ISO_TIME_MAX];
    time_t now = time(NULL);
    struct str name = record->name;
    if (record->kind != KIND_MACHINE && record->kind != KIND_USER) {
        return error_set(err, "\"%.*s\" is a server certificate: name one of a machine or user",
                         STR_ARG(name));
    }
    if (record->revoked_at || ca->intermediate.record.revoked_at) {
        return error_set(err, "the certificate of \"%.*s\" is revoked", STR_ARG(name));
    }
    if (record->not_after < now) {
        return error_set(err, "the certificate of \"%.*s\" expired %s: run \"yett ca renew %.*s\"",
                         STR_ARG(name), iso_time(record->not_after, at), STR_ARG(name));
    }
    if (record->not_before > now) {
        return error_set(err, "the certificate of \"%.*s\" is not valid before %s", STR_ARG(name),
                         iso_time(record->not_before, at));
    }
    return record->has_key ||
           error_set(
               err,
               "no key for \"%.*s\": its certificate was issued from a certificate signing request",
               STR_ARG(name));
}

static bool record_find(struct client_command *command, struct str name)
{
    bool found;
    struct ca *ca = &command->base.ca;
    struct error *err = &command->base.err;
    if (!ca_command_open(&command->base) ||
        !store_by_name(&ca->store, name, &command->base.arena, &command->record, &found, err)) {
        return false;
    }
    if (!found || command->record.kind == KIND_AUTHORITY) {
        return entry_unknown(name, err);
    }
    /* What was shown as long as it was good has to be taken back when it is not. */
    return command->undo || record_check(ca, &command->record, err);
}

/* Absolute paths: what is printed has to mean the same in every directory. */
static bool kit_paths(struct client_command *command)
{
    struct kit *kit = &command->kit;
    struct arena *arena = &command->base.arena;
    char *dir = realpath(command->base.dir, NULL);
    if (!dir) {
        return error_set(&command->base.err, "cannot resolve the path \"%s\"", command->base.dir);
    }
    kit->cert_path = arena_printf(arena, "%s/live/%.*s.pem", dir, STR_ARG(kit->name));
    kit->root_path = arena_printf(arena, "%s/root.crt", dir);
    free(dir);
    return true;
}

static bool kit_fill(struct client_command *command)
{
    struct ca *ca = &command->base.ca;
    struct kit *kit = &command->kit;
    const struct record *record = &command->record;
    const unsigned char *der = (const unsigned char *)record->der.p;
    kit->name = record->name;
    kit->arena = &command->base.arena;
    kit->carried = command->out != NULL;
    kit->cert = d2i_X509(NULL, &der, (long)record->der.n);
    kit->issuer = ca_authority(ca, record->issuer)->cert;
    kit->root = ca->root.cert;
    return kit->cert ? kit_paths(command)
                     : error_set(&command->base.err,
                                 "cannot read the certificate of \"%.*s\": it is damaged",
                                 STR_ARG(kit->name));
}

static bool make_pkcs12(struct client_command *command)
{
    struct ca_command *base = &command->base;
    if (!takes_pkcs12(command)) {
        return true;
    }
    bool ok = secret_new(command->password_file, "password for the PKCS#12 file", &base->secret,
                         &base->err) &&
              pkcs12_write(&base->ca, &command->record, buf_view(&base->secret), command->legacy,
                           &command->pkcs12, &base->err);
    assert(!ok || buf_size(&command->pkcs12) > 0);
    command->kit.pkcs12 = buf_view(&command->pkcs12);
    return ok;
}

static bool text_make(struct client_command *command, enum kit_part part, struct buf *out)
{
    return command->kit.program->write(&command->kit, part, out, &command->base.err);
}

static void client_print_json(struct client_command *command, struct str install, struct str undo)
{
    struct json json = {.out = stdout};
    json_object(&json, NULL);
    json_str(&json, "program", str_of(command->kit.program->name));
    json_array(&json, "sites");
    for (size_t i = 0; i < command->kit.n_sites; i++) {
        json_str(&json, NULL, command->kit.sites[i].url);
    }
    json_array_end(&json);
    record_print_json(&json, "certificate", &command->base.ca, &command->record);
    if (!command->undo) {
        json_str(&json, "install", install);
    }
    json_str(&json, "undo", undo);
    json_object_end(&json);
    putchar('\n');
}

/* A path has any bytes, and JSON would come with others (RFC 8259, 8.1). */
static bool json_check(struct str text, struct error *err)
{
    while (text.n > 0) {
        uint32_t character;
        size_t n = utf8_first(text, &character);
        if (n == 0) {
            return error_set(err,
                             "the path of the CA directory is not UTF-8: run this without --json");
        }
        text = str_skip(text, n);
    }
    return true;
}

static bool client_print(struct client_command *command)
{
    struct buf install = {0};
    struct buf undo = {0};
    bool json = command->base.json;
    bool ok = (command->undo || text_make(command, KIT_INSTALL, &install)) &&
              (!(command->undo || json) || text_make(command, KIT_UNDO, &undo)) &&
              (!json || (json_check(buf_view(&install), &command->base.err) &&
                         json_check(buf_view(&undo), &command->base.err)));
    if (ok && json) {
        client_print_json(command, buf_view(&install), buf_view(&undo));
    } else if (ok) {
        struct str text = buf_view(command->undo ? &undo : &install);
        fwrite(text.p, 1, text.n, stdout);
    }
    buf_deinit(&install);
    buf_deinit(&undo);
    return ok;
}

static bool client_run(struct client_command *command)
{
    assert(command->kit.program && command->kit.n_sites > 0);
    if (!record_find(command, command->base.words.items[1]) || !kit_fill(command) ||
        !make_pkcs12(command)) {
        return false;
    }
    bool ok = command->out ? client_out(command) : client_print(command);
    return ok && (fflush(stdout) == 0 ||
                  error_set(&command->base.err, "cannot write to standard output"));
}

static bool sites_read(struct client_command *command, struct error *err)
{
    struct site *sites = NULL;
    size_t n = 0;
    struct arena *arena = &command->base.arena;
    for (size_t i = 2; i < command->base.words.n; i++) {
        struct site *site = vec_push(arena, &sites, &n, sizeof(*sites));
        if (!site_parse(command->base.words.items[i], arena, site, err)) {
            return false;
        }
    }
    command->kit.sites = sites;
    command->kit.n_sites = n;
    return true;
}

/* What goes together on the command line. */
static bool words_check(struct client_command *command)
{
    struct error *err = &command->base.err;
    const struct words *words = &command->base.words;
    if (words->n < 3) {
        return error_set(err, "\"client\" needs a program, a name and a URL");
    }
    command->kit.program = kit_program_find(words->items[0]);
    if (!command->kit.program) {
        return error_set(err, "unknown program \"%.*s\": \"yett client --help\" lists all",
                         STR_ARG(words->items[0]));
    }
    if (command->kit.local && !command->kit.program->local) {
        return error_set(err, "--local works with git only");
    }
    if (command->kit.policy && !command->kit.program->policy) {
        return error_set(err, "--policy works with firefox only");
    }
    if (command->undo && command->out) {
        return error_set(
            err, "--undo cannot be used with --out: the directory contains its own undo script");
    }
    if ((command->password_file || command->legacy) && !takes_pkcs12(command)) {
        return error_set(err, "--%s is for PKCS#12 files, and this writes none",
                         command->legacy ? "legacy" : "password-file");
    }
    return sites_read(command, err);
}

static const char *about(struct arena *arena)
{
    size_t n = 0;
    struct str *parts = arena_alloc(arena, (kit_programs_count + 2) * sizeof(*parts));
    parts[n++] = str_of(ABOUT);
    for (size_t i = 0; i < kit_programs_count; i++) {
        parts[n++] =
            arena_printf(arena, "  %-8s %s\n", kit_programs[i].name, kit_programs[i].description);
    }
    parts[n++] = str_of(ABOUT_TRUST);
    return arena_join(arena, parts, n, STR("")).p;
}

int client_main(int argc, char *const *argv)
{
    struct client_command command = {.out = NULL};
    struct ca_command *base = &command.base;
    int status = CA_EXIT_OK;
    ca_command_init(base);
    const struct option_row rows[] = {
        CA_ROW_DIR(base),
        {"out", "KITDIR", "write a new directory to carry to another machine",
         .value = &command.out},
        {"undo", NULL, "print how to undo it", .flag = &command.undo},
        {"trust-ca", NULL, "also trust the root of this CA for the sites",
         .flag = &command.kit.trust_ca},
        {"local", NULL, "git: configure this repository, not the user", .flag = &command.kit.local},
        {"policy", NULL, "firefox: use a machine-wide policy, not the profile",
         .flag = &command.kit.policy},
        {"password-file", "FILE", "the PKCS#12 password is its first line (default: ask)",
         .value = &command.password_file},
        {"legacy", NULL, "encrypt with 3DES and SHA-1, for old Windows and macOS",
         .flag = &command.legacy},
        CA_ROW_JSON(base),
    };
    const struct usage usage = {"yett client [options] PROGRAM NAME URL…", about(&base->arena),
                                rows, COUNT_OF(rows)};
    umask(0); /* every file is created with the mode that it has to have */
    if (ca_command_start(base, &usage, argc, argv, &status)) {
        if (!words_check(&command)) {
            status = ca_command_misused(base, &usage);
        } else if (!client_run(&command)) {
            status = ca_command_failed(base);
        }
    }
    X509_free(command.kit.cert);
    secret_deinit(&command.pkcs12);
    ca_command_deinit(base);
    return status;
}
