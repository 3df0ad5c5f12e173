/* SPDX-License-Identifier: Apache-2.0 */
/* Regular expressions: PCRE2 patterns, and the scratch memory each thread matches in. */
#include "script/regex.h"

#define PCRE2_CODE_UNIT_WIDTH 8

#include <assert.h>
#include <pcre2.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/must.h"

struct regex {
    pcre2_code *code;
    char *pattern;
    unsigned groups;
    struct regex_name *names;
    size_t names_n;
};

enum {
    MATCH_LIMIT = 1000000,      /* steps: some tens of milliseconds, where PCRE2's own is seconds */
    HEAP_LIMIT = 32 * 1024,     /* KiB, of the interpreter */
    JIT_STACK_MIN = 32 * 1024,  /* bytes */
    JIT_STACK_MAX = 512 * 1024, /* bytes */
    PAIRS_MIN = 16,
};

/* What matching needs beside the pattern. Patterns are shared by threads, this is not. */
struct scratch {
    pcre2_match_data *data;
    uint32_t pairs;
    pcre2_match_context *context;
    pcre2_jit_stack *stack;
};

static pthread_once_t scratch_once = PTHREAD_ONCE_INIT;
static pthread_key_t scratch_key;

static void scratch_free(void *p)
{
    struct scratch *scratch = p;
    pcre2_match_data_free(scratch->data);
    pcre2_match_context_free(scratch->context);
    if (scratch->stack) {
        pcre2_jit_stack_free(scratch->stack);
    }
    free(scratch);
}

/* exit() runs no destructors of the thread that calls it. */
static void scratch_free_main(void)
{
    struct scratch *scratch = pthread_getspecific(scratch_key);
    if (scratch) {
        pthread_setspecific(scratch_key, NULL);
        scratch_free(scratch);
    }
}

static void scratch_key_create(void)
{
    if (pthread_key_create(&scratch_key, scratch_free) != 0) {
        abort();
    }
    atexit(scratch_free_main);
}

/* This thread's scratch; like an arena it aborts when memory is gone. */
static struct scratch *scratch_get(uint32_t pairs)
{
    pthread_once(&scratch_once, scratch_key_create);
    struct scratch *scratch = pthread_getspecific(scratch_key);
    if (!scratch) {
        scratch = calloc(1, sizeof(*scratch));
        if (!scratch || !(scratch->context = pcre2_match_context_create(NULL)) ||
            pthread_setspecific(scratch_key, scratch) != 0) {
            abort();
        }
        pcre2_set_match_limit(scratch->context, MATCH_LIMIT);
        pcre2_set_heap_limit(scratch->context, HEAP_LIMIT);
        scratch->stack = pcre2_jit_stack_create(JIT_STACK_MIN, JIT_STACK_MAX, NULL);
        if (scratch->stack) {
            pcre2_jit_stack_assign(scratch->context, NULL, scratch->stack);
        }
    }
    if (scratch->pairs < pairs) {
        pcre2_match_data_free(scratch->data);
        scratch->pairs = pairs > PAIRS_MIN ? pairs : PAIRS_MIN;
        scratch->data = must_have(pcre2_match_data_create(scratch->pairs, NULL));
    }
    assert(scratch->pairs >= pairs);
    return scratch;
}

static bool compile_failed(int code, struct str pattern, size_t offset, struct error *err)
{
    PCRE2_UCHAR text[128];
    pcre2_get_error_message(code, text, sizeof(text));
    if (offset >= pattern.n) {
        return error_set(err, "pcre2_compile() failed: %s in \"%.*s\"", (char *)text,
                         STR_ARG(pattern));
    }
    struct str rest = str_skip(pattern, offset);
    return error_set(err, "pcre2_compile() failed: %s in \"%.*s\" at \"%.*s\"", (char *)text,
                     STR_ARG(pattern), STR_ARG(rest));
}

/* PCRE2's table of names: entries of equal size, two bytes of group number, then a C string. */
static void read_names(struct regex *regex)
{
    uint32_t count = 0;
    uint32_t entry_size = 0;
    PCRE2_SPTR table = NULL;
    pcre2_pattern_info(regex->code, PCRE2_INFO_NAMECOUNT, &count);
    if (count == 0) {
        return;
    }
    pcre2_pattern_info(regex->code, PCRE2_INFO_NAMEENTRYSIZE, &entry_size);
    pcre2_pattern_info(regex->code, PCRE2_INFO_NAMETABLE, &table);
    regex->names = must_have(calloc(count, sizeof(*regex->names)));
    for (uint32_t i = 0; i < count; i++, table += entry_size) {
        regex->names[i].group = (unsigned)table[0] << 8 | table[1];
        assert(regex->names[i].group <= regex->groups);
        regex->names[i].name = str_of((const char *)table + 2);
    }
    regex->names_n = count;
}

bool regex_compile(struct str pattern, bool ignore_case, struct regex **out, struct error *err)
{
    *out = NULL;
    int code = 0;
    PCRE2_SIZE offset = 0;
    pcre2_code *compiled = pcre2_compile((PCRE2_SPTR)(pattern.n ? pattern.p : ""), pattern.n,
                                         ignore_case ? PCRE2_CASELESS : 0, &code, &offset, NULL);
    if (!compiled) {
        return compile_failed(code, pattern, offset, err);
    }
    struct regex *regex = must_have(calloc(1, sizeof(*regex)));
    regex->code = compiled;
    regex->pattern = must_have(strndup(pattern.n ? pattern.p : "", pattern.n));
    /* Without a JIT (another machine, a kernel that forbids it) the interpreter matches the same.
     */
    pcre2_jit_compile(compiled, PCRE2_JIT_COMPLETE);
    uint32_t groups = 0;
    pcre2_pattern_info(compiled, PCRE2_INFO_CAPTURECOUNT, &groups);
    regex->groups = groups;
    read_names(regex);
    *out = regex;
    return true;
}

void regex_free(struct regex *regex)
{
    if (!regex) {
        return;
    }
    pcre2_code_free(regex->code);
    free(regex->pattern);
    free(regex->names);
    free(regex);
}

const char *regex_pattern(const struct regex *regex)
{
    return regex->pattern;
}

bool regex_same(const struct regex *a, const struct regex *b)
{
    uint32_t of_a = 0, of_b = 0;
    pcre2_pattern_info(a->code, PCRE2_INFO_ARGOPTIONS, &of_a);
    pcre2_pattern_info(b->code, PCRE2_INFO_ARGOPTIONS, &of_b);
    return of_a == of_b && strcmp(a->pattern, b->pattern) == 0;
}

const struct regex_name *regex_names(const struct regex *regex, size_t *n)
{
    *n = regex->names_n;
    return regex->names;
}

static struct str group_text(const struct scratch *scratch, struct str subject, unsigned group)
{
    const PCRE2_SIZE *pairs = pcre2_get_ovector_pointer(scratch->data);
    size_t start = pairs[2 * group];
    size_t end = pairs[2 * group + 1];
    /* \K in a look-ahead can end a match before its start. */
    if (start == PCRE2_UNSET || end > subject.n || start >= end) {
        return (struct str){NULL, 0};
    }
    return (struct str){subject.p + start, end - start};
}

enum match regex_match(const struct regex *regex, struct str subject, struct captures *captures)
{
    struct scratch *scratch = scratch_get(regex->groups + 1);
    PCRE2_SPTR text = (PCRE2_SPTR)(subject.n ? subject.p : "");
    int rc = pcre2_match(regex->code, text, subject.n, 0, 0, scratch->data, scratch->context);
    if (rc == PCRE2_ERROR_JIT_STACKLIMIT) {
        rc = pcre2_match(regex->code, text, subject.n, 0, PCRE2_NO_JIT, scratch->data,
                         scratch->context);
    }
    if (rc == PCRE2_ERROR_NOMATCH) {
        return MATCH_NO;
    }
    if (rc < 0) {
        return MATCH_ERROR;
    }
    assert(rc > 0); /* 0: too few pairs */
    if (captures) {
        *captures = (struct captures){.n = rc < CAPTURES_MAX ? (size_t)rc : CAPTURES_MAX};
        for (unsigned i = 0; i < captures->n; i++) {
            captures->group[i] = group_text(scratch, subject, i);
        }
    }
    return MATCH_YES;
}

bool regex_may_match_below(const struct regex *regex, struct str prefix)
{
    uint32_t options = 0;
    pcre2_pattern_info(regex->code, PCRE2_INFO_ALLOPTIONS, &options);
    if (!(options & PCRE2_ANCHORED)) {
        return true; /* it may begin to match behind the prefix */
    }
    struct scratch *scratch = scratch_get(regex->groups + 1);
    /* PCRE2_PARTIAL_HARD: whatever comes to the end of the subject may go on there. */
    int rc = pcre2_match(regex->code, (PCRE2_SPTR)prefix.p, prefix.n, 0, PCRE2_PARTIAL_HARD,
                         scratch->data, scratch->context);
    return rc != PCRE2_ERROR_NOMATCH;
}

struct str regex_last_group(const struct regex *regex, struct str subject, unsigned group)
{
    assert(group <= regex->groups);
    return group_text(scratch_get(regex->groups + 1), subject, group);
}
