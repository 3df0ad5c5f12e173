/* SPDX-License-Identifier: Apache-2.0 */
#include "site/explorer.h"

#include <assert.h>
#include <stdio.h>

#include "base/vec.h"
#include "site/client.h"

/* --- choices and the trail --- */

static size_t explorer_choose(void *facts, size_t n)
{
    struct explorer *explorer = facts;
    explorer->supposing = n > 1;
    if (n < 2) {
        return 0;
    }
    if (explorer->chosen == explorer->forks_n) {
        if (explorer->forks_n == FORKS_MAX) {
            explorer->cut = true;
            explorer->supposing = false;
            return 0;
        }
        explorer->forks[explorer->forks_n++] = (struct fork){0, n, 0};
    }
    struct fork *choice = &explorer->forks[explorer->chosen++];
    choice->step = explorer->trail_n;
    assert(explorer->chosen <= explorer->forks_n);
    /* The way so far was that of the walk before: the same choices lead to the same question. */
    assert(choice->n == n && choice->taken < n);
    return choice->taken;
}

static void explorer_note(void *facts, const char *file, unsigned line, const char *fmt,
                          va_list args) PRINTF_LIKE(4, 0);
static void explorer_note(void *facts, const char *file, unsigned line, const char *fmt,
                          va_list args)
{
    struct explorer *explorer = facts;
    char text[512];
    vsnprintf(text, sizeof(text), fmt, args);
    struct trail_step *step =
        vec_push(&explorer->arena, &explorer->trail, &explorer->trail_n, sizeof(*step));
    *step = (struct trail_step){file, line, false, arena_dup(&explorer->arena, str_of(text))};
}

static void explorer_suppose(void *facts, const char *file, unsigned line, const char *fmt,
                             va_list args) PRINTF_LIKE(4, 0);
/* Follows its choice at once, so that the choice knows its step. */
static void explorer_suppose(void *facts, const char *file, unsigned line, const char *fmt,
                             va_list args)
{
    struct explorer *explorer = facts;
    explorer_note(facts, file, line, fmt, args);
    explorer->trail[explorer->trail_n - 1].supposed = explorer->supposing;
    explorer->supposing = false;
}

static void explorer_say(void *facts, enum log_level level, const char *fmt, va_list args)
    PRINTF_LIKE(3, 0);
/* What the error log would hear is part of the trail. */
static void explorer_say(void *facts, enum log_level level, const char *fmt, va_list args)
{
    (void)level;
    explorer_note(facts, NULL, 0, fmt, args);
}

/* --- what the walk itself knows --- */

static struct value explorer_known(const struct walk *walk, unsigned facts, struct str text)
{
    return walk->facts.unknown & facts ? VALUE_IS_UNKNOWN : value_of(text);
}

static struct value get_path(struct explorer *explorer, struct str suffix)
{
    (void)suffix;
    return explorer_known(&explorer->walk, FACT_PATH, explorer->walk.path);
}

static struct value get_args(struct explorer *explorer, struct str suffix)
{
    (void)suffix;
    return explorer_known(&explorer->walk, FACT_ARGS, explorer->walk.args);
}

static struct value get_is_args(struct explorer *explorer, struct str suffix)
{
    (void)suffix;
    return explorer_known(&explorer->walk, FACT_ARGS, explorer->walk.args.n ? STR("?") : STR(""));
}

static struct value get_arg(struct explorer *explorer, struct str suffix)
{
    struct str value;
    if (!walk_knows(&explorer->walk, FACT_ARGS)) {
        return VALUE_IS_UNKNOWN;
    }
    return uri_arg(explorer->walk.args, suffix, &value) ? value_of(value) : VALUE_IS_ABSENT;
}

static struct value get_request_uri(struct explorer *explorer, struct str suffix)
{
    (void)suffix;
    unsigned unknown = explorer->question->facts.unknown & (FACT_PATH | FACT_ARGS);
    return unknown ? VALUE_IS_UNKNOWN : value_of(explorer->question->target);
}

static struct value get_host(struct explorer *explorer, struct str suffix)
{
    (void)suffix;
    const struct walk *walk = &explorer->walk;
    return explorer_known(walk, FACT_HOST, walk->host.n ? walk->host : walk->server->name);
}

static struct value get_method(struct explorer *explorer, struct str suffix)
{
    (void)suffix;
    return explorer_known(&explorer->walk, FACT_METHOD, explorer->walk.method_name);
}

static struct value get_server_name(struct explorer *explorer, struct str suffix)
{
    (void)suffix;
    return value_of(explorer->walk.server->name);
}

static struct value get_scheme(struct explorer *explorer, struct str suffix)
{
    (void)suffix;
    return value_of(explorer->walk.facts.secure ? STR("https") : STR("http"));
}

static struct value get_https(struct explorer *explorer, struct str suffix)
{
    (void)suffix;
    return value_of(explorer->walk.facts.secure ? STR("on") : STR(""));
}

static struct value get_remote_addr(struct explorer *explorer, struct str suffix)
{
    (void)suffix;
    char text[ADDRESS_TEXT_MAX];
    const struct walk *walk = &explorer->walk;
    return walk_knows(walk, FACT_PEER)
               ? value_of(arena_dup(&explorer->arena, address_host(walk->facts.peer, text)))
               : VALUE_IS_UNKNOWN;
}

static struct value get_client_verify(struct explorer *explorer, struct str suffix)
{
    (void)suffix;
    const struct verdict *verdict = explorer->walk.facts.verdict;
    explorer->asked_reason |= verdict && verdict->status == VERDICT_BAD;
    return client_verify(&explorer->walk);
}

/* A name that ends in '_' is a family's. */
static const struct known_row {
    const char *name;
    struct value (*get)(struct explorer *explorer, struct str suffix);
} KNOWN[] = {
    {"arg_", get_arg},
    {"args", get_args},
    {"document_uri", get_path},
    {"host", get_host},
    {"https", get_https},
    {"is_args", get_is_args},
    {"query_string", get_args},
    {"remote_addr", get_remote_addr},
    {"request_method", get_method},
    {"request_uri", get_request_uri},
    {"scheme", get_scheme},
    {"server_name", get_server_name},
    {"ssl_client_verify", get_client_verify},
    {"uri", get_path},
};

static struct value builtin(void *facts, const struct variable *variable, struct arena *arena)
{
    struct explorer *explorer = facts;
    const struct question *question = explorer->question;
    (void)arena;
    for (size_t i = 0; i < question->told_n; i++) {
        const struct told *told = &question->told[i];
        if (str_ieq(told->name, variable->name)) {
            return told->of_client && !client_is_asked(&explorer->walk) ? VALUE_IS_ABSENT
                                                                        : value_of(told->value);
        }
    }
    struct str family = str_of(variable->source.builtin->name);
    for (size_t i = 0; i < sizeof(KNOWN) / sizeof(KNOWN[0]); i++) {
        if (str_eq(family, str_of(KNOWN[i].name))) {
            return KNOWN[i].get(explorer, variable->suffix);
        }
    }
    bool is_field = str_eq(family, STR("http_")) || str_eq(family, STR("cookie_"));
    return question->all_fields_told && is_field ? VALUE_IS_ABSENT : VALUE_IS_UNKNOWN;
}

/* --- the rest of what is asked --- */

static enum value_state explorer_file_test(void *facts, char test, struct str path, bool *result)
{
    (void)facts;
    (void)test;
    (void)path;
    *result = false;
    return VALUE_UNKNOWN; /* files come and go */
}

static struct value uri(void *facts)
{
    return get_path(facts, STR(""));
}

static struct value args(void *facts)
{
    return get_args(facts, STR(""));
}

/* $args is the one builtin that `set` may assign. */
static void explorer_put(void *facts, const struct builtin *row, struct value value)
{
    struct walk *walk = &((struct explorer *)facts)->walk;
    (void)row;
    walk->args = value.s;
    walk->facts.unknown &= ~(unsigned)FACT_ARGS;
    walk->facts.unknown |= value.state == VALUE_UNKNOWN ? (unsigned)FACT_ARGS : 0;
}

static void set_uri(void *facts, struct value path, struct value arguments)
{
    walk_set_uri(&((struct explorer *)facts)->walk, path, arguments);
}

const struct scope_host explorer_host = {
    .builtin = builtin,
    .file_test = explorer_file_test,
    .uri = uri,
    .args = args,
    .put = explorer_put,
    .set_uri = set_uri,
    .say = explorer_say,
    .choose = explorer_choose,
    .suppose = explorer_suppose,
    .note = explorer_note,
};
