/* SPDX-License-Identifier: Apache-2.0 */
/* Rows found, checked and applied: every sentence a user may read, and inheritance's `first`. */
#include "conf/directive.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/compiler.h"
#include "base/vec.h"

/* A tiny server with two modules, to see offsets, levels and blocks at work. */
struct core {
    bool tokens;
    uint64_t port;
};

struct list {
    struct str *items;
    size_t n;
};

struct tls {
    struct list crls;
    struct str name;
};

struct location {
    char pad[16];
    struct core core;
    struct tls tls;
};

struct fixture {
    struct arena arena;
    struct location location;
    struct location inner; /* as the last server block left it */
    unsigned char seen[24];
    struct conf_level level;
    struct conf_scope scope;
    struct conf_tree tree;
    struct error err;
};

static directive_set set_server;
static directive_set set_refusing;
static directive_set set_another;

static const struct directive core_rows[] = {
    {"server", CONTEXT_HTTP, 0, 0, .is_block = true, .repeats = true, .set = set_server},
    {"server_tokens", CONTEXT_HTTP | CONTEXT_SERVER, 1, 1, .set = set_flag,
     .offset = offsetof(struct core, tokens), .initial = "on", .syntax = "on | off"},
    {"port", CONTEXT_SERVER, 1, 1, .set = set_number, .offset = offsetof(struct core, port)},
    {"sendfile", CONTEXT_HTTP, 1, ARGS_ANY, .support = SUPPORT_ACCEPTED,
     .note = "it is only speed"},
    {"http2", CONTEXT_HTTP, 1, 1, .support = SUPPORT_LATER, .note = "HTTP/1.1 is spoken"},
    {"perl", CONTEXT_HTTP, 1, 1, .support = SUPPORT_REFUSED, .note = "code has no place here"},
    {"wrong", CONTEXT_HTTP, 0, 0, .set = set_refusing},
    {"limit", CONTEXT_HTTP, 0, ARGS_ANY, .support = SUPPORT_LATER,
     .values = "off | 0 | \"\" | a b"},
    {"early", CONTEXT_HTTP, 1, 1, .support = SUPPORT_REFUSED, .values = "off", .note = "not safe",
     .set = set_refusing},
    {"cache", CONTEXT_HTTP, 1, 1, .repeats = true, .support = SUPPORT_ACCEPTED, .values = "off"},
    {"stream", CONTEXT_HTTP, 0, 0, .is_block = true, .support = SUPPORT_LATER, .values = "{ }"},
};

static const struct directive tls_rows[] = {
    {"ssl_crl", CONTEXT_HTTP | CONTEXT_SERVER, 1, 1, .repeats = true, .set = set_another,
     .offset = offsetof(struct tls, crls), .initial = "default.crl"},
    {"ssl_name", CONTEXT_SERVER, 1, 1, .set = set_number, .offset = offsetof(struct tls, name)},
    {"ssl_name", CONTEXT_HTTP, 1, 1, .set = set_text, .offset = offsetof(struct tls, name),
     .initial = "\"a b\""},
};

static const struct directive main_rows[] = {
    {"daemon", CONTEXT_MAIN, 1, 1, .set = set_refusing, .initial = "on"},
};

static const struct directive_table table_list[] = {
    {"Core", core_rows, COUNT_OF(core_rows), LEVEL_LOCATION, offsetof(struct location, core)},
    {"TLS", tls_rows, COUNT_OF(tls_rows), LEVEL_LOCATION, offsetof(struct location, tls)},
    {"Main", main_rows, COUNT_OF(main_rows), LEVEL_MAIN, 0},
};

static const struct conf_tables tables = {table_list, COUNT_OF(table_list)};

/* As the loader does it: the inner level starts as a copy of the outer. */
static bool set_server(struct conf_scope *scope, const struct directive *row, void *field,
                       struct error *err)
{
    struct fixture *f = scope->owner;
    assert_true(field == &f->location.core);
    assert_int_equal(scope->context, CONTEXT_HTTP);
    struct location inner = f->location;
    unsigned char seen[sizeof(f->seen)] = {0};
    struct conf_level level = {CONTEXT_SERVER, {[LEVEL_LOCATION] = &inner}, seen};
    bool ok = conf_apply_all(&tables, scope, &level, scope->node->children, err);
    f->inner = inner;
    return ok;
}

static bool set_refusing(struct conf_scope *scope, const struct directive *row, void *field,
                         struct error *err)
{
    return error_set(err, "wrong is wrong");
}

/* As setters of lists do: the first of a level replaces what is inherited. */
static bool set_another(struct conf_scope *scope, const struct directive *row, void *field,
                        struct error *err)
{
    struct list *list = field;
    if (scope->first) {
        *list = (struct list){0};
    }
    struct str *item = vec_push(scope->arena, &list->items, &list->n, sizeof(*item));
    *item = scope->node->args[0];
    return true;
}

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    assert_non_null(f);
    arena_init(&f->arena, 0);
    f->level = (struct conf_level){CONTEXT_HTTP, {[LEVEL_LOCATION] = &f->location}, f->seen};
    f->scope = (struct conf_scope){
        .arena = &f->arena, .prefix = "/srv", .conf_prefix = "/etc/yett", .owner = f};
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    arena_deinit(&f->arena);
    free(f);
    return 0;
}

static bool apply(struct fixture *f, const char *text)
{
    memset(f->seen, 0, sizeof(f->seen));
    assert_true(conf_tree_parse(str_of(text), "f", &f->arena, &f->tree, &f->err));
    return conf_apply_all(&tables, &f->scope, &f->level, f->tree.first, &f->err);
}

static void assert_fails(struct fixture *f, const char *text, const char *message)
{
    assert_false(apply(f, text));
    assert_string_equal(f->err.text, message);
}

static void fields_are_set_through_base_and_offset(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(conf_tables_rows(&tables),
                     COUNT_OF(core_rows) + COUNT_OF(tls_rows) + COUNT_OF(main_rows));
    assert_true(apply(f, "server_tokens on; ssl_name x;"));
    assert_true(f->location.core.tokens);
    assert_true(str_eq(f->location.tls.name, STR("x")));
}

static void names_that_do_not_fit_are_explained(void **state)
{
    struct fixture *f = *state;
    assert_fails(f, "\nserver_tokns on;",
                 "unknown directive \"server_tokns\", did you mean \"server_tokens\"? in f:2");
    assert_fails(f, "ssl_clr x;",
                 "unknown directive \"ssl_clr\", did you mean \"ssl_crl\"? in f:1");
    assert_fails(f, "quite_another x;", "unknown directive \"quite_another\" in f:1");
    assert_fails(f, "prt 1;", "unknown directive \"prt\", did you mean \"port\"? in f:1");
    assert_fails(f, "po 1;", "unknown directive \"po\" in f:1");
    assert_fails(f, "port 1;",
                 "\"port\" directive is not allowed here, it belongs in server in f:1");
    assert_fails(f, "server { server { } }",
                 "\"server\" directive is not allowed here, it belongs in http in f:1");
}

static void form_is_checked(void **state)
{
    struct fixture *f = *state;
    assert_fails(f, "server_tokens;",
                 "invalid number of arguments in \"server_tokens\" directive: expected on | off "
                 "in f:1");
    assert_fails(f, "ssl_name a b;",
                 "invalid number of arguments in \"ssl_name\" directive in f:1");
    assert_fails(f, "server_tokens on { }",
                 "directive \"server_tokens\" is not terminated by \";\" in f:1");
    assert_fails(f, "server;", "directive \"server\" has no opening \"{\" in f:1");
    assert_fails(f, "server x { }", "invalid number of arguments in \"server\" directive in f:1");
}

static void duplicates_are_refused_unless_the_row_repeats(void **state)
{
    struct fixture *f = *state;
    assert_fails(f, "ssl_name a;\nssl_name b;", "\"ssl_name\" directive is duplicate in f:2");
    assert_true(apply(f, "ssl_crl a; ssl_crl b; server { } server { }"));
}

static void support_decides(void **state)
{
    struct fixture *f = *state;
    assert_fails(f, "http2 on;", "\"http2\" is not supported yet: HTTP/1.1 is spoken in f:1");
    assert_fails(f, "perl x;", "\"perl\" is refused: code has no place here in f:1");
    assert_fails(f, "sendfile;", "invalid number of arguments in \"sendfile\" directive in f:1");
    assert_true(apply(f, "sendfile on a b c d e f g h i;"));
}

static struct buf failures;

static void keep_failure(void *owner, const struct conf_node *node, const struct error *err)
{
    buf_printf(&failures, "%.*s: %s\n", STR_ARG(node->name), err->text);
}

/* What is right is set, the first failure is the result; a block repeats the first of its own. */
static void all_failures_are_heard(void **state)
{
    static const char ALL[] =
        "wrong: wrong is wrong in f:1\n"
        "none: unknown directive \"none\" in f:6\n"
        "port: \"port\" directive invalid number \"x\", expected digits in f:3\n"
        "perl: \"perl\" directive is not allowed here, it belongs in http in f:4\n"
        "server: \"port\" directive invalid number \"x\", expected digits in f:3\n";
    struct fixture *f = *state;
    f->scope.failed = keep_failure;
    assert_fails(f, "wrong;\nserver {\n port x;\n perl y;\n}\nnone 1;\nserver_tokens on;",
                 "wrong is wrong in f:1");
    buf_byte(&failures, '\0');
    assert_string_equal(failures.data, ALL);
    assert_true(f->location.core.tokens);
    buf_clear(&failures);
    assert_true(apply(f, "server_tokens on; server { port 1; }"));
    assert_int_equal(buf_size(&failures), 0);
    buf_deinit(&failures);
}

static char last_notice[256];

static void keep_notice(void *owner, const char *text)
{
    (void)owner;
    strncpy(last_notice, text, sizeof(last_notice) - 1);
}

static void rows_without_effect_are_noted(void **state)
{
    struct fixture *f = *state;
    assert_true(
        conf_tree_parse(STR("ssl_name x; sendfile on;"), "f", &f->arena, &f->tree, &f->err));
    const struct conf_node *node = f->tree.first;
    f->scope.notice = keep_notice;
    assert_true(conf_apply(&tables, &f->scope, &f->level, node, &f->err));
    assert_string_equal(last_notice, "");
    assert_true(conf_apply(&tables, &f->scope, &f->level, node->next, &f->err));
    assert_string_equal(last_notice, "\"sendfile\" has no effect (it is only speed) in f:1");
}

static void values_that_change_nothing_are_taken(void **state)
{
    static const char *const rows[] = {"limit off;", "limit OFF;", "limit 0;",   "limit 0k;",
                                       "limit '';",  "limit a b;", "early off;", "stream { }"};
    struct fixture *f = *state;
    f->scope.notice = keep_notice;
    last_notice[0] = '\0';
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (!apply(f, rows[i])) {
            fail_msg("%s: %s", rows[i], f->err.text);
        }
    }
    assert_true(apply(f, "cache off; cache off;"));
    assert_string_equal(last_notice, "");
}

static void other_values_are_what_the_row_says(void **state)
{
    static const char *const rows[] = {"limit;",     "limit 1;",       "limit 'a b';", "limit a;",
                                       "limit 0 0;", "limit 0x;",      "limit a b c;", "limit ' ';",
                                       "limit o;",   "limit off off;", "limit '' '';"};
    struct fixture *f = *state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (apply(f, rows[i])) {
            fail_msg("taken: %s", rows[i]);
        }
    }
    assert_fails(
        f, "limit 1k 2;",
        "\"limit 1k 2\" is not supported yet, only \"limit off | 0 | \"\" | a b\" is accepted "
        "in f:1");
    assert_fails(f, "early on;",
                 "\"early on\" is refused, only \"early off\" is accepted: not safe in f:1");
    assert_fails(f, "early off off;",
                 "\"early off off\" is refused, only \"early off\" is accepted: "
                 "not safe in f:1");
    assert_fails(f, "early off; early off;", "\"early\" directive is duplicate in f:1");
    assert_fails(f, "stream { port 1; }",
                 "\"stream\" is not supported yet, only \"stream { }\" is "
                 "accepted in f:1");
    assert_fails(f, "stream;",
                 "\"stream\" is not supported yet, only \"stream { }\" is accepted in "
                 "f:1");
}

static unsigned notices;

static void count_notice(void *owner, const char *text)
{
    (void)owner;
    (void)text;
    notices++;
}

static void what_repeats_is_noted_once(void **state)
{
    struct fixture *f = *state;
    f->scope.notice = count_notice;
    notices = 0;
    assert_true(apply(f, "cache a; cache b; cache c;"));
    assert_int_equal(notices, 1);
}

static void setters_errors_are_placed_once(void **state)
{
    struct fixture *f = *state;
    assert_fails(f, "\n\nwrong;", "wrong is wrong in f:3");
    assert_fails(f, "server {\n port x;\n}",
                 "\"port\" directive invalid number \"x\", expected digits in f:2");
}

static void blocks_come_last_and_inherit(void **state)
{
    struct fixture *f = *state;
    assert_true(apply(f, "server { port 7; } ssl_crl a; ssl_crl b;"));
    assert_int_equal(f->inner.core.port, 7);
    assert_int_equal(f->inner.tls.crls.n, 2);
}

static void the_first_use_at_a_level_replaces_an_inherited_list(void **state)
{
    struct fixture *f = *state;
    assert_true(apply(f, "ssl_crl a; ssl_crl b; server { ssl_crl c; }"));
    assert_int_equal(f->inner.tls.crls.n, 1);
    assert_true(str_eq(f->inner.tls.crls.items[0], STR("c")));
    assert_int_equal(f->location.tls.crls.n, 2);
    assert_true(str_eq(f->location.tls.crls.items[1], STR("b")));
}

static void initial_values_are_read_like_directives_and_then_replaced(void **state)
{
    struct fixture *f = *state;
    assert_true(conf_set_initial(&tables, &f->scope, &f->level, LEVEL_LOCATION, &f->err));
    assert_true(f->location.core.tokens);
    assert_true(str_eq(f->location.tls.name, STR("a b")));
    assert_int_equal(f->location.tls.crls.n, 1);
    assert_true(apply(f, "ssl_crl a; ssl_name x;"));
    assert_int_equal(f->location.tls.crls.n, 1);
    assert_true(str_eq(f->location.tls.crls.items[0], STR("a")));
}

static void initial_values_that_are_wrong_are_named(void **state)
{
    struct fixture *f = *state;
    assert_false(conf_set_initial(&tables, &f->scope, &f->level, LEVEL_MAIN, &f->err));
    assert_string_equal(f->err.text, "wrong is wrong in (default):1");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(fields_are_set_through_base_and_offset),
        TEST(names_that_do_not_fit_are_explained),
        TEST(form_is_checked),
        TEST(duplicates_are_refused_unless_the_row_repeats),
        TEST(support_decides),
        TEST(all_failures_are_heard),
        TEST(rows_without_effect_are_noted),
        TEST(values_that_change_nothing_are_taken),
        TEST(other_values_are_what_the_row_says),
        TEST(what_repeats_is_noted_once),
        TEST(setters_errors_are_placed_once),
        TEST(blocks_come_last_and_inherit),
        TEST(the_first_use_at_a_level_replaces_an_inherited_list),
        TEST(initial_values_are_read_like_directives_and_then_replaced),
        TEST(initial_values_that_are_wrong_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
