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

/* One directive of a case. */
struct case_row {
    const char *name;
    size_t min_args;
    size_t max_args;
    bool repeats;
    bool (*read)(const struct case_reader *reader, const struct conf_node *node,
                 struct policy_case *out, struct error *err);
};

static const char *resolved(const struct case_reader *reader, struct str path)
{
    return path_resolve(reader->arena, reader->directory, path);
}

static const char *first_word(const struct case_reader *reader, const struct conf_node *node)
{
    return arena_cstr(reader->arena, node->args[0]);
}

static void case_words_add(const struct case_reader *reader, const struct conf_node *node,
                           struct words *out)
{
    for (size_t i = 0; i < node->n; i++) {
        struct str *slot = vec_push(reader->arena, &out->items, &out->n, sizeof(*slot));
        *slot = node->args[i];
    }
}

static bool read_cert(const struct case_reader *reader, const struct conf_node *node,
                      struct policy_case *out, struct error *err)
{
    (void)err;
    out->cert = resolved(reader, node->args[0]);
    return true;
}

static bool read_password_file(const struct case_reader *reader, const struct conf_node *node,
                               struct policy_case *out, struct error *err)
{
    (void)err;
    out->password_file = resolved(reader, node->args[0]);
    return true;
}

static bool read_no_cert(const struct case_reader *reader, const struct conf_node *node,
                         struct policy_case *out, struct error *err)
{
    (void)reader;
    (void)node;
    (void)err;
    out->no_cert = true;
    return true;
}

static bool read_given(const struct case_reader *reader, const struct conf_node *node,
                       struct policy_case *out, struct error *err)
{
    (void)err;
    case_words_add(reader, node, &out->client);
    return true;
}

static bool read_from(const struct case_reader *reader, const struct conf_node *node,
                      struct policy_case *out, struct error *err)
{
    (void)err;
    out->from = first_word(reader, node);
    return true;
}

static bool read_connect_to(const struct case_reader *reader, const struct conf_node *node,
                            struct policy_case *out, struct error *err)
{
    (void)err;
    out->connect_to = first_word(reader, node);
    return true;
}

static bool read_sni_name(const struct case_reader *reader, const struct conf_node *node,
                          struct policy_case *out, struct error *err)
{
    (void)err;
    out->sni = first_word(reader, node);
    return true;
}

static bool read_no_sni(const struct case_reader *reader, const struct conf_node *node,
                        struct policy_case *out, struct error *err)
{
    (void)reader;
    (void)node;
    (void)err;
    out->no_sni = true;
    return true;
}

static bool read_header(const struct case_reader *reader, const struct conf_node *node,
                        struct policy_case *out, struct error *err)
{
    (void)err;
    case_words_add(reader, node, &out->fields);
    return true;
}

static bool read_asked(const struct case_reader *reader, const struct conf_node *node,
                       struct policy_case *out, struct error *err)
{
    (void)err;
    case_words_add(reader, node, &out->request);
    return true;
}

static bool read_expected(const struct case_reader *reader, const struct conf_node *node,
                          struct policy_case *out, struct error *err)
{
    (void)reader;
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

static const struct case_row CASE_ROWS[] = {
    {"cert", 1, 1, false, read_cert},       {"password_file", 1, 1, false, read_password_file},
    {"no_cert", 0, 0, false, read_no_cert}, {"client", 1, SIZE_MAX, true, read_given},
    {"from", 1, 1, false, read_from},       {"connect_to", 1, 1, false, read_connect_to},
    {"sni", 1, 1, false, read_sni_name},    {"no_sni", 0, 0, false, read_no_sni},
    {"header", 1, 1, true, read_header},    {"request", 1, 2, false, read_asked},
    {"expect", 1, 3, false, read_expected},
};

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
        return row->read(reader, line, out, err);
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
        if (CASE_ROWS[i].read == read_expected && !(seen & 1U << i)) {
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
