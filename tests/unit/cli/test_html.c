/* SPDX-License-Identifier: Apache-2.0 */
/* Text in a page stays text. */
#include "cli/html.h"

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include <stdlib.h>

#include "base/compiler.h"

static void writes(struct str text, const char *expected)
{
    char *written = NULL;
    size_t n = 0;
    FILE *out = open_memstream(&written, &n);
    assert_non_null(out);
    html_text(out, text);
    assert_int_equal(fclose(out), 0);
    assert_string_equal(written, expected);
    free(written);
}

static void markup(void **unused)
{
    writes(STR(""), "");
    writes(STR("/a b;c=d"), "/a b;c=d");
    writes(STR("<script>alert(1)</script>"), "&lt;script&gt;alert(1)&lt;/script&gt;");
    writes(STR("\" onclick='x' &amp;"), "&quot; onclick=&#39;x&#39; &amp;amp;");
    writes(STR("stra\xc3\x9f"
               "e"),
           "stra\xc3\x9f"
           "e");
}

/* As on a terminal: nothing that hides, or that turns the text around. */
static void invisible(void **unused)
{
    writes(STR("a\nb\tc"), "a\\x0ab\\x09c");
    writes((struct str){"a\0b", 3}, "a\\x00b");
    writes(STR("\xff<"), "\\xff&lt;");
    writes(STR("\xe2\x80\xae"
               "x"),
           "\\xe2\\x80\\xaex");
    writes(STR("\xc3"), "\\xc3");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(markup),
        cmocka_unit_test(invisible),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
