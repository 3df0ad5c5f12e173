/* SPDX-License-Identifier: Apache-2.0 */
/* Reads a file of cases. A word that it does not know is an error: a case never asks for less than
 * somebody wrote. */
#include <assert.h>

#include "base/file.h"
#include "base/vec.h"
#include "cli/config_load.h"
#include "cli/policy.h"

struct case_reader {
    struct arena *arena;
    struct str directory; /* of the file */
};

/* What stands behind the name of a line. */
enum case_words {
    CASE_FLAG,   /* nothing */
    CASE_WORD,   /* one word: const char * */
    CASE_PATH,   /* the same, relative to the file */
    CASE_LIST,   /* words: struct words */
    CASE_EXPECT, /* see read_expected */
};

/* One directive of a case. */
struct case_row {
    const char *name;
    enum case_words kind;
    size_t min_args;
    size_t max_args;
    bool repeats;
    size_t offset; /* in struct policy_case */
};

static const char *resolved(const struct case_reader *reader, struct str path)
{
    return path_resolve(reader->arena, reader->directory, path);
}

static void case_words_add(const struct case_reader *reader, const struct conf_node *node,
                           struct words *out)
{
    for (size_t i = 0; i < node->n; i++) {
        struct str *slot = vec_push(reader->arena, &out->items, &out->n, sizeof(*slot));
        *slot = node->args[i];
    }
}

static bool read_expected(const struct conf_node *node, struct policy_case *out, struct error *err)
{
    uint64_t status = 0;
    struct str word = node->args[0];
    if (node->n == 2 || (node->n == 3 && !str_eq(node->args[1], STR("by")))) {
        return error_set(err, "write \"expect %.*s by RULE\"", STR_ARG(word));
    }
    out->by = node->n == 3 ? node->args[2] : STR("");
    if (str_eq(word, STR("allow")) || str_eq(word, STR("deny"))) {
        out->expected = str_eq(word, STR("allow")) ? POLICY_ALLOWED : POLICY_DENIED;
        return true;
    }
    if (word.n != 3 || !str_to_u64(word, 599, &status) || status < 200) {
        return error_set(err, "expect \"allow\", \"deny\" or a status, not \"%.*s\"",
                         STR_ARG(word));
    }
    out->status = (int)status;
    return true;
}

#define FIELD(field) offsetof(struct policy_case, field)

static const struct case_row CASE_ROWS[] = {
    {"cert", CASE_PATH, 1, 1, false, FIELD(cert)},
    {"password_file", CASE_PATH, 1, 1, false, FIELD(password_file)},
    {"no_cert", CASE_FLAG, 0, 0, false, FIELD(no_cert)},
    {"client", CASE_LIST, 1, SIZE_MAX, true, FIELD(client)},
    {"from", CASE_WORD, 1, 1, false, FIELD(from)},
    {"connect_to", CASE_WORD, 1, 1, false, FIELD(connect_to)},
    {"sni", CASE_WORD, 1, 1, false, FIELD(sni)},
    {"no_sni", CASE_FLAG, 0, 0, false, FIELD(no_sni)},
    {"header", CASE_LIST, 1, 1, true, FIELD(fields)},
    {"request", CASE_LIST, 1, 2, false, FIELD(request)},
    {"expect", CASE_EXPECT, 1, 3, false, 0},
};

static bool case_row_read(const struct case_reader *reader, const struct case_row *row,
                          const struct conf_node *node, struct policy_case *out, struct error *err)
{
    void *field = (char *)out + row->offset;
    switch (row->kind) {
    case CASE_FLAG: *(bool *)field = true; break;
    case CASE_WORD: *(const char **)field = arena_cstr(reader->arena, node->args[0]); break;
    case CASE_PATH: *(const char **)field = resolved(reader, node->args[0]); break;
    case CASE_LIST: case_words_add(reader, node, field); break;
    case CASE_EXPECT: return read_expected(node, out, err);
    }
    return true;
}

static bool read_line(const struct case_reader *reader, const struct conf_node *line,
                      unsigned *seen, struct policy_case *out, struct error *err)
{
    for (size_t i = 0; i < COUNT_OF(CASE_ROWS); i++) {
        const struct case_row *row = &CASE_ROWS[i];
        if (!str_eq(line->name, str_of(row->name))) {
            continue;
        }
        if (line->is_block) {
            return error_set(err, "\"%s\" has no block", row->name);
        }
        if (line->n < row->min_args || line->n > row->max_args) {
            return error_set(err, "invalid number of words after \"%s\"", row->name);
        }
        if (*seen & 1U << i && !row->repeats) {
            return error_set(err, "\"%s\" stands twice in the case", row->name);
        }
        *seen |= 1U << i;
        return case_row_read(reader, row, line, out, err);
    }
    return error_set(err, "unknown word \"%.*s\" in a case", STR_ARG(line->name));
}

static bool is_complete(const struct policy_case *asked, const unsigned seen, struct error *err)
{
    static_assert(COUNT_OF(CASE_ROWS) < 32, "a bit for each");
    unsigned clients = (asked->cert != NULL) + asked->no_cert + (asked->client.n > 0);
    if (clients != 1) {
        return error_set(err, "the case \"%.*s\" needs one of \"cert\", \"no_cert\" and \"client\"",
                         STR_ARG(asked->name));
    }
    if (asked->request.n == 0) {
        return error_set(err, "the case \"%.*s\" has no \"request\"", STR_ARG(asked->name));
    }
    for (size_t i = 0; i < COUNT_OF(CASE_ROWS); i++) {
        if (CASE_ROWS[i].kind == CASE_EXPECT && !(seen & 1U << i)) {
            return error_set(err, "the case \"%.*s\" has no \"expect\"", STR_ARG(asked->name));
        }
    }
    return true;
}

static bool read_case(const struct case_reader *reader, const struct conf_node *node,
                      struct policy_case *out, struct error *err)
{
    unsigned seen = 0;
    *out = (struct policy_case){.node = node};
    if (!node->is_block || node->n != 1) {
        return error_set(err, "write case \"NAME\" { … }");
    }
    out->name = node->args[0];
    for (const struct conf_node *line = node->children; line; line = line->next) {
        if (!read_line(reader, line, &seen, out, err)) {
            return conf_error_at(line, err);
        }
    }
    return is_complete(out, seen, err);
}

static bool read_path(const struct case_reader *reader, const struct conf_node *node,
                      const char **out, struct error *err)
{
    if (node->is_block || node->n != 1 || *out) {
        return error_set(err, "\"%.*s\" takes one path, and stands once", STR_ARG(node->name));
    }
    *out = resolved(reader, node->args[0]);
    return true;
}

static bool read_node(const struct case_reader *reader, const struct conf_node *node,
                      struct policy_file *out, struct error *err)
{
    struct policy_case asked;
    if (str_eq(node->name, STR("config"))) {
        return read_path(reader, node, &out->config, err);
    }
    if (str_eq(node->name, STR("prefix"))) {
        return read_path(reader, node, &out->prefix, err);
    }
    if (!str_eq(node->name, STR("case"))) {
        return error_set(
            err, "unknown word \"%.*s\": a file of cases has \"config\", \"prefix\" and \"case\"",
            STR_ARG(node->name));
    }
    if (!read_case(reader, node, &asked, err)) {
        return false;
    }
    struct policy_case *slot = vec_push(reader->arena, &out->cases, &out->n, sizeof(*slot));
    *slot = asked;
    return true;
}

bool policy_file_read(const char *path, struct arena *arena, struct policy_file *out,
                      struct error *err)
{
    struct conf_tree tree;
    const char *whole = config_path(path, arena);
    struct case_reader reader = {arena, path_dirname(str_of(whole))};
    *out = (struct policy_file){0};
    if (!conf_tree_load(whole, arena, &tree, err)) {
        return false;
    }
    for (const struct conf_node *node = tree.first; node; node = node->next) {
        if (!read_node(&reader, node, out, err)) {
            return conf_error_at(node, err);
        }
    }
    return out->n > 0 || error_set(err, "no case in \"%s\"", path);
}

struct str policy_expected_text(const struct policy_case *asked, struct arena *arena)
{
    struct str text = asked->status ? arena_decimal(arena, (uint64_t)asked->status)
                                    : str_of(policy_outcome_word(asked->expected));
    return asked->by.n ? arena_printf(arena, "%.*s by %.*s", STR_ARG(text), STR_ARG(asked->by))
                       : text;
}
