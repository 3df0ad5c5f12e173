/* SPDX-License-Identifier: Apache-2.0 */
/* Nodes, their lines, and include over real files. */
#include "conf/tree.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

struct fixture {
    struct arena arena;
    char dir[64];
    const char *files[8]; /* written, to be removed */
    size_t n;
    struct conf_tree tree;
    struct error err;
};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    assert_non_null(f);
    arena_init(&f->arena, 0);
    snprintf(f->dir, sizeof(f->dir), "/tmp/yett-tree-XXXXXX");
    assert_non_null(mkdtemp(f->dir));
    *state = f;
    return 0;
}

static const char *path_of(struct fixture *f, const char *name)
{
    return arena_printf(&f->arena, "%s/%s", f->dir, name).p;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    for (size_t i = 0; i < f->n; i++) {
        unlink(path_of(f, f->files[i]));
    }
    rmdir(f->dir);
    arena_deinit(&f->arena);
    free(f);
    return 0;
}

static void put_file(struct fixture *f, const char *name, const char *text)
{
    assert_true(f->n < COUNT_OF(f->files));
    FILE *file = fopen(path_of(f, name), "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
    f->files[f->n++] = name;
}

static void assert_str(struct str s, const char *expected)
{
    assert_int_equal(s.n, strlen(expected));
    assert_memory_equal(s.p, expected, s.n);
}

static bool parse(struct fixture *f, const char *text)
{
    return conf_tree_parse(str_of(text), "f", &f->arena, &f->tree, &f->err);
}

static bool load(struct fixture *f)
{
    return conf_tree_load(path_of(f, "main.conf"), &f->arena, &f->tree, &f->err);
}

/* The error is `before`, the directory, `after`. */
static void assert_load_fails(struct fixture *f, const char *before, const char *after)
{
    assert_false(load(f));
    assert_string_equal(f->err.text, arena_printf(&f->arena, "%s%s%s", before, f->dir, after).p);
}

static void nodes_keep_words_and_lines(void **state)
{
    struct fixture *f = *state;
    assert_true(parse(f, "a\n 1 \"2 3\";\n\"default\" x {\n b;\n default;\n}\nc;"));
    const struct conf_node *a = f->tree.first;
    assert_str(a->name, "a");
    assert_int_equal(a->n, 2);
    assert_str(a->args[1], "2 3");
    assert_int_equal(a->line, 1);
    assert_false(a->is_block || a->name_quoted);
    const struct conf_node *block = a->next;
    assert_true(block->is_block && block->name_quoted);
    assert_int_equal(block->line, 3);
    assert_int_equal(block->end_line, 6);
    assert_str(block->children->name, "b");
    assert_false(block->children->next->name_quoted);
    assert_null(block->children->next->next);
    assert_str(block->next->name, "c");
    assert_int_equal(block->next->line, 7);
    assert_string_equal(block->next->file, "f");
    assert_null(block->next->next);
}

static void braces_must_balance(void **state)
{
    struct fixture *f = *state;
    assert_false(parse(f, "a {\n b;\n"));
    assert_string_equal(f->err.text, "unexpected end of file, expecting \"}\" in f:3");
    assert_false(parse(f, "a { }\n}"));
    assert_string_equal(f->err.text, "unexpected \"}\" in f:2");
}

static void an_unquoted_brace_is_told_from_a_missing_one(void **state)
{
    struct fixture *f = *state;
    assert_false(parse(f, "server {\n location ~ ^/a{2} {\n }\n}\n"));
    assert_string_equal(f->err.text, "unknown directive \"2}\", an argument with \"{\" or \";\" "
                                     "must be quoted in f:2");
    assert_true(parse(f, "server {\n location ~ \"^/a{2}\" {\n }\n}\n"));
}

static bool parse_nested(struct fixture *f, unsigned depth)
{
    char text[1024];
    size_t n = 0;
    for (unsigned i = 0; i < depth; i++) {
        n += (size_t)snprintf(text + n, sizeof(text) - n, "a{");
    }
    for (unsigned i = 0; i < depth; i++) {
        n += (size_t)snprintf(text + n, sizeof(text) - n, "}");
    }
    return parse(f, text);
}

static void nesting_is_bounded(void **state)
{
    struct fixture *f = *state;
    assert_true(parse_nested(f, 64));
    assert_false(parse_nested(f, 65));
    assert_string_equal(f->err.text, "blocks are nested more than 64 levels deep in f:1");
}

static void include_puts_files_in_place(void **state)
{
    struct fixture *f = *state;
    put_file(f, "main.conf", "first;\nhttp {\n include *.inc;\n include \"none*.inc\";\n}\nlast;");
    put_file(f, "b.inc", "from_b;");
    put_file(f, "a.inc", "\nfrom_a;\n");
    put_file(f, ".hidden.inc", "hidden;");
    assert_true(load(f));
    const struct conf_node *http = f->tree.first->next;
    const struct conf_node *node = http->children;
    assert_str(node->name, "from_a");
    assert_string_equal(node->file, path_of(f, "a.inc"));
    assert_int_equal(node->line, 2);
    assert_str(node->next->name, "from_b");
    assert_null(node->next->next);
    assert_str(http->next->name, "last");
    assert_int_equal(f->tree.files_n, 3);
    assert_string_equal(f->tree.files[0].path, path_of(f, "main.conf"));
    assert_string_equal(f->tree.files[2].path, path_of(f, "b.inc"));
    assert_str(f->tree.files[2].text, "from_b;");
}

static void a_file_included_twice_is_listed_once(void **state)
{
    struct fixture *f = *state;
    put_file(f, "main.conf", "include x.inc;\ninclude x.inc;");
    put_file(f, "x.inc", "x;");
    assert_true(load(f));
    assert_str(f->tree.first->next->name, "x");
    assert_null(f->tree.first->next->next);
    assert_int_equal(f->tree.files_n, 2);
}

static void include_of_nothing_is_an_error_without_wildcard(void **state)
{
    struct fixture *f = *state;
    put_file(f, "main.conf", "a;\ninclude gone.inc;");
    assert_false(load(f));
    assert_string_equal(
        f->err.text, arena_printf(&f->arena,
                                  "open() \"%s/gone.inc\" failed (2: No such file or directory) in "
                                  "%s/main.conf:2",
                                  f->dir, f->dir)
                         .p);
}

static void a_missing_main_file_has_no_place(void **state)
{
    assert_load_fails(*state, "open() \"", "/main.conf\" failed (2: No such file or directory)");
}

static void included_files_close_their_own_blocks(void **state)
{
    struct fixture *f = *state;
    put_file(f, "main.conf", "http {\n include x.inc;\n}");
    put_file(f, "x.inc", "a;\n}");
    assert_load_fails(f, "unexpected \"}\" in ", "/x.inc:2");
}

static void include_takes_one_argument(void **state)
{
    struct fixture *f = *state;
    put_file(f, "main.conf", "\ninclude a b;");
    assert_load_fails(f, "invalid number of arguments in \"include\" directive in ",
                      "/main.conf:2");
}

static void include_is_no_block(void **state)
{
    struct fixture *f = *state;
    put_file(f, "main.conf", "include a { }");
    assert_load_fails(f, "directive \"include\" is not terminated by \";\" in ", "/main.conf:1");
}

static void include_may_not_go_in_circles(void **state)
{
    struct fixture *f = *state;
    put_file(f, "main.conf", "include main.conf;");
    assert_load_fails(f,
                      "\"include\" is nested more than 32 levels deep: does a file include "
                      "itself? in ",
                      "/main.conf:1");
}

static void include_is_refused_in_text(void **state)
{
    struct fixture *f = *state;
    assert_false(parse(f, "include /etc/passwd;"));
    assert_string_equal(f->err.text, "\"include\" directive is not allowed here in f:1");
}

static void an_error_is_placed_once_and_never_loses_its_place(void **state)
{
    struct fixture *f = *state;
    assert_true(parse(f, "a {\n b;\n}"));
    error_set(&f->err, "wrong");
    assert_false(conf_error_at(f->tree.first->children, &f->err));
    assert_false(conf_error_at(f->tree.first, &f->err));
    assert_string_equal(f->err.text, "wrong in f:2");
    error_set(&f->err, "no host in 10.0.0.1:80");
    assert_false(conf_error_at(f->tree.first, &f->err));
    assert_string_equal(f->err.text, "no host in 10.0.0.1:80 in f:1");
    memset(f->err.text, 'x', sizeof(f->err.text) - 1);
    assert_false(conf_error_at(f->tree.first, &f->err));
    assert_true(str_ends(str_of(f->err.text), STR("x in f:1")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(nodes_keep_words_and_lines, setup, teardown),
        cmocka_unit_test_setup_teardown(braces_must_balance, setup, teardown),
        cmocka_unit_test_setup_teardown(an_unquoted_brace_is_told_from_a_missing_one, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(include_is_no_block, setup, teardown),
        cmocka_unit_test_setup_teardown(nesting_is_bounded, setup, teardown),
        cmocka_unit_test_setup_teardown(include_puts_files_in_place, setup, teardown),
        cmocka_unit_test_setup_teardown(a_file_included_twice_is_listed_once, setup, teardown),
        cmocka_unit_test_setup_teardown(include_of_nothing_is_an_error_without_wildcard, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_missing_main_file_has_no_place, setup, teardown),
        cmocka_unit_test_setup_teardown(included_files_close_their_own_blocks, setup, teardown),
        cmocka_unit_test_setup_teardown(include_takes_one_argument, setup, teardown),
        cmocka_unit_test_setup_teardown(include_may_not_go_in_circles, setup, teardown),
        cmocka_unit_test_setup_teardown(include_is_refused_in_text, setup, teardown),
        cmocka_unit_test_setup_teardown(an_error_is_placed_once_and_never_loses_its_place, setup,
                                        teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
