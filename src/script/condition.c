/* SPDX-License-Identifier: Apache-2.0 */
/* The words of an `if`, read as nginx reads them. */
#include "script/program.h"

#include <assert.h>

#include "base/vec.h"

struct operator_row {
    const char *word;
    enum test test;
    bool ignore_case;
};

static const struct operator_row operators[] = {
    {"=", TEST_EQUAL, false}, {"!=", TEST_NOT_EQUAL, false}, {"~", TEST_MATCH, false},
    {"~*", TEST_MATCH, true}, {"!~", TEST_NOT_MATCH, false}, {"!~*", TEST_NOT_MATCH, true},
};

struct reader {
    struct variables *vars;
    struct arena *arena;
    const char *file;
    unsigned line;
};

static bool invalid(struct str word, struct error *err)
{
    return error_set(err, "invalid condition \"%.*s\"", STR_ARG(word));
}

/* "$name" up to its end, whatever it holds: the left side is a variable, not a text. */
static void subject_set(const struct reader *reader, struct str word, struct condition *out)
{
    assert(word.n > 1 && word.p[0] == '$');
    struct template *subject = &out->subject;
    subject->source = arena_dup(reader->arena, word);
    struct template_part *part =
        vec_push(reader->arena, &subject->parts, &subject->n, sizeof(*part));
    part->capture = -1;
    part->variable = variables_use(reader->vars, str_skip(word, 1), reader->file, reader->line);
}

static bool read_comparison(const struct reader *reader, struct str word, struct str right,
                            struct condition *out, struct error *err)
{
    for (size_t i = 0; i < COUNT_OF(operators); i++) {
        if (!str_eq(word, str_of(operators[i].word))) {
            continue;
        }
        out->test = operators[i].test;
        if (out->test == TEST_MATCH || out->test == TEST_NOT_MATCH) {
            return variables_regex(reader->vars, right, operators[i].ignore_case, &out->regex, err);
        }
        return template_compile(right, reader->vars, reader->arena, reader->file, reader->line,
                                &out->operand, err);
    }
    return error_set(err, "unexpected \"%.*s\" in condition", STR_ARG(word));
}

bool condition_parse(const struct str *words, size_t n, struct variables *vars, struct arena *arena,
                     const char *file, unsigned line, struct condition *out, struct error *err)
{
    const struct reader reader = {vars, arena, file, line};
    *out = (struct condition){.test = TEST_NONEMPTY};
    if (n == 0) {
        return invalid((struct str){NULL, 0}, err);
    }
    struct str first = words[0];
    if (first.n > 1 && first.p[0] == '$') {
        if (n != 1 && n != 3) {
            return invalid(first, err);
        }
        subject_set(&reader, first, out);
        return n == 1 || read_comparison(&reader, words[1], words[2], out, err);
    }
    struct str test = first;
    if (test.n == 3 && test.p[0] == '!') {
        out->negated = true;
        test = str_skip(test, 1);
    }
    if (test.n != 2 || test.p[0] != '-' || n != 2 || str_find(STR("fdex"), test.p[1]) == 4) {
        return invalid(first, err);
    }
    out->test = TEST_FILE;
    out->file_test = test.p[1];
    return template_compile(words[1], vars, arena, file, line, &out->subject, err);
}

/* --- and written again --- */

struct str condition_text(const struct condition *condition, bool holds, struct arena *arena)
{
    static const char *const SIGNS[][2] = {
        [TEST_EQUAL] = {"!=", "="},
        [TEST_NOT_EQUAL] = {"=", "!="},
        [TEST_MATCH] = {"!~", "~"},
        [TEST_NOT_MATCH] = {"~", "!~"},
    };
    struct str subject = condition->subject.source;
    switch (condition->test) {
    case TEST_NONEMPTY:
        return arena_printf(arena, "%.*s is %s", STR_ARG(subject), holds ? "set" : "empty or 0");
    case TEST_FILE:
        return arena_printf(arena, "%s-%c %.*s", holds == condition->negated ? "!" : "",
                            condition->file_test, STR_ARG(subject));
    case TEST_EQUAL:
    case TEST_NOT_EQUAL:
        return arena_printf(arena, "%.*s %s %.*s", STR_ARG(subject), SIGNS[condition->test][holds],
                            STR_ARG(condition->operand.source));
    case TEST_MATCH:
    case TEST_NOT_MATCH: break;
    }
    return arena_printf(arena, "%.*s %s %s", STR_ARG(subject), SIGNS[condition->test][holds],
                        regex_pattern(condition->regex));
}
