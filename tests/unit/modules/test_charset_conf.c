/* SPDX-License-Identifier: Apache-2.0 */
/* charset and charset_types as they are read; recoding is refused. */
#include "modules/charset/charset_settings.h"

#include "../gate/live.h"

static void defaults_are_nginx_s(void **state)
{
    static struct live live;
    struct error err;
    assert_true(live_load(&live, NULL, "", &err));
    const struct charset_settings *settings = charset_settings_of(&live.server.root);
    assert_str(settings->name.text, "");
    assert_int_equal(settings->known->n, 0);
    assert_int_equal(settings->types.n, 7);
    assert_false(settings->types.all);
    live_deinit(&live);
}

static void a_level_s_types_replace_and_names_keep_their_spelling(void **state)
{
    static struct live live;
    struct error err;
    assert_true(
        live_load(&live, NULL, "charset UTF-8; charset_types a/b; charset_types c/d *;", &err));
    const struct charset_settings *settings = charset_settings_of(&live.server.root);
    assert_str(settings->name.text, "UTF-8");
    assert_int_equal(settings->known->n, 1);
    assert_int_equal(settings->types.n, 4);
    assert_str(settings->types.items[0], "text/html");
    assert_str(settings->types.items[2], "c/d");
    assert_true(settings->types.all);
    live_deinit(&live);
}

static void what_cannot_be_is_refused(void **state)
{
    static const struct {
        const char *conf;
        const char *want;
    } rows[] = {
        {"charset 'a b';", "invalid charset \"a b\" in \"charset\" directive"},
        {"charset 'a;b=c';", "invalid charset \"a;b=c\""},
        {"charset '';", "invalid charset \"\""},
        {"charset $nope;", "unknown \"nope\" variable"},
        {"charset a; charset b;", "\"charset\" directive is duplicate"},
        {"override_charset on;", "\"override_charset on\" is not supported yet"},
        {"source_charset koi8-r;",
         "\"source_charset\" is not supported yet: yett does not convert "},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        static struct live live;
        struct error err = {{0}};
        if (live_load(&live, NULL, rows[i].conf, &err)) {
            fail_msg("accepted: %s", rows[i].conf);
        }
        if (!str_starts(str_of(err.text), str_of(rows[i].want))) {
            fail_msg("%s: \"%s\"", rows[i].conf, err.text);
        }
        live_deinit(&live);
    }
}

static void not_recoding_is_taken(void **state)
{
    static struct live live;
    struct error err;
    assert_true(live_load(&live, NULL, "override_charset off; charset off;", &err));
    assert_string_equal(live.notice, "");
    assert_str(charset_settings_of(&live.server.root)->name.text, "");
    live_deinit(&live);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_are_nginx_s),
        cmocka_unit_test(a_level_s_types_replace_and_names_keep_their_spelling),
        cmocka_unit_test(what_cannot_be_is_refused),
        cmocka_unit_test(not_recoding_is_taken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
