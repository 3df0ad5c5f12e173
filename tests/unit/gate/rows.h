/* SPDX-License-Identifier: Apache-2.0 */
/* One directive against one table whose rows have no fields. */
#ifndef TEST_GATE_ROWS_H
#define TEST_GATE_ROWS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "conf/directive.h"

enum taken { TAKEN_SILENTLY, TAKEN_WITH_NOTICE, NOT_YET, NEVER, WRONG };

struct heard {
    struct error err;
    char notice[512];
};

static inline void rows_hear(void *owner, const char *text)
{
    struct heard *heard = owner;
    strncpy(heard->notice, text, sizeof(heard->notice) - 1);
}

static inline bool rows_say(const struct error *err, struct str words)
{
    struct str text = str_of(err->text);
    return str_search(text, words) < text.n;
}

/* The text, one directive, in that context. */
static inline enum taken rows_try(const struct directive *rows, size_t n, unsigned context,
                                  const char *text, struct heard *heard)
{
    const struct directive_table table = {"", rows, n, LEVEL_LOCATION, 0};
    const struct conf_tables tables = {&table, 1};
    struct arena arena;
    struct conf_tree tree;
    *heard = (struct heard){0};
    arena_init(&arena, 0);
    struct conf_scope scope = {.arena = &arena, .owner = heard, .notice = rows_hear};
    struct conf_level level = {.context = context, .seen = arena_zalloc(&arena, n)};
    assert_true(conf_tree_parse(str_of(text), "f", &arena, &tree, &heard->err));
    bool ok = conf_apply_all(&tables, &scope, &level, tree.first, &heard->err);
    arena_deinit(&arena);
    if (ok) {
        return heard->notice[0] ? TAKEN_WITH_NOTICE : TAKEN_SILENTLY;
    }
    return rows_say(&heard->err, STR("is not supported yet")) ? NOT_YET
           : rows_say(&heard->err, STR("is refused"))         ? NEVER
                                                              : WRONG;
}

#endif
