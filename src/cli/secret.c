/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/secret.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "ca/key.h"

enum { SECRET_MIN = 8, SECRET_MAX = 1000, SECRETS_MAX = 64 * 1024 };

/* Whatever writes into a pipe may keep it open: for one line, nothing behind it is waited for. */
static bool secret_read_some(int fd, const char *path, size_t max, bool one_line, struct buf *out,
                             struct error *err)
{
    assert(out->len == 0);
    buf_reserve(out, max); /* growing would leave copies behind */
    assert(out->cap >= max);
    while (out->len < max && !(one_line && memchr(out->data, '\n', out->len))) {
        ssize_t n = read(fd, out->data + out->len, max - out->len);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            return error_errno(err, errno, "read() \"%s\"", path);
        }
        if (n == 0) {
            break;
        }
        buf_grew(out, (size_t)n);
    }
    return true;
}

/* Not file_read: it refuses pipes, which many have for secrets (`<(pass show ca)`). */
static bool secret_read_file(const char *path, size_t max, bool one_line, struct buf *out,
                             struct error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0) {
        return error_errno(err, errno, "open() \"%s\"", path);
    }
    bool ok = secret_read_some(fd, path, max, one_line, out, err);
    close(fd);
    return ok;
}

bool secret_read(const char *path, struct buf *out, struct error *err)
{
    struct buf text = {0};
    assert(buf_size(out) == 0);                                         /* two would become one */
    bool ok = secret_read_file(path, SECRET_MAX + 2, true, &text, err); /* with CR and LF */
    if (ok) {
        struct str line = str_head(buf_view(&text), str_find(buf_view(&text), '\n'));
        line.n -= str_ends(line, STR("\r"));
        ok = (line.n > 0 && line.n <= SECRET_MAX) ||
             error_set(err, "the first line of \"%s\" is empty or longer than %d characters", path,
                       SECRET_MAX);
        buf_append(out, ok ? line : STR(""));
    }
    secret_deinit(&text);
    return ok;
}

bool secret_read_all(const char *path, struct buf *out, struct error *err)
{
    return secret_read_file(path, SECRETS_MAX + 1, false, out, err) &&
           (out->len <= SECRETS_MAX ||
            error_set(err, "\"%s\" is larger than %d bytes", path, SECRETS_MAX));
}

/*
 * OpenSSL prompts, and only then stops the terminal from showing what is typed: what is typed at
 * once would be shown. So that is done before, and undone after.
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
    int n = snprintf(line, sizeof(line), "Enter the %s: ", prompt);
    assert(n > 0 && (size_t)n < sizeof(line));
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
