/* SPDX-License-Identifier: Apache-2.0 */
/* Which sessions may come back, and which must not: tickets and cache, TLS 1.2 and 1.3. */
#include "tls/sessions.h"

#include "vhosts.h"

/* By default TLS 1.3 tickets of clients with certificates are ids; SEALED ones never are. */
enum kind { TICKETS, SEALED, CACHE };

static const struct way {
    int version;
    enum kind kind;
} WAYS[] = {
    {TLS1_2_VERSION, TICKETS}, {TLS1_2_VERSION, CACHE}, {TLS1_3_VERSION, TICKETS},
    {TLS1_3_VERSION, SEALED},  {TLS1_3_VERSION, CACHE},
};
enum { WAYS_N = sizeof(WAYS) / sizeof(WAYS[0]) };

#define EACH_WAY(way) for (const struct way *way = WAYS; way < WAYS + WAYS_N; way++)

static void set_kind(struct tls_server_settings *s, enum kind kind)
{
    s->session_tickets = kind != CACHE;
    s->session_cache = kind == CACHE    ? SESSION_CACHE_SHARED
                       : kind == SEALED ? SESSION_CACHE_OFF
                                        : SESSION_CACHE_NONE;
}

static void start(struct fixture *f, const struct way *way, enum verify_mode a, enum verify_mode b)
{
    fixture_make(f, a, b);
    set_kind(&f->a.s, way->kind);
    set_kind(&f->b.s, way->kind);
}

/* One connection; returns what it left to come back with. */
struct outcome {
    SSL_SESSION *session;
    unsigned tickets;
    bool reused;
    struct verdict verdict;
};

static struct outcome visit(struct fixture *f, int version, const struct test_pair *pair,
                            const char *sni, SSL_SESSION *session)
{
    struct harvest harvest = {NULL, 0};
    struct wire wire;
    SSL_CTX *ctx = client_ctx(version, pair);
    talk(&wire, f, ctx, sni, session, &harvest);
    assert_int_equal(wire.result, IO_DONE);
    assert_int_equal(wire.client_result, 1);
    struct outcome outcome = {harvest.session, harvest.tickets,
                              SSL_session_reused(wire.client) == 1, wire.server.verdict};
    assert_int_equal(SSL_session_reused(wire.server.ssl), SSL_session_reused(wire.client));
    wire_close(&wire);
    SSL_CTX_free(ctx);
    return outcome;
}

/* TLS 1.2 clients may be left with an id that nobody remembers; in TLS 1.3 there is no ticket at
 * all. */
static void assert_not_kept(struct fixture *f, const struct way *way, const struct test_pair *pair,
                            const char *sni, SSL_SESSION *session)
{
    if (session) {
        assert_int_equal(way->version, TLS1_2_VERSION);
        struct outcome again = visit(f, way->version, pair, sni, session);
        assert_false(again.reused);
        SSL_SESSION_free(again.session);
        SSL_SESSION_free(session);
    }
}

static void good_ones_come_back(void **unused)
{
    EACH_WAY(way)
    {
        struct fixture f;
        start(&f, way, VERIFY_ON, VERIFY_OPTIONAL);
        fixture_build(&f);
        const char *names[] = {"a.test",
                               "b.test"}; /* the address's own block, and a switched one */
        for (size_t i = 0; i < 2; i++) {
            struct outcome first = visit(&f, way->version, &world.client, names[i], NULL);
            assert_false(first.reused);
            assert_non_null(first.session);
            struct outcome again = visit(&f, way->version, &world.client, names[i], first.session);
            assert_true(again.reused);
            assert_int_equal(again.verdict.status, VERDICT_GOOD);
            SSL_SESSION *next = again.session ? again.session : first.session;
            struct outcome third = visit(&f, way->version, &world.client, names[i], next);
            assert_true(third.reused);
            assert_int_equal(third.verdict.status, VERDICT_GOOD);
            SSL_SESSION_free(first.session);
            SSL_SESSION_free(again.session);
            SSL_SESSION_free(third.session);
        }
        fixture_free(&f);
    }
}

/*
 * Where clients are asked about, none comes back with a session: it has no chain to ask about. Who
 * shows no certificate does, and so does everybody next door.
 */
static void none_where_clients_are_asked_about(void **unused)
{
    EACH_WAY(way)
    {
        struct fixture f;
        start(&f, way, VERIFY_OPTIONAL, VERIFY_OPTIONAL);
        f.b.s.ocsp = OCSP_LEAF;
        fixture_build(&f);
        assert_false(tls_server_same_demand(f.server_a, f.server_b));
        struct outcome there = visit(&f, way->version, &world.client, "a.test", NULL);
        struct outcome first = visit(&f, way->version, &world.client, "b.test", there.session);
        assert_false(first.reused);
        assert_int_equal(first.verdict.status, VERDICT_GOOD);
        assert_not_kept(&f, way, &world.client, "b.test", first.session);
        first = visit(&f, way->version, NULL, "b.test", NULL);
        assert_non_null(first.session);
        struct outcome again = visit(&f, way->version, &world.client, "b.test", first.session);
        assert_true(again.reused);
        assert_int_equal(again.verdict.status, VERDICT_NO_CERTIFICATE);
        SSL_SESSION_free(there.session);
        SSL_SESSION_free(first.session);
        SSL_SESSION_free(again.session);
        fixture_free(&f);
    }
}

/* The chain is at hand after the handshake, where it is wanted, also for who is remembered. */
static void chains(void **unused)
{
    const struct test_pair *clients[] = {&world.client, &world.client, &world.foreign, NULL};
    const int expected[] = {2, 2, -1, -1};
    struct fixture f;
    fixture_make(&f, VERIFY_OPTIONAL, VERIFY_OPTIONAL);
    f.a.s.ocsp = OCSP_ON;
    fixture_build(&f);
    for (size_t i = 0; i < 4; i++) {
        struct wire wire;
        SSL_CTX *ctx = client_ctx(0, clients[i]);
        talk(&wire, &f, ctx, "a.test", NULL, NULL);
        assert_int_equal(wire.result, IO_DONE);
        const STACK_OF(X509) *chain = transport_client_chain(&wire.server);
        assert_int_equal(chain ? sk_X509_num(chain) : -1, expected[i]);
        assert_true(!chain || X509_cmp(sk_X509_value(chain, 0), world.client.cert) == 0);
        wire_close(&wire);
        talk(&wire, &f, ctx, "b.test", NULL, NULL);
        assert_null(transport_client_chain(&wire.server));
        wire_close(&wire);
        SSL_CTX_free(ctx);
    }
    fixture_free(&f);
}

/* CVE-2025-23419, and the other way round. */
static void none_crosses_demands(void **unused)
{
    const enum verify_mode modes[][2] = {
        {VERIFY_OFF, VERIFY_ON},      {VERIFY_ON, VERIFY_OFF},
        {VERIFY_OPTIONAL, VERIFY_ON}, {VERIFY_OPTIONAL_NO_CA, VERIFY_ON},
        {VERIFY_ON, VERIFY_OPTIONAL},
    };
    EACH_WAY(way)
    {
        for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
            struct fixture f;
            start(&f, way, modes[i][0], modes[i][1]);
            fixture_build(&f);
            assert_false(tls_server_same_demand(f.server_a, f.server_b));
            struct outcome at_a = visit(&f, way->version, &world.client, "a.test", NULL);
            assert_non_null(at_a.session);
            struct outcome at_b = visit(&f, way->version, NULL, "b.test", at_a.session);
            assert_false(at_b.reused);
            assert_int_equal(at_b.verdict.status, VERDICT_NO_CERTIFICATE);
            /* Whoever showed nothing where a certificate is a must gets nothing to keep. */
            assert_true(way->version == TLS1_2_VERSION || modes[i][1] != VERIFY_ON ||
                        at_b.tickets == 0);
            SSL_SESSION_free(at_a.session);
            SSL_SESSION_free(at_b.session);
            at_b = visit(&f, way->version, &world.client, "b.test", NULL);
            assert_non_null(at_b.session);
            at_a = visit(&f, way->version, NULL, "a.test", at_b.session);
            assert_false(at_a.reused);
            assert_int_equal(at_a.verdict.status, VERDICT_NO_CERTIFICATE);
            SSL_SESSION_free(at_a.session);
            SSL_SESSION_free(at_b.session);
            fixture_free(&f);
        }
    }
}

/* Same mode and CA, but only one of them knows what was revoked; and RFC 6066, 3: another name. */
static void none_crosses_lists_or_names(void **unused)
{
    EACH_WAY(way)
    {
        struct fixture f;
        start(&f, way, VERIFY_ON, VERIFY_ON);
        plain_crl(&f.b, &world);
        fixture_build(&f);
        assert_false(tls_server_same_demand(f.server_a, f.server_b));
        struct outcome first = visit(&f, way->version, &world.revoked, "a.test", NULL);
        assert_int_equal(first.verdict.status, VERDICT_GOOD);
        struct outcome second = visit(&f, way->version, &world.revoked, "b.test", first.session);
        assert_false(second.reused);
        assert_int_equal(second.verdict.code, X509_V_ERR_CERT_REVOKED);
        assert_not_kept(&f, way, &world.revoked, "b.test", second.session);
        struct outcome third = visit(&f, way->version, NULL, "c.test", first.session);
        assert_false(third.reused);
        assert_int_equal(third.verdict.status, VERDICT_NO_CERTIFICATE);
        SSL_SESSION_free(third.session);
        SSL_SESSION_free(first.session);
        fixture_free(&f);
    }
}

/* A reload makes certificates mandatory (or adds a list); the ticket key outlives it. */
static void none_outlives_a_change(void **unused)
{
    static const struct way TICKET_WAYS[] = {{TLS1_2_VERSION, TICKETS}, {TLS1_3_VERSION, SEALED}};
    for (size_t i = 0; i < 2; i++) {
        const struct way *way = &TICKET_WAYS[i];
        struct fixture before;
        struct fixture after;
        struct fixture same;
        start(&before, way, VERIFY_OFF, VERIFY_ON);
        start(&same, way, VERIFY_OFF, VERIFY_ON);
        start(&after, way, VERIFY_ON, VERIFY_ON);
        plain_crl(&after.b, &world);
        fixture_build(&before);
        fixture_build(&same);
        fixture_build(&after);
        struct outcome open = visit(&before, way->version, NULL, "a.test", NULL);
        struct outcome kept = visit(&same, way->version, NULL, "a.test", open.session);
        assert_true(kept.reused); /* or the refusals below would show nothing */
        struct outcome closed = visit(&after, way->version, NULL, "a.test", open.session);
        assert_false(closed.reused);
        assert_int_equal(closed.verdict.status, VERDICT_NO_CERTIFICATE);
        assert_true(way->version == TLS1_2_VERSION || closed.tickets == 0);
        struct outcome good = visit(&before, way->version, &world.revoked, "b.test", NULL);
        assert_int_equal(good.verdict.status, VERDICT_GOOD);
        struct outcome bad = visit(&after, way->version, &world.revoked, "b.test", good.session);
        assert_false(bad.reused);
        assert_int_equal(bad.verdict.code, X509_V_ERR_CERT_REVOKED);
        SSL_SESSION_free(open.session);
        SSL_SESSION_free(kept.session);
        SSL_SESSION_free(closed.session);
        SSL_SESSION_free(good.session);
        SSL_SESSION_free(bad.session);
        fixture_free(&before);
        fixture_free(&same);
        fixture_free(&after);
    }
}

static void the_refused_get_none(void **unused)
{
    EACH_WAY(way)
    {
        struct fixture f;
        start(&f, way, VERIFY_ON, VERIFY_OPTIONAL);
        plain_crl(&f.b, &world);
        fixture_build(&f);
        const struct {
            const struct test_pair *pair;
            const char *sni;
        } REFUSED[] = {{NULL, "a.test"}, {&world.foreign, "a.test"}, {&world.revoked, "b.test"}};
        for (size_t i = 0; i < 3; i++) {
            struct outcome refused = visit(&f, way->version, REFUSED[i].pair, REFUSED[i].sni, NULL);
            assert_not_kept(&f, way, REFUSED[i].pair, REFUSED[i].sni, refused.session);
        }
        struct outcome optional = visit(&f, way->version, NULL, "b.test", NULL);
        assert_non_null(optional.session); /* nobody was refused */
        SSL_SESSION_free(optional.session);
        fixture_free(&f);
    }
}

static void off_is_off(void **unused)
{
    static const int VERSIONS[] = {TLS1_2_VERSION, TLS1_3_VERSION};
    for (size_t i = 0; i < 2; i++) {
        struct fixture f;
        fixture_make(&f, VERIFY_OFF, VERIFY_OFF);
        f.a.s.session_tickets = false;
        fixture_build(&f);
        struct outcome first = visit(&f, VERSIONS[i], NULL, "a.test", NULL);
        const struct way way = {VERSIONS[i], CACHE};
        assert_not_kept(&f, &way, NULL, "a.test", first.session);
        struct outcome other = visit(&f, VERSIONS[i], NULL, "b.test", NULL);
        assert_int_equal(other.tickets, 1);
        SSL_SESSION_free(other.session);
        fixture_free(&f);
    }
}

/* ssl_conf_command knows another word for it. */
static void off_by_command(void **unused)
{
    static const char *const VALUES[] = {"-SessionTicket", "SessionTicket", "-MiddleboxCompat"};
    for (size_t i = 0; i < 3; i++) {
        struct tls_command command = {STR("Options"), str_of(VALUES[i])};
        struct fixture f;
        fixture_make(&f, VERIFY_ON, VERIFY_OFF);
        f.a.s.commands = &command;
        f.a.s.commands_n = 1;
        fixture_build(&f);
        struct outcome got = visit(&f, TLS1_3_VERSION, &world.client, "a.test", NULL);
        assert_int_equal(got.tickets, i == 0 ? 0 : 1);
        SSL_SESSION_free(got.session);
        fixture_free(&f);
    }
}

/* Each TLS 1.3 renewal starts OpenSSL's clock anew, but not the time of the proof. */
static void renewals_do_not_prolong(void **unused)
{
    struct fixture fixtures[WAYS_N];
    SSL_SESSION *sessions[WAYS_N];
    for (size_t i = 0; i < WAYS_N; i++) {
        start(&fixtures[i], &WAYS[i], VERIFY_ON, VERIFY_OFF);
        fixtures[i].a.s.session_timeout_s = 3;
        fixture_build(&fixtures[i]);
        sessions[i] = visit(&fixtures[i], WAYS[i].version, &world.client, "a.test", NULL).session;
        assert_non_null(sessions[i]);
    }
    for (int round = 0; round < 2; round++) {
        sleep(1);
        for (size_t i = 0; i < WAYS_N; i++) {
            struct outcome again =
                visit(&fixtures[i], WAYS[i].version, &world.client, "a.test", sessions[i]);
            assert_true(again.reused);
            if (again.session) {
                SSL_SESSION_free(sessions[i]);
                sessions[i] = again.session;
                if (WAYS[i].version == TLS1_3_VERSION) { /* as the ticket says */
                    assert_in_range(SSL_SESSION_get_ticket_lifetime_hint(again.session), 1, 2);
                }
            }
        }
    }
    sleep(2);
    for (size_t i = 0; i < WAYS_N; i++) {
        /* The client may not know it yet. */
        SSL_SESSION_set_time(sessions[i], time(NULL));
        SSL_SESSION_set_timeout(sessions[i], 300);
        struct outcome late =
            visit(&fixtures[i], WAYS[i].version, &world.client, "a.test", sessions[i]);
        assert_false(late.reused);
        assert_int_equal(late.verdict.status, VERDICT_GOOD);
        SSL_SESSION_free(late.session);
        SSL_SESSION_free(sessions[i]);
        fixture_free(&fixtures[i]);
    }
}

/* A session never outlives the certificate in it. */
static void certificates_end_sessions(void **unused)
{
    struct fixture fixtures[WAYS_N];
    SSL_SESSION *sessions[WAYS_N];
    struct test_pair brief =
        test_pair_new((struct test_spec){.cn = "brief", .issuer = &world.root, .until = 3});
    for (size_t i = 0; i < WAYS_N; i++) {
        start(&fixtures[i], &WAYS[i], VERIFY_ON, VERIFY_OFF);
        fixture_build(&fixtures[i]);
        struct outcome first = visit(&fixtures[i], WAYS[i].version, &brief, "a.test", NULL);
        assert_int_equal(first.verdict.status, VERDICT_GOOD);
        sessions[i] = first.session;
        assert_non_null(sessions[i]);
    }
    sleep(4);
    for (size_t i = 0; i < WAYS_N; i++) {
        SSL_SESSION_set_time(sessions[i], time(NULL));
        SSL_SESSION_set_timeout(sessions[i], 300);
        struct outcome late = visit(&fixtures[i], WAYS[i].version, &brief, "a.test", sessions[i]);
        assert_false(late.reused);
        assert_int_equal(late.verdict.code, X509_V_ERR_CERT_HAS_EXPIRED);
        SSL_SESSION_free(late.session);
        SSL_SESSION_free(sessions[i]);
        fixture_free(&fixtures[i]);
    }
    test_pair_free(&brief);
}

static size_t ticket_size(const SSL_SESSION *session)
{
    const unsigned char *ticket;
    size_t n = 0;
    SSL_SESSION_get0_ticket(session, &ticket, &n);
    return n;
}

/* One TLS 1.3 visit to a.test that leaves a ticket, of this size or of any larger one. */
static SSL_SESSION *ticket_of(struct fixture *f, const struct test_pair *pair, bool live)
{
    struct outcome first = visit(f, TLS1_3_VERSION, pair, "a.test", NULL);
    assert_non_null(first.session);
    assert_int_equal(ticket_size(first.session) == 32, live);
    return first.session;
}

/* Who gets an id for a ticket: clients that were found good, where one process is to open it. */
static void only_known_clients_live(void **unused)
{
    static const struct {
        enum verify_mode verify;
        enum session_cache cache;
        bool certificate;
        bool key;
        bool live;
    } CASES[] = {
        {VERIFY_ON, SESSION_CACHE_NONE, true, false, true},
        {VERIFY_ON, SESSION_CACHE_SHARED, true, false, true},
        {VERIFY_OPTIONAL_NO_CA, SESSION_CACHE_NONE, true, false, true},
        {VERIFY_ON, SESSION_CACHE_OFF, true, false, false},
        {VERIFY_ON, SESSION_CACHE_NONE, true, true, false},
        {VERIFY_OPTIONAL, SESSION_CACHE_NONE, false, false, false},
        {VERIFY_OFF, SESSION_CACHE_NONE, true, false, false},
    };
    struct str key = str_of(world_path(&world, "live.key"));
    world_put(&world, "live.key",
              str_of(strdup("333333333333333333333333333333333333333333333333")));
    for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
        struct fixture f;
        fixture_make(&f, CASES[i].verify, VERIFY_OFF);
        f.a.s.session_cache = CASES[i].cache;
        f.a.s.ticket_keys = (struct tls_words){&key, CASES[i].key};
        fixture_build(&f);
        const struct test_pair *pair = CASES[i].certificate ? &world.client : NULL;
        SSL_SESSION_free(ticket_of(&f, pair, CASES[i].live));
        fixture_free(&f);
    }
    struct fixture f;
    fixture_make(&f, VERIFY_OPTIONAL_NO_CA, VERIFY_OFF);
    fixture_build(&f);
    SSL_SESSION_free(ticket_of(&f, &world.foreign, false));
    fixture_free(&f);
    free((char *)(uintptr_t)key.p);
}

/* What another process sealed is opened, and answered by an id; its ids are just not known. */
static void other_processes_tickets(void **unused)
{
    struct fixture sealing;
    struct fixture before;
    struct fixture after;
    fixture_make(&sealing, VERIFY_ON, VERIFY_OFF);
    fixture_make(&before, VERIFY_ON, VERIFY_OFF);
    fixture_make(&after, VERIFY_ON, VERIFY_OFF);
    sealing.a.s.session_cache = SESSION_CACHE_OFF;
    fixture_build(&sealing);
    fixture_build(&before);
    fixture_build(&after);
    SSL_SESSION *sealed = ticket_of(&sealing, &world.client, false);
    SSL_SESSION *id = ticket_of(&before, &world.client, true);

    struct outcome known = visit(&after, TLS1_3_VERSION, NULL, "a.test", sealed);
    assert_true(known.reused);
    assert_int_equal(known.verdict.status, VERDICT_GOOD);
    assert_int_equal(ticket_size(known.session), 32);
    struct outcome again = visit(&after, TLS1_3_VERSION, NULL, "a.test", known.session);
    assert_true(again.reused);
    assert_int_equal(again.verdict.status, VERDICT_GOOD);
    struct outcome unknown = visit(&after, TLS1_3_VERSION, &world.client, "a.test", id);
    assert_false(unknown.reused);
    assert_int_equal(unknown.verdict.status, VERDICT_GOOD);
    /* Where ids are not given, an id of that length is no ticket either. */
    struct outcome refused = visit(&sealing, TLS1_3_VERSION, &world.client, "a.test", id);
    assert_false(refused.reused);
    assert_int_equal(refused.verdict.status, VERDICT_GOOD);

    SSL_SESSION *all[] = {sealed,         id, known.session, again.session, unknown.session,
                          refused.session};
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        SSL_SESSION_free(all[i]);
    }
    fixture_free(&sealing);
    fixture_free(&before);
    fixture_free(&after);
}

/* RFC 5246, 7.2.1: without a close_notify the session is as good as with it. */
static void broken_connections_cost_no_session(void **unused)
{
    EACH_WAY(way)
    {
        struct fixture f;
        struct harvest harvest = {NULL, 0};
        struct wire wire;
        start(&f, way, VERIFY_ON, VERIFY_OFF);
        fixture_build(&f);
        SSL_CTX *ctx = client_ctx(way->version, &world.client);
        talk(&wire, &f, ctx, "a.test", NULL, &harvest);
        assert_int_equal(wire.result, IO_DONE);
        transport_deinit(&wire.server);
        wire_close(&wire);
        assert_non_null(harvest.session);
        struct outcome again = visit(&f, way->version, NULL, "a.test", harvest.session);
        assert_true(again.reused);
        assert_int_equal(again.verdict.status, VERDICT_GOOD);
        SSL_SESSION_free(again.session);
        SSL_SESSION_free(harvest.session);
        SSL_CTX_free(ctx);
        fixture_free(&f);
    }
}

static void ticket_keys(void **unused)
{
    unsigned char secret[TLS_TICKET_SECRET_LEN] = {9};
    char key[80] = "first";
    char other[48] = "second";
    struct error err = {""};
    struct tls_sessions *sessions = tls_sessions_new(0, secret);
    assert_false(tls_sessions_add_key(sessions, (struct str){key, 79}, &err));
    assert_string_equal(err.text, "a session ticket key must be 48 or 80 bytes, not 79");
    assert_true(tls_sessions_add_key(sessions, (struct str){key, 80}, &err));
    assert_true(tls_sessions_add_key(sessions, (struct str){other, 48}, &err));
    tls_sessions_free(sessions);

    /* Old key first here, new key first there: both open what either sealed. */
    struct fixture f;
    struct fixture g;
    struct fixture stranger;
    fixture_make(&f, VERIFY_OFF, VERIFY_OFF);
    fixture_make(&g, VERIFY_OFF, VERIFY_OFF);
    fixture_make(&stranger, VERIFY_OFF, VERIFY_OFF);
    world_put(&world, "t1", str_of(strdup("111111111111111111111111111111111111111111111111")));
    world_put(&world, "t2", str_of(strdup("222222222222222222222222222222222222222222222222")));
    struct str paths[] = {str_of(world_path(&world, "t1")), str_of(world_path(&world, "t2")),
                          str_of(world_path(&world, "t1"))};
    f.a.s.ticket_keys = (struct tls_words){paths, 2};
    g.a.s.ticket_keys = (struct tls_words){paths + 1, 2};
    stranger.a.s.ticket_keys = (struct tls_words){paths + 1, 1};
    fixture_build(&f);
    fixture_build(&g);
    fixture_build(&stranger);
    struct outcome first = visit(&f, TLS1_3_VERSION, NULL, "a.test", NULL);
    struct outcome second = visit(&g, TLS1_3_VERSION, NULL, "a.test", first.session);
    assert_true(second.reused);
    struct outcome third = visit(&stranger, TLS1_3_VERSION, NULL, "a.test", first.session);
    assert_false(third.reused);
    SSL_SESSION_free(first.session);
    SSL_SESSION_free(second.session);
    SSL_SESSION_free(third.session);
    fixture_free(&f);
    fixture_free(&g);
    fixture_free(&stranger);
    for (size_t i = 0; i < 3; i++) {
        free((char *)(uintptr_t)paths[i].p);
    }
}

int main(void)
{
    world_make(&world);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_ones_come_back),
        cmocka_unit_test(none_where_clients_are_asked_about),
        cmocka_unit_test(chains),
        cmocka_unit_test(none_crosses_demands),
        cmocka_unit_test(none_crosses_lists_or_names),
        cmocka_unit_test(none_outlives_a_change),
        cmocka_unit_test(the_refused_get_none),
        cmocka_unit_test(off_is_off),
        cmocka_unit_test(off_by_command),
        cmocka_unit_test(renewals_do_not_prolong),
        cmocka_unit_test(certificates_end_sessions),
        cmocka_unit_test(only_known_clients_live),
        cmocka_unit_test(other_processes_tickets),
        cmocka_unit_test(broken_connections_cost_no_session),
        cmocka_unit_test(ticket_keys),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    world_remove(&world);
    return failed;
}
