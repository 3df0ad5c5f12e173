/* SPDX-License-Identifier: Apache-2.0 */
/* A configuration read with this folder's tables: its programs, its variables. */
#ifndef TEST_SCRIPT_CONF_H
#define TEST_SCRIPT_CONF_H

#include "conf/directive.h"
#include "conf/tree.h"
#include "facts.h"
#include "script/map_conf.h"
#include "script/rewrite_conf.h"
#include "script/template_conf.h"

struct place {
    struct program program;
    struct template text;
};

struct notices {
    char text[256]; /* the last one */
    unsigned n;
};

static inline void conf_notice(void *owner, const char *text)
{
    struct notices *notices = owner;
    snprintf(notices->text, sizeof(notices->text), "%s", text);
    notices->n++;
}

static inline bool conf_apply_if(struct conf_scope *scope, const struct directive *row, void *field,
                                 struct error *err);

static const struct directive test_directives[] = {
    {.name = "if",
     .contexts = CONTEXT_LOCATION,
     .max_args = ARGS_ANY,
     .is_block = true,
     .repeats = true,
     .set = conf_apply_if},
    {.name = "text",
     .contexts = CONTEXT_LOCATION,
     .min_args = 1,
     .max_args = 1,
     .set = set_template,
     .offset = offsetof(struct place, text)},
};

/* Filled in by conf_read: a table of tables cannot hold sizes that other files define. */
static struct directive_table conf_table_list[3];
static const struct conf_tables conf_all_tables = {conf_table_list, 3};

static inline bool conf_apply_if(struct conf_scope *scope, const struct directive *row, void *field,
                                 struct error *err)
{
    struct place inside = {0};
    struct program *body;
    if (!rewrite_conf_if(scope, field, &body, scope->node, err)) {
        return false;
    }
    unsigned char seen[64] = {0};
    struct conf_level level = {.context = CONTEXT_LOCATION_IF, .seen = seen};
    level.structs[LEVEL_LOCATION] = &inside;
    if (!conf_apply_all(&conf_all_tables, scope, &level, scope->node->children, err)) {
        return false;
    }
    *body = inside.program;
    return true;
}

/* `context` is where the text stands. */
static inline bool conf_read_noting(struct facts *facts, unsigned context, const char *text,
                                    struct place *out, struct notices *notices, struct error *err)
{
    *out = (struct place){0};
    conf_table_list[0] = (struct directive_table){"test", test_directives, 2, LEVEL_LOCATION, 0};
    conf_table_list[1] =
        (struct directive_table){"rewrite", rewrite_directives, rewrite_directives_n,
                                 LEVEL_LOCATION, offsetof(struct place, program)};
    conf_table_list[2] =
        (struct directive_table){"map", map_directives, map_directives_n, LEVEL_LOCATION, 0};
    unsigned char seen[64] = {0};
    assert_true(conf_tables_rows(&conf_all_tables) <= sizeof(seen));
    struct conf_tree tree;
    struct conf_scope scope = {
        .arena = &facts->arena, .vars = &facts->vars, .notice = conf_notice, .owner = notices};
    struct conf_level level = {.context = context, .seen = seen};
    level.structs[LEVEL_LOCATION] = out;
    return conf_tree_parse(str_of(text), "t.conf", &facts->arena, &tree, err) &&
           conf_apply_all(&conf_all_tables, &scope, &level, tree.first, err) &&
           variables_check(&facts->vars, NULL, err);
}

static inline bool conf_read(struct facts *facts, unsigned context, const char *text,
                             struct place *out, struct error *err)
{
    struct notices notices = {.n = 0};
    return conf_read_noting(facts, context, text, out, &notices, err);
}

static inline void assert_refused(unsigned context, const char *text, const char *want)
{
    struct facts facts;
    struct place place;
    struct error err;
    facts_init(&facts);
    if (conf_read(&facts, context, text, &place, &err)) {
        fail_msg("accepted: %s", text);
    }
    if (strcmp(err.text, want) != 0) {
        fail_msg("%s: got <%s>, want <%s>", text, err.text, want);
    }
    facts_deinit(&facts);
}

#endif
