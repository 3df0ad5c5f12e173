/* SPDX-License-Identifier: Apache-2.0 */
#include "app/command_line.h"

#include <stddef.h>
#include <string.h>

#include "base/str.h"

#define DEFAULT_CONF   "/etc/yett/yett.conf"
#define DEFAULT_PREFIX "/etc/yett/"

struct letter {
    char letter;
    size_t flags[3];    /* offsets of the bools it sets, each + 1; 0: none */
    size_t value;       /* offset of the const char * it fills, + 1; 0: takes no value */
    const char *wanted; /* what the value is, in messages */
};

#define FLAG(field) (offsetof(struct command_line, field) + 1)

static const struct letter LETTERS[] = {
    {'?', {FLAG(show_help), FLAG(show_version)}, 0, NULL},
    {'h', {FLAG(show_help), FLAG(show_version)}, 0, NULL},
    {'v', {FLAG(show_version)}, 0, NULL},
    {'V', {FLAG(show_version), FLAG(show_build)}, 0, NULL},
    {'t', {FLAG(options.test)}, 0, NULL},
    {'T', {FLAG(options.test), FLAG(options.dump)}, 0, NULL},
    {'q', {FLAG(options.quiet)}, 0, NULL},
    {'c', {0}, FLAG(options.conf), "file name"},
    {'p', {0}, FLAG(options.prefix), "directory name"},
    {'e', {0}, FLAG(options.error_log), "file name"},
    {'g', {0}, FLAG(options.globals), "parameter"},
    {'s', {0}, FLAG(options.signal), "parameter"},
};

static const struct letter *letter_find(char c)
{
    for (size_t i = 0; i < COUNT_OF(LETTERS); i++) {
        if (LETTERS[i].letter == c) {
            return &LETTERS[i];
        }
    }
    return NULL;
}

/* Reads the letters behind one dash; *used is set when the next word was taken as a value. */
static bool parse_word(const char *word, const char *next, struct command_line *out, bool *used,
                       struct error *err)
{
    *used = false;
    for (const char *p = word + 1; *p; p++) {
        const struct letter *letter = letter_find(*p);
        if (!letter) {
            return error_set(err, "invalid option: \"%c\"", *p);
        }
        for (size_t i = 0; i < COUNT_OF(letter->flags) && letter->flags[i]; i++) {
            *(bool *)(void *)((char *)out + letter->flags[i] - 1) = true;
        }
        if (!letter->value) {
            continue;
        }
        *used = p[1] == '\0';
        const char *value = *used ? next : p + 1;
        if (!value || !*value) {
            return error_set(err, "option \"-%c\" requires %s", *p, letter->wanted);
        }
        *(const char **)(void *)((char *)out + letter->value - 1) = value;
        return true;
    }
    return true;
}

static bool signal_is_known(const char *name)
{
    static const char *const KNOWN[] = {"stop", "quit", "reload", "reopen"};
    for (size_t i = 0; i < COUNT_OF(KNOWN); i++) {
        if (strcmp(name, KNOWN[i]) == 0) {
            return true;
        }
    }
    return false;
}

bool command_line_parse(int argc, char *const *argv, struct arena *arena, struct command_line *out,
                        struct error *err)
{
    *out = (struct command_line){.options = {.conf = DEFAULT_CONF, .prefix = DEFAULT_PREFIX}};
    for (int i = 1; i < argc; i++) {
        bool used;
        if (argv[i][0] != '-') {
            return error_set(err, "invalid option: \"%s\"", argv[i]);
        }
        if (!parse_word(argv[i], i + 1 < argc ? argv[i + 1] : NULL, out, &used, err)) {
            return false;
        }
        i += used;
    }
    struct options *options = &out->options;
    if (options->signal && !signal_is_known(options->signal)) {
        return error_set(err, "invalid option: \"-s %s\"", options->signal);
    }
    if (!str_ends(str_of(options->prefix), STR("/"))) {
        options->prefix = arena_concat(arena, str_of(options->prefix), STR("/")).p;
    }
    return true;
}
