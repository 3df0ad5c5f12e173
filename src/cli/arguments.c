/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/arguments.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/vec.h"

static void words_add(struct words *words, struct arena *arena, const char *text)
{
    *(struct str *)vec_push(arena, &words->items, &words->n, sizeof(struct str)) = str_of(text);
}

static const struct option_row *row_find(const struct usage *usage, struct str name)
{
    for (size_t i = 0; i < usage->n; i++) {
        if (str_eq(name, str_of(usage->rows[i].name))) {
            return &usage->rows[i];
        }
    }
    return NULL;
}

static const struct option_row *row_of_letter(const struct usage *usage, char letter)
{
    for (size_t i = 0; i < usage->n; i++) {
        if (usage->rows[i].letter == letter) {
            return &usage->rows[i];
        }
    }
    return NULL;
}

/* The row of "--name", "--name=value", "-n" or "-nvalue"; *value is NULL if none is there. */
static const struct option_row *row_of_word(const struct usage *usage, const char *word,
                                            const char **value)
{
    assert(word[0] == '-' && word[1]);
    if (word[1] != '-') {
        *value = word[2] ? word + 2 : NULL;
        return row_of_letter(usage, word[1]);
    }
    struct str text = str_of(word + 2);
    size_t equals = str_find(text, '=');
    *value = equals < text.n ? text.p + equals + 1 : NULL;
    return row_find(usage, str_head(text, equals));
}

/* One option; *i moves on to its value if that is an argument of its own. */
static bool arguments_take(const struct usage *usage, int argc, char *const *argv, int *i,
                           struct arena *arena, struct error *err)
{
    const char *value = NULL;
    const char *word = argv[*i];
    const struct option_row *row = row_of_word(usage, word, &value);
    if (!row) {
        size_t n = word[1] == '-' ? strcspn(word, "=") : strlen(word);
        return error_set(err, "unknown option \"%.*s\"", (int)n, word);
    }
    assert(!row->flag + !row->value + !row->list == 2); /* one of them receives it */
    if (row->flag) {
        *row->flag = true;
        return !value || error_set(err, "the option --%s takes no value", row->name);
    }
    if (!value) {
        if (*i + 1 >= argc) {
            return error_set(err, "the option --%s needs a value: %s", row->name, row->argument);
        }
        value = argv[++*i];
    }
    if (row->value) {
        *row->value = value;
    } else {
        words_add(row->list, arena, value);
    }
    return true;
}

bool arguments_parse(const struct usage *usage, int argc, char *const *argv, struct arena *arena,
                     struct words *words, bool *help, struct error *err)
{
    bool options = true;
    *help = false;
    for (int i = 1; i < argc; i++) {
        if (options && strcmp(argv[i], "--") == 0) {
            options = false;
        } else if (options && (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)) {
            *help = true;
            return true;
        } else if (options && argv[i][0] == '-' && argv[i][1] != '\0') {
            if (!arguments_take(usage, argc, argv, &i, arena, err)) {
                return false;
            }
        } else {
            words_add(words, arena, argv[i]);
        }
    }
    return true;
}

void usage_print(const struct usage *usage)
{
    printf("Usage: %s\n\n%s\n\nOptions:\n", usage->synopsis, usage->about);
    for (size_t i = 0; i < usage->n; i++) {
        char left[64];
        const struct option_row *row = &usage->rows[i];
        assert(!row->flag == (row->argument != NULL));
        char letter[] = {'-', row->letter, ',', ' ', '\0'};
        int n = snprintf(left, sizeof(left), "%s--%s%s%s", row->letter ? letter : "", row->name,
                         row->argument ? " " : "", row->argument ? row->argument : "");
        assert(n > 0 && (size_t)n < sizeof(left));
        printf("  %-29s %s\n", left, row->help);
    }
    printf("  %-29s %s\n", "--help", "this help");
}
