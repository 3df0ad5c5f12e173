/* SPDX-License-Identifier: Apache-2.0 */
/* One run of a `yett ca` subcommand: directory, passphrase, keys, lock. */
#include <assert.h>
#include <stdlib.h>
#include <unistd.h>

#include "app/console.h"
#include "ca/issue.h"
#include "ca/publish.h"
#include "cli/ca.h"
#include "cli/secret.h"

void ca_command_init(struct ca_command *command)
{
    *command = (struct ca_command){.dir = NULL};
    arena_init(&command->arena, 0);
}

void ca_command_deinit(struct ca_command *command)
{
    if (command->opened) {
        ca_close(&command->ca);
    }
    secret_deinit(&command->secret);
    arena_deinit(&command->arena);
}

static const char *dir_default(struct arena *arena)
{
    const char *named = getenv("YETT_CA");
    const char *config = getenv("XDG_CONFIG_HOME");
    const char *home = getenv("HOME");
    if (named && named[0]) {
        return named;
    }
    if (geteuid() == 0 || !home) {
        return "/etc/yett/ca";
    }
    struct str base =
        config && config[0] ? str_of(config) : arena_printf(arena, "%s/.config", home);
    return arena_printf(arena, "%.*s/yett/ca", STR_ARG(base)).p;
}

bool ca_command_start(struct ca_command *command, const struct usage *usage, int argc,
                      char *const *argv, int *status)
{
    if (!command_start(usage, argc, argv, &command->arena, &command->words, status)) {
        return false;
    }
    if (!command->dir) {
        command->dir = dir_default(&command->arena);
    }
    return true;
}

int ca_command_misused(const struct ca_command *command, const struct usage *usage)
{
    return command_misused(usage, &command->err);
}

int ca_command_failed(const struct ca_command *command)
{
    return command_failed(&command->err);
}

bool ca_command_open(struct ca_command *command)
{
    assert(command->dir && !command->opened);
    command->opened = true;
    return ca_open(&command->ca, command->dir, &command->err) &&
           ca_recover(&command->ca, &command->err);
}

/* A line that the user can copy: yett has no command for it. */
static void note_weak_key(const struct authority *authority)
{
    if (authority->weak) {
        console_say("\"%s\" is weakly encrypted: encrypt it again with \"openssl pkcs8 -topk8 "
                    "-scrypt -scrypt_N 16384 -scrypt_r 8 -scrypt_p 5 -in '%s' -out new.key\", and "
                    "put new.key in its place",
                    authority->weak, authority->weak);
    }
}

bool ca_command_unlock(struct ca_command *command, bool root, bool issuer)
{
    struct ca *ca = &command->ca;
    struct error *err = &command->err;
    struct error missing;
    assert(command->opened && buf_size(&command->secret) == 0); /* asked for once */
    root = root || (issuer && ca->issuer == &ca->root);
    issuer = issuer && ca->issuer != &ca->root;
    /* Before the user types a passphrase in vain. */
    if (root && !command->root_key && !authority_has_key(ca, &ca->root)) {
        return authority_unlock(ca, &ca->root, NULL, STR(""), err);
    }
    if (!root && !issuer) {
        return true;
    }
    if (!command->passphrase_file && !secret_ask("passphrase", false, &command->secret, &missing)) {
        return error_set(err, "%s (--passphrase-file FILE)", missing.text);
    }
    if (command->passphrase_file && !secret_read(command->passphrase_file, &command->secret, err)) {
        return false;
    }
    struct str secret = buf_view(&command->secret);
    if ((root && !authority_unlock(ca, &ca->root, command->root_key, secret, err)) ||
        (issuer && !authority_unlock(ca, ca->issuer, NULL, secret, err))) {
        return false;
    }
    note_weak_key(&ca->root);
    note_weak_key(&ca->intermediate);
    return true;
}

bool ca_command_lock(struct ca_command *command)
{
    assert(command->opened);
    return ca_lock(&command->ca, &command->err) && ca_publish(&command->ca, &command->err);
}

bool ca_command_open_to_change(struct ca_command *command, bool root, bool issuer)
{
    return ca_command_open(command) && ca_command_unlock(command, root, issuer) &&
           ca_command_lock(command);
}

bool days_parse(const char *text, int *out, struct error *err)
{
    uint64_t days = 0;
    if (!text) {
        return true; /* *out keeps what it was */
    }
    if (!str_to_u64(str_of(text), DAYS_MAX, &days) || days == 0) {
        return error_set(err, "invalid number of days \"%s\": use 1 to %d", text, DAYS_MAX);
    }
    *out = (int)days;
    return true;
}
