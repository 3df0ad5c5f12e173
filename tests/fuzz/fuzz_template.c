/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines of any bytes: a text with variables, a pattern, a subject, a rewrite's replacement. What
 * compiles is evaluated and run; whatever comes out must hold its bytes.
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "script/program.h"
#include "script/scope.h"
#include "script/template.h"
#include "script/variables.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct request {
    struct str uri;
    struct str args;
};

static struct value get_uri(void *facts, struct arena *arena, const struct builtin *row,
                            struct str suffix)
{
    return value_of(((struct request *)facts)->uri);
}

static struct value get_suffix(void *facts, struct arena *arena, const struct builtin *row,
                               struct str suffix)
{
    return suffix.n ? value_of(suffix) : VALUE_IS_ABSENT;
}

static const struct builtin builtins[] = {
    {"uri", get_uri, .volatile_ = true},
    {"arg_", get_suffix, .prefix = true},
};

static struct value host_builtin(void *facts, const struct variable *variable, struct arena *arena)
{
    const struct builtin *row = variable->source.builtin;
    return row->get(facts, arena, row, variable->suffix);
}

static enum value_state host_file(void *facts, char test, struct str path, bool *result)
{
    *result = path.n % 2;
    return VALUE_SET;
}

static struct value host_uri(void *facts)
{
    return value_of(((struct request *)facts)->uri);
}

static struct value host_args(void *facts)
{
    return value_of(((struct request *)facts)->args);
}

static void host_set_uri(void *facts, struct value path, struct value args)
{
    *(struct request *)facts = (struct request){path.s, args.s};
}

static const struct scope_host host = {
    .builtin = host_builtin,
    .file_test = host_file,
    .uri = host_uri,
    .args = host_args,
    .set_uri = host_set_uri,
};

/* Reads every byte, for the sanitizers. */
static void read_all(struct str s)
{
    unsigned sum = 0;
    for (size_t i = 0; i < s.n; i++) {
        sum += (unsigned char)s.p[i];
    }
    assert(sum <= s.n * 255);
}

/* A rewrite of `subject`, with the flag that the replacement's length picks. */
static void run_rewrite(struct scope *scope, const struct regex *regex, struct template replacement)
{
    for (unsigned flag = REWRITE_NONE; flag <= REWRITE_PERMANENT; flag++) {
        struct program program = {0};
        struct statement *s = program_append(&program, scope->arena, STATEMENT_REWRITE, "fuzz", 1);
        s->u.rewrite.regex = regex;
        s->u.rewrite.replacement = replacement;
        s->u.rewrite.flag = flag;
        s->u.rewrite.drop_args = replacement.source.n % 2;
        s->u.rewrite.has_args = str_find(replacement.source, '?') < replacement.source.n;
        struct request before = *(struct request *)scope->facts;
        struct outcome outcome = program_run(&program, scope, false);
        read_all(outcome.text);
        read_all(host_uri(scope->facts).s);
        read_all(host_args(scope->facts).s);
        *(struct request *)scope->facts = before;
    }
}

static void run_condition(struct scope *scope, struct variables *vars, struct str text)
{
    struct str words[4];
    size_t n = 0;
    struct error err;
    struct condition condition;
    while (text.n && n < COUNT_OF(words)) {
        words[n++] = str_split(&text, ' ');
    }
    if (condition_parse(words, n, vars, scope->arena, "fuzz", 1, &condition, &err)) {
        scope_init(scope, vars, scope->arena, &host, scope->facts);
        condition_eval(&condition, scope);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str rest = {(const char *)data, size};
    struct str text = str_split(&rest, '\n');
    struct str pattern = str_split(&rest, '\n');
    struct str replacement = str_split(&rest, '\n');
    struct str words = str_split(&rest, '\n');
    struct request request = {rest, STR("a=1")};
    struct arena arena;
    struct variables vars;
    struct scope scope;
    struct error err;
    struct template first;
    struct template second;
    const struct regex *regex;
    arena_init(&arena, 0);
    variables_init(&vars, &arena, builtins, COUNT_OF(builtins));
    if (size < 4096 && template_compile(text, &vars, &arena, "fuzz", 1, &first, &err) &&
        template_compile(replacement, &vars, &arena, "fuzz", 1, &second, &err) && pattern.n < 64 &&
        variables_regex(&vars, pattern, false, &regex, &err)) {
        scope_init(&scope, &vars, &arena, &host, &request);
        scope_match(&scope, regex, request.uri);
        read_all(template_eval(&first, &scope).s);
        run_rewrite(&scope, regex, second);
        run_condition(&scope, &vars, words);
    }
    variables_deinit(&vars);
    arena_deinit(&arena);
    return 0;
}
