/* SPDX-License-Identifier: Apache-2.0 */
#include "conf/tree.h"

#include <assert.h>
#include <glob.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/vec.h"
#include "conf/lexer.h"

enum {
    INCLUDE_DEPTH_MAX = 32,
    BLOCK_DEPTH_MAX =
        64, /* real configurations nest less; limits the stack of functions that walk the tree */
};

static const size_t file_size_max = (size_t)256 << 20; /* a geo table may be large */

/* What one parse shares over all its files. */
struct parser {
    struct arena *arena;
    struct conf_tree *tree;
    struct str directory; /* of the main file, for include */
    bool may_include;
    unsigned include_depth;
    unsigned block_depth;
    const struct conf_node
        *suspect; /* the first whose name ends in "}": an unquoted a{2}, most likely */
};

static bool parse_nodes(struct parser *parser, struct lexer *lexer, struct conf_node ***tail,
                        struct conf_node *block, struct error *err);

/* Whether the text ends in " in FILE:LINE", of the node's file or one of those inside it. */
static bool is_placed(struct str text, const struct conf_node *node)
{
    struct str head = text;
    while (head.n && char_is_digit(head.p[head.n - 1])) {
        head.n--;
    }
    if (head.n == text.n || !str_ends(head, STR(":"))) {
        return false;
    }
    head.n--;
    struct str file = str_of(node->file);
    if (str_ends(head, file) && str_ends(str_head(head, head.n - file.n), STR(" in "))) {
        return true;
    }
    for (const struct conf_node *child = node->children; child; child = child->next) {
        if (is_placed(text, child)) {
            return true;
        }
    }
    return false;
}

bool conf_error_at(const struct conf_node *node, struct error *err)
{
    assert(node->file && node->line > 0);
    if (is_placed(str_of(err->text), node)) {
        return false;
    }
    char place[sizeof(err->text) / 2];
    int n = snprintf(place, sizeof(place), " in %s:%u", node->file, node->line);
    size_t place_n = (size_t)n < sizeof(place) ? (size_t)n : sizeof(place) - 1;
    size_t text_n = strlen(err->text);
    size_t room = sizeof(err->text) - 1 - place_n; /* a long text is cut, the place never lost */
    memcpy(err->text + (text_n < room ? text_n : room), place, place_n + 1);
    return false;
}

static void tree_add_file(struct parser *parser, const char *path, struct str text)
{
    struct conf_tree *tree = parser->tree;
    for (size_t i = 0; i < tree->files_n; i++) {
        if (strcmp(tree->files[i].path, path) == 0) {
            return;
        }
    }
    struct conf_file *file =
        vec_push(parser->arena, &tree->files, &tree->files_n, sizeof(*tree->files));
    *file = (struct conf_file){path, text};
}

/* Appends the nodes of a file at *tail. `from` is the include that names it; NULL for the main
 * file. */
static bool parse_file(struct parser *parser, const char *path, const struct conf_node *from,
                       struct conf_node ***tail, struct error *err)
{
    struct str text;
    if (!file_read(path, file_size_max, parser->arena, &text, err)) {
        return from ? conf_error_at(from, err) : false;
    }
    tree_add_file(parser, path, text);
    struct lexer lexer;
    lexer_init(&lexer, text, path, parser->arena);
    return parse_nodes(parser, &lexer, tail, NULL, err);
}

static bool include_glob(struct parser *parser, const char *pattern, const struct conf_node *node,
                         struct conf_node ***tail, struct error *err)
{
    glob_t found = {0};
    bool ok = true;
    int rc = glob(pattern, 0, NULL, &found);
    if (rc != 0 && rc != GLOB_NOMATCH) {
        error_set(err, "glob() \"%s\" failed", pattern);
        ok = conf_error_at(node, err);
    }
    for (size_t i = 0; ok && rc == 0 && i < found.gl_pathc; i++) {
        char *path = arena_cstr(parser->arena, str_of(found.gl_pathv[i]));
        ok = parse_file(parser, path, node, tail, err);
    }
    globfree(&found);
    return ok;
}

static bool parse_include(struct parser *parser, const struct conf_node *node,
                          struct conf_node ***tail, struct error *err)
{
    assert(parser->include_depth <= INCLUDE_DEPTH_MAX);
    if (!parser->may_include) {
        error_set(err, "\"include\" directive is not allowed here");
        return conf_error_at(node, err);
    }
    if (node->is_block) {
        error_set(err, "directive \"include\" is not terminated by \";\"");
        return conf_error_at(node, err);
    }
    if (node->n != 1) {
        error_set(err, "invalid number of arguments in \"include\" directive");
        return conf_error_at(node, err);
    }
    if (parser->include_depth == INCLUDE_DEPTH_MAX) {
        error_set(err,
                  "\"include\" is nested more than %d levels deep: does a file include itself?",
                  INCLUDE_DEPTH_MAX);
        return conf_error_at(node, err);
    }
    char *path = path_resolve(parser->arena, parser->directory, node->args[0]);
    parser->include_depth++;
    bool ok = strpbrk(path, "*?[") ? include_glob(parser, path, node, tail, err)
                                   : parse_file(parser, path, node, tail, err);
    parser->include_depth--;
    return ok;
}

static bool parse_block(struct parser *parser, struct lexer *lexer, struct conf_node *node,
                        struct error *err)
{
    assert(node->is_block && parser->block_depth <= BLOCK_DEPTH_MAX);
    if (parser->block_depth == BLOCK_DEPTH_MAX) {
        error_set(err, "blocks are nested more than %d levels deep", BLOCK_DEPTH_MAX);
        return conf_error_at(node, err);
    }
    parser->block_depth++;
    struct conf_node **tail = &node->children;
    bool ok = parse_nodes(parser, lexer, &tail, node, err);
    parser->block_depth--;
    return ok;
}

static struct conf_node *node_new(const struct lexer *lexer)
{
    assert(lexer->n > 0); /* the name */
    struct conf_node *node = arena_zalloc(lexer->arena, sizeof(*node));
    *node = (struct conf_node){
        .name = lexer->words[0],
        .args = lexer->words + 1,
        .n = lexer->n - 1,
        .name_quoted = lexer->first_quoted,
        .file = lexer->file,
        .line = lexer->first_line,
        .end_line = lexer->first_line,
    };
    return node;
}

/* One directive whose words have just been read: an include is replaced by what it includes. */
static bool parse_node(struct parser *parser, struct lexer *lexer, bool is_block,
                       struct conf_node ***tail, struct error *err)
{
    struct conf_node *node = node_new(lexer);
    node->is_block = is_block;
    if (str_eq(node->name, STR("include"))) {
        return parse_include(parser, node, tail, err);
    }
    if (!parser->suspect && !node->name_quoted && str_ends(node->name, STR("}"))) {
        parser->suspect = node;
    }
    **tail = node;
    *tail = &node->next;
    return !is_block || parse_block(parser, lexer, node, err);
}

/*
 * A block is open at the end of the text. Where a regular expression with braces was not quoted,
 * its
 * "{" opened one block too many, and its remainder, not the end of the file, is what to look at.
 */
static bool fail_open_block(const struct parser *parser, const struct lexer *lexer,
                            struct error *err)
{
    if (!parser->suspect) {
        return error_set(err, "unexpected end of file, expecting \"}\" in %s:%u", lexer->file,
                         lexer->line);
    }
    error_set(err, "unknown directive \"%.*s\", an argument with \"{\" or \";\" must be quoted",
              STR_ARG(parser->suspect->name));
    return conf_error_at(parser->suspect, err);
}

/* Nodes up to the end of `block`, or of the text when block is NULL. */
static bool parse_nodes(struct parser *parser, struct lexer *lexer, struct conf_node ***tail,
                        struct conf_node *block, struct error *err)
{
    for (;;) {
        enum token token;
        if (!lexer_next(lexer, &token, err)) {
            return false;
        }
        if (token == TOKEN_END) {
            return !block || fail_open_block(parser, lexer, err);
        }
        if (token == TOKEN_CLOSE && !block) {
            return error_set(err, "unexpected \"}\" in %s:%u", lexer->file, lexer->line);
        }
        if (token == TOKEN_CLOSE) {
            block->end_line = lexer->line;
            return true;
        }
        if (!parse_node(parser, lexer, token == TOKEN_BLOCK, tail, err)) {
            return false;
        }
    }
}

bool conf_tree_load(const char *path, struct arena *arena, struct conf_tree *out, struct error *err)
{
    *out = (struct conf_tree){0};
    struct parser parser = {
        .arena = arena,
        .tree = out,
        .directory = arena_dup(arena, path_dirname(str_of(path))),
        .may_include = true,
    };
    struct conf_node **tail = &out->first;
    return parse_file(&parser, arena_cstr(arena, str_of(path)), NULL, &tail, err);
}

bool conf_tree_parse(struct str text, const char *name, struct arena *arena, struct conf_tree *out,
                     struct error *err)
{
    *out = (struct conf_tree){0};
    struct parser parser = {.arena = arena, .tree = out};
    struct lexer lexer;
    lexer_init(&lexer, text, arena_cstr(arena, str_of(name)), arena);
    struct conf_node **tail = &out->first;
    return parse_nodes(&parser, &lexer, &tail, NULL, err);
}
