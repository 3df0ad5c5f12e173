/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/secret.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <termios.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/file.h"

enum { SECRET_FILE_MAX = 4096, SECRET_MIN = 8, SECRET_MAX = 1000 };

bool secret_read(const char *path, struct buf *out, struct error *err)
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
             error_set(err, "the first line of \"%s\" is empty or longer than %d characters", path,
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

bool secret_ask(const char *prompt, bool twice, struct buf *out, struct error *err)
{
    char text[SECRET_MAX + 1] = "";
    int terminal = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    if (terminal < 0) {
        return error_set(err, "cannot ask for the %s: there is no terminal; give it in a file",
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
           error_set(err, "the %s is shorter than %d characters", prompt, SECRET_MIN);
}
