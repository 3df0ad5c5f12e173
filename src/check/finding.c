/* SPDX-License-Identifier: Apache-2.0 */
#include "check/finding.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/vec.h"

const struct rule_row RULES[RULES_N] = {
#define RULE_ROW(id, name, severity, title, fix) [RULE_##id] = {name, severity, title, fix},
    RULES_ALL(RULE_ROW)
#undef RULE_ROW
};

/* Keys of the map of what is there: with the place, and for anywhere. */
static struct str finding_key(const struct checked *checked, const struct finding *finding,
                              bool anywhere)
{
    const struct line_place *place = &finding->place;
    return anywhere
               ? arena_printf(checked->arena, "%d %.*s", (int)finding->rule, STR_ARG(finding->text))
               : arena_printf(checked->arena, "%d %s:%u %.*s", (int)finding->rule,
                              place->file ? place->file : "", place->line, STR_ARG(finding->text));
}

static void finding_put(const struct checked *checked, struct findings *findings, enum rule rule,
                        struct line_place place, bool anywhere, const char *fmt, va_list args)
    PRINTF_LIKE(6, 0);
static void finding_put(const struct checked *checked, struct findings *findings, enum rule rule,
                        struct line_place place, bool anywhere, const char *fmt, va_list args)
{
    static char here;
    char text[1024];
    vsnprintf(text, sizeof(text), fmt, args);
    struct finding finding = {rule, place, str_of(text), STR("")};
    struct str keys[] = {finding_key(checked, &finding, false),
                         finding_key(checked, &finding, true)};
    if (strmap_get(&findings->seen, keys[anywhere])) {
        return;
    }
    strmap_put(&findings->seen, checked->arena, keys[0], &here);
    strmap_put(&findings->seen, checked->arena, keys[1], &here);
    struct finding *slot = vec_push(checked->arena, &findings->items, &findings->n, sizeof(*slot));
    finding.text = arena_dup(checked->arena, finding.text);
    *slot = finding;
}

void finding_add(const struct checked *checked, struct findings *findings, enum rule rule,
                 struct line_place place, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    finding_put(checked, findings, rule, place, false, fmt, args);
    va_end(args);
}

void finding_add_once(const struct checked *checked, struct findings *findings, enum rule rule,
                      struct line_place place, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    finding_put(checked, findings, rule, place, true, fmt, args);
    va_end(args);
}

const char *severity_word(enum severity severity)
{
    static const char *const WORDS[] = {"note", "warning", "error"};
    assert((size_t)severity < COUNT_OF(WORDS));
    return WORDS[severity];
}

static int finding_order(const void *a, const void *b)
{
    const struct finding *x = a, *y = b;
    int by_severity = (int)RULES[y->rule].severity - (int)RULES[x->rule].severity;
    int by_file = strcmp(x->place.file ? x->place.file : "", y->place.file ? y->place.file : "");
    int by_line = x->place.line < y->place.line ? -1 : x->place.line > y->place.line;
    return by_severity ? by_severity
           : by_file   ? by_file
           : by_line   ? by_line
                       : (int)x->rule - (int)y->rule;
}

void findings_sort(struct findings *findings)
{
    if (findings->n) {
        qsort(findings->items, findings->n, sizeof(*findings->items), finding_order);
    }
}

void findings_of(const struct checked *checked, struct findings *out)
{
    static void (*const FINDERS[])(const struct checked *checked, struct findings *findings) = {
        find_in_doors,    find_in_paths,   find_in_newlines, find_in_crls,
        find_in_trust,    find_in_names,   find_in_defaults, find_in_identity,
        find_in_backends, find_in_sharing, find_in_policies,
    };
    *out = (struct findings){0};
    for (size_t i = 0; i < COUNT_OF(FINDERS); i++) {
        FINDERS[i](checked, out);
    }
    findings_sort(out);
}
