/* SPDX-License-Identifier: Apache-2.0 */
/* A whole configuration: server blocks with the same TLS settings share one context. */
#include "../site/asked.h"
#include "../tls/vhosts.h"

#include "base/buf.h"
#include "tls/shared_servers.h"

static size_t contexts_of(const char *servers)
{
    struct asked asked;
    asked_load(&asked, servers);
    size_t n = shared_servers_n(asked.settings->tls_servers);
    settings_unload(&asked.loaded);
    return n;
}

/* `n` servers that verify clients, each with its own directives, then `more`. */
static size_t contexts_with(size_t n, const char *more)
{
    struct buf text = {NULL};
    for (size_t i = 0; i <= n; i++) {
        buf_printf(&text,
                   "server { listen 127.0.0.1:1 ssl; server_name n%zu.test; ssl_certificate "
                   "%s/a.pem; ssl_certificate_key %s/a.key; ssl_client_certificate %s/root.pem; "
                   "ssl_verify_client on; %s }\n",
                   i, world.dir, world.dir, world.dir, i == n ? more : "");
    }
    buf_byte(&text, '\0');
    size_t contexts = contexts_of(text.data);
    buf_deinit(&text);
    return contexts;
}

static void a_thousand_servers_have_one_context(void **unused)
{
    assert_int_equal(contexts_with(999, ""), 1);
}

static void one_that_differs_has_its_own(void **unused)
{
    static const char *const DIFFERENT[] = {
        "ssl_verify_depth 5;",      "ssl_session_tickets off;", "http2 on;",
        "ssl_protocols TLSv1.3;",   "ssl_session_timeout 1h;",  "ssl_buffer_size 4k;",
        "ssl_reject_handshake on;",
    };
    static const char *const EQUAL[] = {
        "ssl_verify_depth 1;",
        "ssl_session_tickets on;",
        "http2 off;",
        "client_header_timeout 5s;",
    };
    for (size_t i = 0; i < COUNT_OF(DIFFERENT); i++) {
        assert_int_equal(contexts_with(3, DIFFERENT[i]), 2);
    }
    for (size_t i = 0; i < COUNT_OF(EQUAL); i++) {
        assert_int_equal(contexts_with(3, EQUAL[i]), 1);
    }
}

int main(void)
{
    world_make(&world);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_thousand_servers_have_one_context),
        cmocka_unit_test(one_that_differs_has_its_own),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    world_remove(&world);
    return failed;
}
