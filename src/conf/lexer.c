/* SPDX-License-Identifier: Apache-2.0 */
#include "conf/lexer.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "base/vec.h"

void lexer_init(struct lexer *lexer, struct str text, const char *file, struct arena *arena)
{
    *lexer = (struct lexer){
        .p = text.n ? text.p : "",
        .end = text.n ? text.p + text.n : NULL,
        .file = file,
        .line = 1,
        .arena = arena,
    };
    if (!lexer->end) {
        lexer->end = lexer->p;
    }
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Takes one byte, which must be there, and counts lines. */
static char lexer_take(struct lexer *lexer)
{
    assert(lexer->p < lexer->end);
    char c = *lexer->p++;
    if (c == '\n') {
        lexer->line++;
    }
    return c;
}

static bool fail_nul(const struct lexer *lexer, struct error *err)
{
    return error_set(err, "unexpected NUL byte in %s:%u", lexer->file, lexer->line);
}

static bool fail_unexpected(const struct lexer *lexer, char c, struct error *err)
{
    if (c == '\0') {
        return fail_nul(lexer, err);
    }
    return error_set(err, "unexpected \"%c\" in %s:%u", c, lexer->file, lexer->line);
}

static bool fail_end(const struct lexer *lexer, struct error *err)
{
    return error_set(err, "unexpected end of file, expecting \";\" or \"}\" in %s:%u", lexer->file,
                     lexer->line);
}

static void skip_blanks_and_comments(struct lexer *lexer)
{
    bool comment = false;
    while (lexer->p < lexer->end) {
        char c = *lexer->p;
        if (!comment && !is_blank(c) && c != '#') {
            return;
        }
        comment = (comment || c == '#') && c != '\n';
        lexer_take(lexer);
    }
}

/* The text of a word with its escapes resolved: \" \' \\ \t \r \n; any other backslash stays. */
static struct str unescape(struct arena *arena, struct str raw)
{
    char *out = arena_bytes(arena, raw.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < raw.n; i++) {
        static const char escapes[] = "\"\"''\\\\t\tr\rn\n"; /* pairs: written, meant */
        char c = raw.p[i];
        if (c == '\\' && i + 1 < raw.n) {
            for (const char *e = escapes; *e; e += 2) {
                if (e[0] == raw.p[i + 1]) {
                    c = e[1];
                    i++;
                    break;
                }
            }
        }
        out[n++] = c;
    }
    assert(n <= raw.n); /* an escape is longer than what it means */
    out[n] = '\0';
    return (struct str){out, n};
}

static bool push_word(struct lexer *lexer, struct str raw, struct error *err)
{
    if (raw.n && memchr(raw.p, '\0', raw.n)) {
        return fail_nul(lexer, err);
    }
    struct str *word = vec_push(lexer->arena, &lexer->words, &lexer->n, sizeof(*word));
    *word = unescape(lexer->arena, raw);
    return true;
}

/* A word under way; `quote` is 0 for a plain one. */
struct word {
    const char *start; /* without the opening quote */
    unsigned line;
    char quote;
};

static bool check_more(const struct lexer *lexer, const struct word *word, struct error *err)
{
    if (lexer->p == lexer->end) {
        return fail_end(lexer, err);
    }
    if (lexer->p - word->start < LEXER_WORD_MAX) {
        return true;
    }
    if (word->quote) {
        return error_set(
            err, "too long parameter, probably missing terminating \"%c\" character in %s:%u",
            word->quote, lexer->file, word->line);
    }
    return error_set(err, "too long parameter \"%.10s...\" started in %s:%u", word->start,
                     lexer->file, word->line);
}

static bool ends_word(const struct word *word, char c)
{
    return word->quote ? c == word->quote : is_blank(c) || c == ';' || c == '{';
}

/*
 * Reads to the end of a word and leaves p on the byte that ends it: the closing quote, or a blank,
 * ";" or
 * "{". A byte behind a backslash never ends a word, nor does "{" behind "$".
 */
static bool read_word(struct lexer *lexer, const struct word *word, struct error *err)
{
    bool after_dollar = false;
    for (bool first = !word->quote;; first = false) {
        if (!check_more(lexer, word, err)) {
            return false;
        }
        char c = *lexer->p;
        if (c == '{' && after_dollar) {
            lexer_take(lexer);
            continue;
        }
        if (!first && ends_word(word, c)) {
            return true;
        }
        after_dollar = c == '$';
        lexer_take(lexer);
        if (c == '\\') {
            if (!check_more(lexer, word, err)) {
                return false;
            }
            lexer_take(lexer);
        }
    }
}

/* What may follow a closing quote directly: a blank, ";", "{", and ")" (of an "if"), which starts a
 * word. */
static bool check_after_quote(struct lexer *lexer, const struct word *word, struct error *err)
{
    const struct word closed = {.start = word->start, .line = word->line};
    if (!check_more(lexer, &closed, err)) {
        return false;
    }
    char c = *lexer->p;
    if (is_blank(c) || c == ';' || c == '{' || c == ')') {
        return true;
    }
    return fail_unexpected(lexer, c, err);
}

static bool lex_word(struct lexer *lexer, struct error *err)
{
    char c = *lexer->p;
    struct word word = {.line = lexer->line, .quote = c == '"' || c == '\'' ? c : '\0'};
    if (lexer->n == 0) {
        lexer->first_line = lexer->line;
        lexer->first_quoted = word.quote != '\0';
    }
    if (word.quote) {
        lexer_take(lexer);
    }
    word.start = lexer->p;
    if (!read_word(lexer, &word, err) || !push_word(lexer, str_range(word.start, lexer->p), err)) {
        return false;
    }
    if (!word.quote) {
        return true;
    }
    lexer_take(lexer);
    return check_after_quote(lexer, &word, err);
}

/* Takes the byte that ends a run of words. */
static bool lex_end(struct lexer *lexer, char c, enum token *token, struct error *err)
{
    bool have_words = lexer->n > 0;
    lexer_take(lexer);
    if ((c == '}') == have_words) {
        return fail_unexpected(lexer, c, err);
    }
    *token = c == ';' ? TOKEN_SIMPLE : c == '{' ? TOKEN_BLOCK : TOKEN_CLOSE;
    return true;
}

bool lexer_next(struct lexer *lexer, enum token *token, struct error *err)
{
    lexer->words = NULL;
    lexer->n = 0;
    for (;;) {
        skip_blanks_and_comments(lexer);
        if (lexer->p == lexer->end) {
            *token = TOKEN_END;
            return lexer->n == 0 || fail_end(lexer, err);
        }
        char c = *lexer->p;
        if (c == ';' || c == '{' || c == '}') {
            return lex_end(lexer, c, token, err);
        }
        if (!lex_word(lexer, err)) {
            return false;
        }
    }
}
