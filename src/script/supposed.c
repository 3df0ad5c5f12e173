/* SPDX-License-Identifier: Apache-2.0 */
#include "script/supposed.h"

#include "base/vec.h"

/* Its value stays the same in a request until it is set; NULL: there is no such variable. */
static const struct variable *steady_subject(const struct condition *condition)
{
    const struct variable *variable =
        condition->subject.n == 1 ? condition->subject.parts[0].variable : NULL;
    bool is_text = (condition->test == TEST_EQUAL || condition->test == TEST_NOT_EQUAL) &&
                   condition->operand.constant;
    return variable && !variable->volatile_ && (is_text || condition->regex) ? variable : NULL;
}

void supposed_add(struct scope *scope, const struct condition *condition, bool holds)
{
    const struct variable *variable = steady_subject(condition);
    if (!variable) {
        return;
    }
    struct supposition *slot =
        vec_push(scope->arena, &scope->supposed, &scope->supposed_n, sizeof(*slot));
    *slot = (struct supposition){variable->index, condition->regex,
                                 condition->regex ? STR("") : condition->operand.text, holds};
}

/* What one supposition says of the text. */
static enum truth text_by(const struct supposition *known, struct str text)
{
    if (!known->regex) {
        bool same = str_eq(known->text, text);
        return same ? (known->holds ? TRUTH_YES : TRUTH_NO)
                    : (known->holds ? TRUTH_NO : TRUTH_UNKNOWN);
    }
    enum match match = regex_match(known->regex, text, NULL);
    bool excluded = match != MATCH_ERROR && (match == MATCH_YES) != known->holds;
    return excluded ? TRUTH_NO : TRUTH_UNKNOWN;
}

static enum truth regex_by(const struct supposition *known, const struct regex *regex)
{
    if (known->regex) {
        bool same = regex_same(known->regex, regex);
        return !same ? TRUTH_UNKNOWN : known->holds ? TRUTH_YES : TRUTH_NO;
    }
    enum match match = known->holds ? regex_match(regex, known->text, NULL) : MATCH_ERROR;
    return match == MATCH_ERROR ? TRUTH_UNKNOWN : match == MATCH_YES ? TRUTH_YES : TRUTH_NO;
}

enum truth supposed_truth(const struct scope *scope, const struct condition *condition)
{
    const struct variable *variable = steady_subject(condition);
    enum truth truth = TRUTH_UNKNOWN;
    for (size_t i = 0; variable && truth == TRUTH_UNKNOWN && i < scope->supposed_n; i++) {
        const struct supposition *known = &scope->supposed[i];
        if (known->variable == variable->index) {
            truth = condition->regex ? regex_by(known, condition->regex)
                                     : text_by(known, condition->operand.text);
        }
    }
    return truth;
}
