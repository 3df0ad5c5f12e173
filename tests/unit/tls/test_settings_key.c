/* SPDX-License-Identifier: Apache-2.0 */
/* Settings are equal only if every directive is: each is changed alone, and none may be forgotten.
 */
#include "tls/settings_key.h"

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include "base/compiler.h"
#include "conf/tree.h"
#include "tls/server_conf.h"

/* What a server block with these directives says. */
static void key_of(const char *text, struct arena *arena, struct buf *key)
{
    const struct directive_table table = {.title = "ssl",
                                          .rows = tls_server_directives,
                                          .n = tls_server_directives_n,
                                          .level = LEVEL_SERVER};
    const struct conf_tables tables = {&table, 1};
    struct tls_server_settings settings;
    struct conf_tree tree;
    struct error err = {""};
    memset(&settings, 0, sizeof(settings));
    struct conf_scope scope = {
        .arena = arena, .prefix = "/p", .conf_prefix = "/c", .context = CONTEXT_SERVER};
    struct conf_level level = {.context = CONTEXT_SERVER, .structs = {[LEVEL_SERVER] = &settings}};
    level.seen = arena_zalloc(arena, conf_tables_rows(&tables));
    if (!conf_set_initial(&tables, &scope, &level, LEVEL_SERVER, &err) ||
        !conf_tree_parse(str_of(text), "t", arena, &tree, &err) ||
        !conf_apply_all(&tables, &scope, &level, tree.first, &err)) {
        fail_msg("%s: %s", text, err.text);
    }
    tls_settings_key(&settings, key);
}

static bool same(const char *a, const char *b)
{
    struct buf x = {NULL}, y = {NULL};
    struct arena arena; /* of both, so that no address is the same */
    arena_init(&arena, 0);
    key_of(a, &arena, &x);
    key_of(b, &arena, &y);
    bool equal = str_eq(buf_view(&x), buf_view(&y));
    buf_deinit(&x);
    buf_deinit(&y);
    arena_deinit(&arena);
    return equal;
}

/* Two values of each directive, neither of them the default, of the same length where they can be.
 */
static const struct {
    const char *name;
    const char *one;
    const char *other;
} VALUES[] = {
    {"ssl_buffer_size", "4k", "8k"},
    {"ssl_certificate", "a", "b"},
    {"ssl_certificate_key", "a", "b"},
    {"ssl_ciphers", "AES128", "AES256"},
    {"ssl_client_certificate", "a", "b"},
    {"ssl_conf_command", "Options a", "Options b"},
    {"ssl_crl", "a", "b"},
    {"ssl_crl_stale", "grace 1h", "grace 2h"},
    {"ssl_dhparam", "a", "b"},
    {"ssl_ecdh_curve", "P-256", "P-384"},
    {"ssl_password_file", "a", "b"},
    {"ssl_prefer_server_ciphers", "on", NULL},
    {"ssl_protocols", "TLSv1.2", "TLSv1.3"},
    {"ssl_reject_handshake", "on", NULL},
    {"ssl_session_cache", "shared:a:1m", "shared:b:1m"},
    {"ssl_session_ticket_key", "a", "b"},
    {"ssl_session_tickets", "off", NULL},
    {"ssl_session_timeout", "1h", "2h"},
    {"ssl_trusted_certificate", "a", "b"},
    {"ssl_verify_client", "on", "optional"},
    {"ssl_verify_depth", "2", "3"},
    {"ssl_stapling", "on", NULL},
    {"ssl_stapling_file", "a", "b"},
    {"ssl_stapling_responder", "http://a/", "http://b/"},
    {"ssl_stapling_verify", "on", NULL},
    {"ssl_ocsp", "on", "leaf"},
    {"ssl_ocsp_cache", "shared:a:1m", "shared:b:1m"},
    {"ssl_ocsp_responder", "http://a/", "http://b/"},
};

/* Every directive but this one, at the first of its values. */
static void all_but(const char *name, const char *value, struct buf *out)
{
    for (size_t i = 0; i < COUNT_OF(VALUES); i++) {
        bool this = strcmp(VALUES[i].name, name) == 0;
        const char *text = this ? value : VALUES[i].one;
        if (text) {
            buf_printf(out, "%s %s; ", VALUES[i].name, text);
        }
    }
    buf_byte(out, '\0');
}

static bool same_among_others(const char *name, const char *a, const char *b)
{
    struct buf x = {NULL}, y = {NULL};
    all_but(name, a, &x);
    all_but(name, b, &y);
    bool equal = same(x.data, y.data);
    buf_deinit(&x);
    buf_deinit(&y);
    return equal;
}

static void each_directive_counts(void **unused)
{
    assert_true(same("", ""));
    for (size_t i = 0; i < COUNT_OF(VALUES); i++) {
        const char *name = VALUES[i].name, *one = VALUES[i].one, *other = VALUES[i].other;
        if (!same_among_others(name, one, one) ||
            (other && !same_among_others(name, other, other))) {
            fail_msg("equal values of %s are told apart", name);
        }
        if (same_among_others(name, one, NULL) || (other && same_among_others(name, one, other))) {
            fail_msg("%s does not count", name);
        }
    }
}

static void no_directive_is_left_out(void **unused)
{
    for (size_t i = 0; i < tls_server_directives_n; i++) {
        const struct directive *row = &tls_server_directives[i];
        size_t k = 0;
        while (k < COUNT_OF(VALUES) && strcmp(VALUES[k].name, row->name) != 0) {
            k++;
        }
        bool has_effect = row->support != SUPPORT_ACCEPTED && row->support != SUPPORT_REFUSED;
        if (has_effect && k == COUNT_OF(VALUES)) {
            fail_msg("%s is in no row of this test", row->name);
        }
    }
}

static void lists_are_compared_word_by_word(void **unused)
{
    assert_true(
        same("ssl_certificate ab; ssl_certificate c;", "ssl_certificate ab; ssl_certificate c;"));
    assert_false(
        same("ssl_certificate ab; ssl_certificate c;", "ssl_certificate a; ssl_certificate bc;"));
    assert_false(
        same("ssl_certificate a; ssl_certificate b;", "ssl_certificate b; ssl_certificate a;"));
    assert_false(same("ssl_certificate a;", "ssl_certificate a; ssl_certificate a;"));
    assert_false(same("ssl_certificate a;", "ssl_certificate_key a;"));
    assert_false(same("ssl_conf_command ab c;", "ssl_conf_command a bc;"));
    assert_false(same("ssl_conf_command a b;", "ssl_conf_command a b; ssl_conf_command a b;"));
    assert_false(same("ssl_ocsp_responder x;", "ssl_stapling_responder x;"));
    assert_false(same("ssl_dhparam x;", "ssl_password_file x;"));
}

static void where_it_stands_does_not_count(void **unused)
{
    assert_true(same("ssl_client_certificate a;", "\n\nssl_client_certificate a;"));
}

static void http2_counts(void **unused)
{
    struct tls_server_settings settings;
    struct buf x = {NULL}, y = {NULL};
    memset(&settings, 0, sizeof(settings));
    tls_settings_key(&settings, &x);
    settings.http2 = true;
    tls_settings_key(&settings, &y);
    assert_false(str_eq(buf_view(&x), buf_view(&y)));
    buf_deinit(&x);
    buf_deinit(&y);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_directive_counts),
        cmocka_unit_test(no_directive_is_left_out),
        cmocka_unit_test(lists_are_compared_word_by_word),
        cmocka_unit_test(where_it_stands_does_not_count),
        cmocka_unit_test(http2_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
