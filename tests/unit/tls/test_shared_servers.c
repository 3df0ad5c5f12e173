/* SPDX-License-Identifier: Apache-2.0 */
/* Equal settings share a context; others, and blocks that failed, do not. */
#include "tls/shared_servers.h"

#include "vhosts.h"

struct shared {
    struct tls_sessions *sessions;
    struct crl_files *crls;
    struct shared_servers *servers;
};

static void shared_init(struct shared *shared)
{
    shared->sessions = tls_sessions_new(0, SECRET);
    shared->crls = crl_files_new();
    shared->servers = shared_servers_new();
}

static void shared_deinit(struct shared *shared)
{
    shared_servers_free(shared->servers);
    tls_sessions_free(shared->sessions);
    crl_files_free(shared->crls);
}

static const struct tls_server *get(struct shared *shared, const struct plain *p, const char *apart)
{
    struct tls_server_context context = {shared->sessions, shared->crls, &quiet};
    struct tls_server *server = NULL;
    struct error err;
    if (!shared_servers_get(shared->servers, &p->s, str_of(apart), "x.conf:1", &context, &server,
                            &err)) {
        fail_msg("%s", err.text);
    }
    return server;
}

static void a_thousand_equal_blocks_have_one_context(void **unused)
{
    struct shared shared;
    shared_init(&shared);
    const struct tls_server *first = NULL;
    for (size_t i = 0; i < 1000; i++) {
        struct plain p; /* texts of its own, as of a block of its own */
        plain_make(&p, &world, "a", VERIFY_ON);
        const struct tls_server *server = get(&shared, &p, "");
        first = first ? first : server;
        assert_ptr_equal(server, first);
        plain_free(&p);
    }
    assert_int_equal(shared_servers_n(shared.servers), 1);
    assert_ptr_equal(shared_servers_at(shared.servers, 0), first);
    shared_deinit(&shared);
}

static void twins_have_contexts_of_their_own(void **unused)
{
    struct shared shared;
    struct plain p, crl, other;
    shared_init(&shared);
    plain_make(&p, &world, "a", VERIFY_ON);
    plain_make(&crl, &world, "a", VERIFY_ON);
    plain_crl(&crl, &world);
    plain_make(&other, &world, "b", VERIFY_ON);
    const struct tls_server *first = get(&shared, &p, "");
    assert_ptr_not_equal(get(&shared, &crl, ""), first);
    assert_ptr_not_equal(get(&shared, &other, ""), first);
    assert_ptr_not_equal(get(&shared, &p, "1"), first);
    assert_int_equal(shared_servers_n(shared.servers), 4);
    p.s.verify_depth++;
    assert_false(tls_server_same_demand(get(&shared, &p, ""), first));
    p.s.verify_depth--;
    p.s.verify = VERIFY_OPTIONAL;
    assert_int_equal(tls_server_verify_mode(get(&shared, &p, "")), VERIFY_OPTIONAL);
    p.s.verify = VERIFY_ON;
    p.s.session_tickets = !p.s.session_tickets;
    assert_ptr_not_equal(get(&shared, &p, ""), first);
    assert_int_equal(shared_servers_n(shared.servers), 7);
    p.s.session_tickets = !p.s.session_tickets;
    assert_ptr_equal(get(&shared, &p, ""), first);
    shared_deinit(&shared);
    plain_free(&p);
    plain_free(&crl);
    plain_free(&other);
}

static void each_block_that_fails_says_so(void **unused)
{
    struct shared shared;
    struct plain p;
    struct str missing = STR("/nonexistent.pem");
    shared_init(&shared);
    plain_make(&p, &world, "a", VERIFY_ON);
    struct tls_server_settings broken = p.s;
    broken.certificates.items = &missing;
    static const char *const NAMES[] = {"x.conf:1", "x.conf:2"};
    for (size_t i = 0; i < 2; i++) {
        struct tls_server_context context = {shared.sessions, shared.crls, &quiet};
        struct tls_server *server = NULL;
        struct error err;
        assert_false(shared_servers_get(shared.servers, &broken, STR(""), NAMES[i], &context,
                                        &server, &err));
        assert_null(server);
        assert_non_null(strstr(err.text, NAMES[i]));
    }
    assert_int_equal(shared_servers_n(shared.servers), 0);
    shared_deinit(&shared);
    plain_free(&p);
}

int main(void)
{
    world_make(&world);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_thousand_equal_blocks_have_one_context),
        cmocka_unit_test(twins_have_contexts_of_their_own),
        cmocka_unit_test(each_block_that_fails_says_so),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    world_remove(&world);
    return failed;
}
