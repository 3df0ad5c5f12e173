/* SPDX-License-Identifier: Apache-2.0 */
/* One run of a `yett ca` subcommand: directory, passphrase, keys, lock. */
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

#include "app/console.h"
#include "base/file.h"
#include "ca/issue.h"
#include "ca/publish.h"
#include "cli/ca.h"

enum { SECRET_FILE_MAX = 4096, SECRET_MIN = 8, SECRET_MAX = 1000 };

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
    bool help;
    if (!arguments_parse(usage, argc, argv, &command->arena, &command->words, &help,
                         &command->err)) {
        *status = ca_command_misused(command, usage);
        return false;
    }
    if (help) {
        usage_print(usage);
        *status = CA_EXIT_OK;
        return false;
    }
    if (!command->dir) {
        command->dir = dir_default(&command->arena);
    }
    return true;
}

int ca_command_misused(const struct ca_command *command, const struct usage *usage)
{
    console_say("%s", command->err.text);
    fprintf(stderr, "Usage: %s\n", usage->synopsis);
    return CA_EXIT_USAGE;
}

int ca_command_failed(const struct ca_command *command)
{
    console_say("%s", command->err.text);
    return CA_EXIT_FAILED;
}

/* The first line of the file. */
static bool secret_read(const char *path, struct buf *out, struct error *err)
{
    struct arena arena;
    struct str text;
    arena_init(&arena, 0);
    bool ok = file_read(path, SECRET_FILE_MAX, &arena, &text, err);
    if (ok) {
        struct str line = str_head(text, str_find(text, '\n'));
        if (str_ends(line, STR("\r"))) {
            line.n--;
        }
        buf_append(out, line);
        OPENSSL_cleanse((void *)(uintptr_t)text.p, text.n); /* ours: in the arena */
        ok = (line.n > 0 && line.n <= SECRET_MAX) ||
             error_set(err, "the first line of \"%s\" is empty, or longer than %d characters", path,
                       SECRET_MAX);
    }
    arena_deinit(&arena);
    return ok;
}

/*
 * OpenSSL prompts, and only then stops the terminal from showing what is typed: who types at once
 * would see it. So that is done before, and undone after.
 */
static bool read_unseen(int terminal, const char *prompt, bool twice, char text[SECRET_MAX + 1])
{
    struct termios before;
    bool known = tcgetattr(terminal, &before) == 0;
    if (known) {
        struct termios unseen = before;
        unseen.c_lflag &= ~(tcflag_t)ECHO;
        tcsetattr(terminal, TCSANOW, &unseen);
    }
    bool ok = EVP_read_pw_string_min(text, 1, SECRET_MAX, prompt, twice) == 0;
    if (known) {
        tcsetattr(terminal, TCSANOW, &before);
    }
    return ok;
}

static bool secret_ask(const char *prompt, bool twice, struct buf *out, struct error *err)
{
    char text[SECRET_MAX + 1] = "";
    int terminal = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    if (terminal < 0) {
        return error_set(err, "there is no terminal to ask for the %s: name a file that has it",
                         prompt);
    }
    char line[128];
    snprintf(line, sizeof(line), "Enter the %s: ", prompt);
    bool ok = read_unseen(terminal, line, twice, text);
    close(terminal);
    if (ok) {
        buf_append(out, str_of(text));
    }
    OPENSSL_cleanse(text, sizeof(text));
    return ok || error_set(err, "no %s was entered", prompt);
}

bool secret_new(const char *path, const char *prompt, struct buf *out, struct error *err)
{
    if (!(path ? secret_read(path, out, err) : secret_ask(prompt, true, out, err))) {
        return false;
    }
    return buf_size(out) >= SECRET_MIN ||
           error_set(err, "the %s has less than %d characters", prompt, SECRET_MIN);
}

bool ca_command_open(struct ca_command *command)
{
    command->opened = true;
    return ca_open(&command->ca, command->dir, &command->err) &&
           ca_recover(&command->ca, &command->err);
}

bool ca_command_unlock(struct ca_command *command, bool root, bool issuer)
{
    struct ca *ca = &command->ca;
    struct error *err = &command->err;
    struct error missing;
    root = root || (issuer && ca->issuer == &ca->root);
    issuer = issuer && ca->issuer != &ca->root;
    /* Before anybody types a passphrase for nothing. */
    if (root && !command->root_key && !authority_has_key(ca, &ca->root)) {
        return authority_unlock(ca, &ca->root, NULL, STR(""), err);
    }
    if (!root && !issuer) {
        return true;
    }
    if (!command->passphrase_file && !secret_ask("passphrase", false, &command->secret, &missing)) {
        return error_set(err, "%s: --passphrase-file FILE", missing.text);
    }
    if (command->passphrase_file && !secret_read(command->passphrase_file, &command->secret, err)) {
        return false;
    }
    struct str secret = buf_view(&command->secret);
    return (!root || authority_unlock(ca, &ca->root, command->root_key, secret, err)) &&
           (!issuer || authority_unlock(ca, ca->issuer, NULL, secret, err));
}

bool ca_command_lock(struct ca_command *command)
{
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
        return error_set(err, "\"%s\" is no number of days: 1 to %d", text, DAYS_MAX);
    }
    *out = (int)days;
    return true;
}
