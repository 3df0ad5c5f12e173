/* SPDX-License-Identifier: Apache-2.0 */
/* The rules of `yett check` as a table in Markdown. */
#include <stdlib.h>
#include <string.h>

#include "cli/check.h"

static int rule_order(const void *a, const void *b)
{
    const struct rule_row *const *x = a, *const *y = b;
    return strcmp((*x)->name, (*y)->name);
}

void check_print_rules(FILE *out)
{
    const struct rule_row *rows[RULES_N];
    for (size_t i = 0; i < RULES_N; i++) {
        rows[i] = &RULES[i];
    }
    qsort(rows, RULES_N, sizeof(*rows), rule_order);
    fputs("| rule | severity | what is wrong |\n|---|---|---|\n", out);
    for (size_t i = 0; i < RULES_N; i++) {
        fprintf(out, "| [%s](#%s) | %s | %s |\n", rows[i]->name, rows[i]->name,
                severity_word(rows[i]->severity), rows[i]->title);
    }
}
