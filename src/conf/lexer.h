/* SPDX-License-Identifier: Apache-2.0 */
/* Splits a configuration into words by nginx's grammar, one directive at a time. */
#ifndef CONF_LEXER_H
#define CONF_LEXER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/compiler.h"
#include "base/error.h"
#include "base/str.h"

/* The end of a run of words. */
enum token {
    TOKEN_SIMPLE, /* words, then ";" */
    TOKEN_BLOCK,  /* words, then "{" */
    TOKEN_CLOSE,  /* "}" without words before it */
    TOKEN_END,    /* the end of the text, without words before it */
};

/* The longest word that nginx accepts, in bytes as written; in a longer one, a quote is probably
 * missing. */
enum { LEXER_WORD_MAX = 4096 };

struct lexer {
    const char *p;
    const char *end;
    const char *file; /* borrowed, for messages */
    unsigned line;    /* of p */
    struct arena *arena;

    /* The words of the last TOKEN_SIMPLE or TOKEN_BLOCK: at least one; unquoted copies in the
     * arena. */
    struct str *words;
    size_t n;
    unsigned first_line; /* of the first word */
    bool first_quoted;   /* the first word was written in quotes */
};

/* `text` and `file` are borrowed and must outlive the lexer; words live as long as the arena. */
void lexer_init(struct lexer *lexer, struct str text, const char *file, struct arena *arena);

/*
 * Reads up to the next ";", "{", "}" or the end. Fails with nginx's sentence, ending in " in
 * FILE:LINE". Unlike nginx, it refuses a NUL byte outside comments, and allows comments of any
 * length.
 */
MUST_CHECK bool lexer_next(struct lexer *lexer, enum token *token, struct error *err);

#endif
