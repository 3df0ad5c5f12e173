/* SPDX-License-Identifier: Apache-2.0 */
/* A made-up request for the tests of this folder: a path, arguments, a few builtins. */
#ifndef TEST_SCRIPT_FACTS_H
#define TEST_SCRIPT_FACTS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/arena.h"
#include "http/uri.h"
#include "script/program.h"
#include "script/scope.h"
#include "script/template.h"
#include "script/variables.h"

struct facts {
    struct arena arena;
    struct variables vars;
    struct scope scope;
    struct str uri;
    struct str args;
    struct str remote_addr;
    struct str forwarded;
    bool has_file; /* what -f, -d, -e, -x answer */
    bool no_files; /* they cannot be known */
    unsigned asked;
};

static inline struct value fact_text(void *p, struct arena *arena, const struct builtin *row,
                                     struct str suffix)
{
    struct facts *facts = p;
    facts->asked++;
    return value_of(*(struct str *)(void *)((char *)p + row->data));
}

static inline struct value fact_arg(void *p, struct arena *arena, const struct builtin *row,
                                    struct str suffix)
{
    struct facts *facts = p;
    struct str value;
    return uri_arg(facts->args, suffix, &value) ? value_of(value) : VALUE_IS_ABSENT;
}

static inline struct value fact_unknown(void *p, struct arena *arena, const struct builtin *row,
                                        struct str suffix)
{
    return VALUE_IS_UNKNOWN;
}

static inline void fact_put_args(void *p, struct str value)
{
    ((struct facts *)p)->args = value;
}

static const struct builtin fact_builtins[] = {
    {"uri", fact_text, offsetof(struct facts, uri), .volatile_ = true},
    {"args", fact_text, offsetof(struct facts, args), .volatile_ = true, .changeable = true,
     .put = fact_put_args},
    {"remote_addr", fact_text, offsetof(struct facts, remote_addr)},
    {"http_x_forwarded_for", fact_text, offsetof(struct facts, forwarded)},
    {"arg_", fact_arg, .prefix = true, .volatile_ = true},
    {"http_", fact_arg, .prefix = true},
    {"mystery", fact_unknown},
};

static inline struct value facts_builtin(void *facts, const struct variable *variable,
                                         struct arena *arena)
{
    const struct builtin *row = variable->source.builtin;
    return row->get(facts, arena, row, variable->suffix);
}

static inline enum value_state facts_file(void *p, char test, struct str path, bool *result)
{
    struct facts *facts = p;
    *result = facts->has_file;
    return facts->no_files ? VALUE_UNKNOWN : VALUE_SET;
}

static inline struct value facts_uri(void *facts)
{
    return value_of(((struct facts *)facts)->uri);
}

static inline struct value facts_args(void *facts)
{
    return value_of(((struct facts *)facts)->args);
}

static inline void facts_put(void *p, const struct builtin *row, struct value value)
{
    row->put(p, value.s);
}

static inline void facts_set_uri(void *p, struct value path, struct value args)
{
    struct facts *facts = p;
    facts->uri = path.s;
    facts->args = args.s;
}

static const struct scope_host facts_host = {
    .builtin = facts_builtin,
    .file_test = facts_file,
    .uri = facts_uri,
    .args = facts_args,
    .put = facts_put,
    .set_uri = facts_set_uri,
};

static inline void facts_init(struct facts *facts)
{
    *facts = (struct facts){.uri = STR("/"), .remote_addr = STR("192.0.2.1")};
    arena_init(&facts->arena, 0);
    variables_init(&facts->vars, &facts->arena, fact_builtins, COUNT_OF(fact_builtins));
}

static inline void facts_deinit(struct facts *facts)
{
    variables_deinit(&facts->vars);
    arena_deinit(&facts->arena);
}

/* After the variables are known: a new request. */
static inline struct scope *facts_request(struct facts *facts, const char *uri, const char *args)
{
    facts->uri = str_of(uri);
    facts->args = str_of(args);
    facts->asked = 0;
    scope_init(&facts->scope, &facts->vars, &facts->arena, &facts_host, facts);
    return &facts->scope;
}

static inline struct template facts_template(struct facts *facts, const char *text)
{
    struct template tmpl;
    struct error err;
    if (!template_compile(str_of(text), &facts->vars, &facts->arena, "t.conf", 1, &tmpl, &err)) {
        fail_msg("%s: %s", text, err.text);
    }
    return tmpl;
}

static inline void assert_str(struct str got, const char *want)
{
    if (!str_eq(got, str_of(want))) {
        fail_msg("got \"%.*s\", want \"%s\"", STR_ARG(got), want);
    }
}

#endif
