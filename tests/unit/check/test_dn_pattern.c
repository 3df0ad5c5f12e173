/* SPDX-License-Identifier: Apache-2.0 */
/* Which texts depend on the order of a name's parts, and which patterns match more than they say.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/compiler.h"
#include "check/dn_pattern.h"

static void parts_are_counted(void **state)
{
    static const struct {
        const char *text;
        size_t parts;
    } cases[] = {
        {"", 0},
        {"CN=alice", 1},
        {"^CN=alice", 1},
        {"CN=alice,O=A", 2},
        {"CN=alice,2.5.4.97=X,C=DE", 3},
        {"/C=DE/CN=alice", 2},
        {"CN=a\\,O=b", 1},
        {"CN=a,b", 1},
        {"(^|,)CN=alice(,|$)", 0},
        {"=,=", 0},
        {",", 0},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        if (dn_parts(str_of(cases[i].text)) != cases[i].parts) {
            fail_msg("%s: %zu", cases[i].text, dn_parts(str_of(cases[i].text)));
        }
    }
}

static void patterns_are_bounded(void **state)
{
    static const char *const good[] = {
        "",
        "^CN=alice$",
        "^CN=alice,",
        "^CN=alice,.*",
        "(^|,)CN=alice(,|$)",
        "(?:^|,)CN=alice(?:,|$)",
        "(^|,)CN=alice($|,)",
        "^CN=(alice|bob)$",
        "^CN=alice$|^CN=bob$",
        "^CN=[a|b]$",
        "^CN=[^,]+",
        "^CN=(?<user>[^,]+)",
        "^CN=a\\.b$",
        "^CN=a.*$",
        "^CN=[a.b]$",
    };
    for (size_t i = 0; i < COUNT_OF(good); i++) {
        const char *flaw = dn_pattern_flaw(str_of(good[i]));
        if (flaw) {
            fail_msg("%s: %s", good[i], flaw);
        }
    }
}

static void patterns_that_are_not(void **state)
{
    static const char *const bad[] = {
        "CN=alice",    "^CN=alice",    "CN=alice$",          "^CN=alice.*",
        ".*CN=alice$", "^CN=alice\\$", "^CN=alice$|CN=bob$", "^CN=alice|^CN=bob$",
        "^CN=a.b$",    ",CN=alice$",   "CN=(?<user>[^,]+)",  "^CN=alice\\",
    };
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        if (!dn_pattern_flaw(str_of(bad[i]))) {
            fail_msg("%s", bad[i]);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_are_counted),
        cmocka_unit_test(patterns_are_bounded),
        cmocka_unit_test(patterns_that_are_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
