/* SPDX-License-Identifier: Apache-2.0 */
/* What a question took for granted about variables that are not known, so that it stays with it. */
#ifndef SCRIPT_SUPPOSED_H
#define SCRIPT_SUPPOSED_H

#include "script/program.h"

/* Whether the variable is equal to a text, or matches a regular expression. */
struct supposition {
    unsigned variable;         /* its index */
    const struct regex *regex; /* NULL: `text` */
    struct str text;
    bool holds;
};

/* Keeps that the subject of the condition is equal, or matches. Only tests of one variable with a
 * constant text or a regular expression are kept, and only until the variable is set. */
void supposed_add(struct scope *scope, const struct condition *condition, bool holds);
/* Whether the subject can be equal or match, by what was kept: TRUTH_UNKNOWN in doubt. */
enum truth supposed_truth(const struct scope *scope, const struct condition *condition);

#endif
