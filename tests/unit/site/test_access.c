/* SPDX-License-Identifier: Apache-2.0 */
/* How the checks of a location are joined. Twins: with `satisfy any`, and without. */
#include "site/access.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/compiler.h"

static unsigned asked;

static int allow(struct walk *walk)
{
    asked++;
    return ACCESS_ALLOWED;
}

static int silent(struct walk *walk)
{
    asked++;
    return ACCESS_NO_WORD;
}

static int refuse(struct walk *walk)
{
    asked++;
    return 403;
}

static int challenge(struct walk *walk)
{
    asked++;
    return 401;
}

static const struct access_check ALLOWS = {"allows", allow};
static const struct access_check SILENT = {"silent", silent};
static const struct access_check REFUSES = {"refuses", refuse};
static const struct access_check CHALLENGES = {"challenges", challenge};

static void checks_are_joined_as_satisfy_says(void **state)
{
    static const struct {
        const struct access_check *items[2];
        size_t n;
        int all; /* the status; 0: the request passes */
        unsigned all_asked;
        int any;
        unsigned any_asked;
    } rows[] = {
        {{NULL}, 0, 0, 0, 0, 0},
        {{&SILENT}, 1, 0, 1, 0, 1},
        {{&ALLOWS}, 1, 0, 1, 0, 1},
        {{&REFUSES}, 1, 403, 1, 403, 1},
        {{&ALLOWS, &REFUSES}, 2, 403, 2, 0, 1},
        {{&REFUSES, &ALLOWS}, 2, 403, 1, 0, 2},
        {{&REFUSES, &SILENT}, 2, 403, 1, 403, 2},
        {{&SILENT, &SILENT}, 2, 0, 2, 0, 2},
        {{&REFUSES, &CHALLENGES}, 2, 403, 1, 401, 2},
        {{&CHALLENGES, &REFUSES}, 2, 401, 1, 403, 2},
    };
    for (size_t i = 0; i < 2 * COUNT_OF(rows); i++) {
        const size_t row = i / 2;
        const bool any = i % 2;
        const struct location_settings location = {
            .access = {.items = rows[row].items, .n = rows[row].n, .any = any}};
        struct walk walk = {.location = &location};
        struct decision decision = {0};
        const int want = any ? rows[row].any : rows[row].all;
        asked = 0;
        enum walk_step step = access_step(&walk, &decision);
        if (step != (want ? WALK_OVER : WALK_TRY_FILES) || decision.status != want ||
            asked != (any ? rows[row].any_asked : rows[row].all_asked)) {
            fail_msg("row %zu, any %d: step %d, status %d, %u asked", row, any, step,
                     decision.status, asked);
        }
        assert_true(!want || decision.kind == DECISION_STATUS);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(checks_are_joined_as_satisfy_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
