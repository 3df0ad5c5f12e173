/* SPDX-License-Identifier: Apache-2.0 */
#include "script/example.h"

#include <string.h>

#include "base/compiler.h"

enum { EXAMPLE_MAX = 2048, DEPTH_MAX = 32, REPEATS_MAX = 64 };

struct guess {
    struct str pattern;
    size_t at;
    bool full;
    bool mute; /* what is read is not part of the example */
    size_t depth;
    char out[EXAMPLE_MAX];
    size_t n;
};

static bool guess_more(const struct guess *guess)
{
    return guess->at < guess->pattern.n;
}

static char guess_peek(const struct guess *guess)
{
    return guess_more(guess) ? guess->pattern.p[guess->at] : '\0';
}

static bool guess_skip(struct guess *guess, const char *text)
{
    bool is_there = str_starts(str_skip(guess->pattern, guess->at), str_of(text));
    guess->at += is_there ? strlen(text) : 0;
    return is_there;
}

static void guess_put(struct guess *guess, char c)
{
    if (!guess->mute && guess->n < EXAMPLE_MAX) {
        guess->out[guess->n++] = c;
    }
}

/* One byte of a kind, behind a backslash; '\0': it stands for no byte. */
static char escaped_byte(char c)
{
    static const char KINDS[][2] = {{'d', '1'},  {'w', 'a'},  {'s', ' '}, {'D', 'a'},
                                    {'W', '-'},  {'S', 'a'},  {'h', ' '}, {'n', '\n'},
                                    {'r', '\r'}, {'t', '\t'}, {'N', 'a'}};
    for (size_t i = 0; i < COUNT_OF(KINDS); i++) {
        if (KINDS[i][0] == c) {
            return KINDS[i][1];
        }
    }
    return char_is_alnum(c) ? '\0' : c;
}

/* Whether the class "a-z_\d" has the byte. */
static bool class_has(struct str class, char c)
{
    for (size_t i = 0; i < class.n; i++) {
        char from = class.p[i];
        if (str_starts(str_skip(class, i), STR("[:"))) {
            bool digits = str_starts(str_skip(class, i + 2), STR("digit"));
            if (digits ? c >= '0' && c <= '9' : char_is_alnum(c)) {
                return true;
            }
            i += str_search(str_skip(class, i), STR(":]")) + 1;
        } else if (from == '\\' && i + 1 < class.n) {
            char kind = class.p[++i];
            bool is_word = char_is_alnum(c) || c == '_';
            if (kind == c || (kind == 'w' && is_word) || (kind == 'd' && c >= '0' && c <= '9')) {
                return true;
            }
        } else if (i + 2 < class.n && class.p[i + 1] == '-') {
            if (c >= from && c <= class.p[i + 2]) {
                return true;
            }
            i += 2;
        } else if (from == c) {
            return true;
        }
    }
    return false;
}

/* Behind the '['. */
static void guess_class(struct guess *guess)
{
    static const char TRIALS[] = "ab1-_.xA/z0~ ";
    bool negated = guess_skip(guess, "^");
    size_t first = guess->at;
    guess->at += guess_peek(guess) == ']'; /* there it is a byte of the class */
    while (guess_more(guess) && guess_peek(guess) != ']') {
        if (guess_skip(guess, "[:")) {
            size_t rest = str_search(str_skip(guess->pattern, guess->at), STR(":]"));
            guess->at += rest + 1;
        }
        guess->at += guess_peek(guess) == '\\' ? 2 : 1;
    }
    size_t end = guess->at < guess->pattern.n ? guess->at : guess->pattern.n;
    struct str class = {guess->pattern.p + first, end - first};
    guess->at = end + 1;
    char found = class.n ? class.p[0] : 'a';
    for (size_t i = 0; TRIALS[i]; i++) {
        if (class_has(class, TRIALS[i]) != negated) {
            found = TRIALS[i];
            break;
        }
    }
    guess_put(guess, found);
}

static void guess_alternatives(struct guess *guess);

/* Behind the '('. */
static void guess_group(struct guess *guess)
{
    static const char *const AROUND[] = {"?=", "?!", "?<=", "?<!", "?#", "*"};
    bool was_mute = guess->mute;
    for (size_t i = 0; i < COUNT_OF(AROUND); i++) {
        guess->mute = guess_skip(guess, AROUND[i]) || guess->mute;
    }
    if (guess_skip(guess, "?")) { /* "?:", "?<name>", "?P<name>", "?'name'", "?i:", "?i" */
        bool named = false;
        while (guess_more(guess) && !strchr(named ? ">'" : ":)", guess_peek(guess))) {
            named = named || guess_peek(guess) == '<' || guess_peek(guess) == '\'';
            guess->at++;
        }
        guess->at += guess_peek(guess) != ')';
    }
    guess_alternatives(guess);
    guess->mute = was_mute;
    (void)guess_skip(guess, ")");
}

static void guess_atom(struct guess *guess)
{
    char c = guess_peek(guess);
    guess->at++;
    if (c == '(') {
        guess_group(guess);
    } else if (c == '[') {
        guess_class(guess);
    } else if (c == '\\') {
        char byte = escaped_byte(guess_peek(guess));
        guess->at++;
        if (byte) {
            guess_put(guess, byte);
        }
    } else if (c == '.') {
        guess_put(guess, 'x');
    } else if (c != '^' && c != '$') {
        guess_put(guess, c);
    }
}

/* How often what comes before is repeated. */
static size_t guess_count(struct guess *guess)
{
    size_t n = 1;
    if (guess_skip(guess, "*") || guess_skip(guess, "?")) {
        n = guess->full;
    } else if (guess_peek(guess) == '{') {
        n = 0;
        while (guess_more(guess) && guess_peek(guess) != '}' && guess_peek(guess) != ',') {
            char c = guess->pattern.p[guess->at++];
            n = c >= '0' && c <= '9' && n < REPEATS_MAX ? 10 * n + (size_t)(c - '0') : n;
        }
        while (guess_more(guess) && !guess_skip(guess, "}")) {
            guess->at++;
        }
        n = n == 0 && guess->full ? 1 : n;
    } else {
        (void)guess_skip(guess, "+");
    }
    if (!guess_skip(guess, "?")) { /* not greedy, possessive: the same texts */
        (void)guess_skip(guess, "+");
    }
    return n < REPEATS_MAX ? n : REPEATS_MAX;
}

static void guess_sequence(struct guess *guess)
{
    while (guess_more(guess) && guess_peek(guess) != '|' && guess_peek(guess) != ')') {
        size_t from = guess->n;
        guess_atom(guess);
        size_t made = guess->n - from;
        size_t times = guess_count(guess);
        guess->n = times == 0 ? from : guess->n;
        for (size_t i = made; i < made * times; i++) {
            guess_put(guess, guess->out[from + i % made]);
        }
    }
}

static void guess_alternatives(struct guess *guess)
{
    bool was_mute = guess->mute;
    if (guess->depth == DEPTH_MAX) {
        guess->at = guess->pattern.n;
        return;
    }
    guess->depth++;
    guess_sequence(guess);
    guess->mute = true; /* the first is enough */
    while (guess_skip(guess, "|")) {
        guess_sequence(guess);
    }
    guess->mute = was_mute;
    guess->depth--;
}

struct str example_of(struct str pattern, bool full, struct arena *arena)
{
    struct guess guess = {.pattern = pattern, .full = full};
    guess_alternatives(&guess);
    return arena_dup(arena, (struct str){guess.out, guess.n});
}
