/* SPDX-License-Identifier: Apache-2.0 */
/* The ssl_* directives: defaults, values, inheritance, refusals. */
#include "tls/server_conf.h"

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on
#include <stdlib.h>

#include "conf/tree.h"
#include "tls/settings.h"

struct loaded {
    struct arena arena;
    struct tls_server_settings http;
    struct tls_server_settings server;
    struct error err;
    bool ok;
};

static bool apply(struct loaded *l, const struct conf_tables *tables,
                  struct tls_server_settings *settings, unsigned context, bool initial,
                  const char *text)
{
    struct conf_tree tree;
    struct conf_scope scope = {
        .arena = &l->arena, .prefix = "/p", .conf_prefix = "/c", .context = context};
    struct conf_level level = {.context = context, .structs = {[LEVEL_SERVER] = settings}};
    level.seen = arena_zalloc(&l->arena, conf_tables_rows(tables));
    return (!initial || conf_set_initial(tables, &scope, &level, LEVEL_SERVER, &l->err)) &&
           conf_tree_parse(str_of(text), "t", &l->arena, &tree, &l->err) &&
           conf_apply_all(tables, &scope, &level, tree.first, &l->err);
}

static void load(struct loaded *l, const char *http, const char *server)
{
    const struct directive_table table = {.title = "ssl",
                                          .rows = tls_server_directives,
                                          .n = tls_server_directives_n,
                                          .level = LEVEL_SERVER};
    const struct conf_tables tables = {&table, 1};
    *l = (struct loaded){0};
    arena_init(&l->arena, 0);
    l->ok = apply(l, &tables, &l->http, CONTEXT_HTTP, true, http);
    l->server = l->http;
    l->ok = l->ok && apply(l, &tables, &l->server, CONTEXT_SERVER, false, server);
}

static void defaults(void **unused)
{
    struct loaded l;
    load(&l, "", "");
    assert_true(l.ok);
    assert_int_equal(l.server.protocols, TLS_1_2 | TLS_1_3);
    assert_true(str_eq(l.server.ciphers, STR("HIGH:!aNULL:!MD5")));
    assert_true(str_eq(l.server.curves, STR("auto")));
    assert_int_equal(l.server.buffer_size, 16384);
    assert_int_equal(l.server.session_cache, SESSION_CACHE_NONE);
    assert_int_equal(l.server.session_timeout_s, 300);
    assert_true(l.server.session_tickets);
    assert_int_equal(l.server.verify, VERIFY_OFF);
    assert_int_equal(l.server.verify_depth, 1);
    assert_false(l.server.reject_handshake);
    assert_null(l.server.client_certificate);
    arena_deinit(&l.arena);
}

static void values(void **unused)
{
    struct loaded l;
    load(&l,
         "ssl_certificate a.pem; ssl_certificate_key a.key; ssl_protocols TLSv1.3;"
         "ssl_conf_command Options A; ssl_stapling on; ssl_stapling_verify on; ssl_early_data off;"
         "ssl_stapling_file s.der; ssl_stapling_responder http://x/; ssl_ocsp leaf;"
         "ssl_ocsp_cache shared:o:1m; ssl_ocsp_responder http://y/;",
         "ssl_certificate b.pem; ssl_certificate /c.pem; ssl_verify_client optional_no_ca;"
         "ssl_crl lists.pem; ssl_conf_command X Y; ssl_conf_command Z W;"
         "ssl_session_cache builtin:1000 shared:S:10m; ssl_session_timeout 1h;"
         "ssl_trusted_certificate t.pem; ssl_session_ticket_key k1; ssl_session_ticket_key k2;");
    assert_true(l.ok);
    assert_int_equal(l.http.certificates.n, 1);
    assert_true(str_eq(l.http.certificates.items[0], STR("/c/a.pem")));
    assert_int_equal(l.server.certificates.n, 2);
    assert_true(str_eq(l.server.certificates.items[0], STR("/c/b.pem")));
    assert_true(str_eq(l.server.certificates.items[1], STR("/c.pem")));
    assert_true(str_eq(l.server.keys.items[0], STR("/c/a.key")));
    assert_int_equal(l.server.protocols, TLS_1_3);
    assert_int_equal(l.server.verify, VERIFY_OPTIONAL_NO_CA);
    assert_int_equal(l.server.crls.n, 1);
    assert_int_equal(l.http.commands_n, 1);
    assert_int_equal(l.server.commands_n, 2);
    assert_true(str_eq(l.server.commands[1].value, STR("W")));
    assert_int_equal(l.server.session_cache, SESSION_CACHE_SHARED);
    assert_true(str_eq(l.server.session_cache_name, STR("S")));
    assert_int_equal(l.server.session_cache_size, 10 << 20);
    assert_int_equal(l.server.session_timeout_s, 3600);
    assert_string_equal(l.server.trusted_certificate, "/c/t.pem");
    assert_int_equal(l.server.ticket_keys.n, 2);
    assert_int_equal(l.server.ocsp, OCSP_LEAF);
    assert_true(str_eq(l.server.ocsp_responder, STR("http://y/")));
    assert_true(str_eq(l.server.ocsp_cache_name, STR("o")));
    assert_int_equal(l.server.ocsp_cache_size, 1 << 20);
    assert_true(l.server.stapling && l.server.stapling_verify);
    assert_string_equal(l.server.stapling_file, "/c/s.der");
    assert_true(str_eq(l.server.stapling_responder, STR("http://x/")));
    arena_deinit(&l.arena);
}

static void refusals(void **unused)
{
    static const struct {
        const char *text;
        const char *sentence;
    } CASES[] = {
        {"ssl_certificate $host.pem;", "variables in \"ssl_certificate\" are not supported yet"},
        {"ssl_certificate_key data:x;", "\"data:x\" in \"ssl_certificate_key\" is not supported"},
        {"ssl_certificate_key engine:x:y;", "not supported yet"},
        {"ssl_early_data on;", "early data can be replayed"},
        {"ssl_ocsp maybe;", "invalid value \"maybe\""},
        {"ssl_ocsp_cache on;", "invalid OCSP cache \"on\""},
        {"ssl_ocsp_cache shared:o;", "invalid OCSP cache"},
        {"ssl_ocsp_cache shared::1m;", "invalid OCSP cache"},
        {"ssl_ocsp_cache shared:o:1k;", "OCSP cache \"shared:o:1k\" is too small"},
        {"ssl_stapling maybe;", "it must be \"on\" or \"off\""},
        {"ssl_verify_client maybe;", "invalid value \"maybe\""},
        {"ssl_protocols SSLv3;", "invalid value \"SSLv3\""},
        {"ssl_session_cache shared:S;", "invalid session cache \"shared:S\""},
        {"ssl_session_cache shared::1m;", "invalid session cache"},
        {"ssl_session_cache shared:S:1k;", "is too small"},
        {"ssl_session_cache builtin:x;", "invalid session cache"},
        {"ssl_session_cache builtinx;", "invalid session cache"},
        {"ssl_session_cache off shared:S:1m;", "invalid session cache \"off\""},
        {"ssl_session_cache on;", "invalid session cache \"on\""},
        {"ssl_crl a; ssl_crl b;", "duplicate"},
    };
    for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
        struct loaded l;
        load(&l, "", CASES[i].text);
        assert_false(l.ok);
        if (!strstr(l.err.text, CASES[i].sentence)) {
            fail_msg("\"%s\" is not in: %s", CASES[i].sentence, l.err.text);
        }
        assert_non_null(strstr(l.err.text, " in t:1"));
        arena_deinit(&l.arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults),
        cmocka_unit_test(values),
        cmocka_unit_test(refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
