/* SPDX-License-Identifier: Apache-2.0 */
/* The client's side: what it verifies, what it shows, which sessions it comes back with. */
#include "tls/client.h"

#include "vhosts.h"

static struct crl_files *lists;

static struct tls_client_settings settings(bool verify)
{
    return (struct tls_client_settings){
        .protocols = TLS_1_2 | TLS_1_3,
        .ciphers = STR("DEFAULT"),
        .verify = verify,
        .trusted_certificate = verify ? world_path(&world, "root.pem") : NULL,
        .verify_depth = 1,
        .session_reuse = true,
    };
}

static struct tls_client *client_new(const struct tls_client_settings *s)
{
    struct error err = {""};
    struct tls_client *client = NULL;
    if (!tls_client_new(s, lists, &client, &err) || !crl_files_load(lists, NULL, &err)) {
        fail_msg("%s", err.text);
    }
    return client;
}

struct meeting {
    enum io client;
    enum io server;
    struct verdict client_verdict;
    struct verdict server_verdict;
    bool reused;
    struct error err;
    char sni[256];
};

/* Both sides are ours here. */
static struct meeting meet(struct tls_client *client, const struct tls_connect *connect,
                           struct fixture *f)
{
    struct meeting m = {.client = IO_WANT_READ, .server = IO_WANT_READ};
    struct transport c;
    struct transport s;
    struct error ignored;
    int fds[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
    transport_init(&c, fds[0]);
    transport_init(&s, fds[1]);
    assert_true(transport_accept_tls(&s, f->server_a, choose, &f->vhosts, &ignored));
    if (!transport_connect_tls(&c, client, connect, &m.err)) {
        m.client = IO_FAILED;
    }
    for (int i = 0; i < 20 && c.ssl; i++) {
        if (m.client == IO_WANT_READ) {
            m.client = transport_handshake(&c, &m.err);
        }
        if (m.server == IO_WANT_READ) {
            m.server = transport_handshake(&s, &ignored);
        }
    }
    m.client_verdict = c.verdict;
    m.server_verdict = s.verdict;
    snprintf(m.sni, sizeof(m.sni), "%.*s", STR_ARG(transport_sni(&s)));
    if (m.client == IO_DONE) {
        char byte;
        size_t n;
        m.reused = SSL_session_reused(c.ssl) == 1;
        assert_int_equal(transport_read(&c, &byte, 1, &n, &ignored), IO_WANT_READ);
        transport_shutdown(&c);
    }
    transport_deinit(&c);
    transport_deinit(&s);
    close(fds[0]);
    close(fds[1]);
    return m;
}

static void verifies(void **unused)
{
    const struct {
        const char *server; /* file names */
        const char *name;
        const char *sentence; /* NULL: passes */
    } CASES[] = {
        {"a", "a.test", NULL},
        {"a", "127.0.0.1", NULL},
        {"a", "b.test", "upstream SSL certificate does not match \"b.test\""},
        {"a", "127.0.0.2", "upstream SSL certificate does not match \"127.0.0.2\""},
        {"expired", "expired",
         "upstream SSL certificate verify error: (10:certificate has expired)"},
        {"foreign", "foreign",
         "upstream SSL certificate verify error: (21:unable to verify the first certificate)"},
        {"a", "", "upstream SSL certificate cannot be verified without a name"},
    };
    for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
        for (int version = TLS_1_2; version <= TLS_1_3; version *= 2) {
            struct fixture f;
            f = (struct fixture){0};
            plain_make(&f.a, &world, CASES[i].server, VERIFY_OFF);
            plain_make(&f.b, &world, "b", VERIFY_OFF);
            fixture_build(&f);
            struct tls_client_settings s = settings(true);
            s.protocols = (unsigned)version;
            struct tls_client *client = client_new(&s);
            struct tls_connect connect = {.name = CASES[i].name, .session_key = STR("k")};
            for (int turn = 0; turn < 2; turn++) { /* a refusal leaves no session behind */
                struct meeting m = meet(client, &connect, &f);
                assert_int_equal(m.client, CASES[i].sentence ? IO_FAILED : IO_DONE);
                if (CASES[i].sentence) {
                    assert_string_equal(m.err.text, CASES[i].sentence);
                } else {
                    assert_int_equal(m.client_verdict.status, VERDICT_GOOD);
                    assert_int_equal(m.reused, turn);
                }
            }
            tls_client_free(client);
            s.verify = false;
            client = client_new(&s);
            assert_int_equal(meet(client, &connect, &f).client, IO_DONE);
            tls_client_free(client);
            free(s.trusted_certificate);
            fixture_free(&f);
        }
    }
}

static void lists_count(void **unused)
{
    struct fixture f;
    fixture_make(&f, VERIFY_OFF, VERIFY_OFF);
    fixture_build(&f);
    struct tls_client_settings s = settings(true);
    s.crl = world_path(&world, "crl.pem");
    struct tls_client *client = client_new(&s);
    struct tls_connect connect = {.name = "a.test"};
    assert_int_equal(meet(client, &connect, &f).client, IO_DONE);
    tls_client_free(client);
    X509_CRL *crl = test_crl(&world.root, 4660, 0, 0); /* the server's */
    world_put(&world, "crl2.pem", test_pem_crls(&crl, 1));
    X509_CRL_free(crl);
    free(s.crl);
    s.crl = world_path(&world, "crl2.pem");
    client = client_new(&s);
    struct meeting m = meet(client, &connect, &f);
    assert_int_equal(m.client, IO_FAILED);
    assert_string_equal(m.err.text,
                        "upstream SSL certificate verify error: (23:certificate revoked)");
    tls_client_free(client);
    free(s.crl);
    free(s.trusted_certificate);
    fixture_free(&f);
}

static void shows_and_names(void **unused)
{
    struct fixture f;
    fixture_make(&f, VERIFY_ON, VERIFY_OFF);
    fixture_build(&f);
    struct tls_client_settings s = settings(false);
    struct tls_client *client = client_new(&s);
    char *cert = world_path(&world, "client.pem");
    char *key = world_path(&world, "client.key");
    char *wrong = world_path(&world, "a.key");
    struct error err = {""};
    struct tls_keypair *pair = NULL;
    assert_false(tls_keypair_load(cert, wrong, NULL, &pair, &err));
    assert_non_null(strstr(err.text, "SSL_CTX_use_PrivateKey(\""));
    assert_non_null(strstr(err.text, "key values mismatch"));
    assert_true(tls_keypair_load(cert, key, NULL, &pair, &err));
    struct tls_connect with = {.keypair = pair, .name = "a.test", .session_key = STR("k")};
    struct tls_connect without = {.name = "a.test", .session_key = STR("k")};
    struct meeting m = meet(client, &with, &f);
    assert_int_equal(m.client, IO_DONE);
    assert_int_equal(m.server_verdict.status, VERDICT_GOOD);
    assert_string_equal(m.sni, "");
    assert_false(m.reused);
    m = meet(client, &without, &f); /* nobody borrows the other's session */
    assert_false(m.reused);
    assert_int_equal(m.server_verdict.status, VERDICT_NO_CERTIFICATE);
    m = meet(client, &with, &f);
    assert_true(m.reused);
    assert_int_equal(m.server_verdict.status, VERDICT_GOOD);
    with.session_key = STR("other backend");
    assert_false(meet(client, &with, &f).reused);
    with.session_key = STR("");
    assert_false(meet(client, &with, &f).reused);
    assert_false(meet(client, &with, &f).reused);
    with.send_sni = true;
    assert_string_equal(meet(client, &with, &f).sni, "a.test");
    with.name = "a.test.";
    assert_string_equal(meet(client, &with, &f).sni, "a.test");
    with.name = "127.0.0.1";
    assert_string_equal(meet(client, &with, &f).sni, "");
    with.name = "::1";
    assert_string_equal(meet(client, &with, &f).sni, "");
    tls_keypair_free(pair);
    tls_client_free(client);
    free(cert);
    free(key);
    free(wrong);
    fixture_free(&f);
}

static void sessions_expire_with_the_certificate(void **unused)
{
    struct test_pair brief = test_pair_new(
        (struct test_spec){.cn = "a.test", .issuer = &world.root, .until = 2, .san = "DNS:a.test"});
    world_put_pair(&world, "brief", &brief, NULL);
    test_pair_free(&brief);
    struct fixture f = {0};
    plain_make(&f.a, &world, "brief", VERIFY_OFF);
    plain_make(&f.b, &world, "b", VERIFY_OFF);
    fixture_build(&f);
    struct tls_client_settings s = settings(true);
    struct tls_client *client = client_new(&s);
    struct tls_connect connect = {.name = "a.test", .session_key = STR("k")};
    assert_int_equal(meet(client, &connect, &f).client, IO_DONE);
    sleep(3);
    struct meeting m = meet(client, &connect, &f);
    assert_int_equal(m.client, IO_FAILED);
    assert_string_equal(m.err.text,
                        "upstream SSL certificate verify error: (10:certificate has expired)");
    tls_client_free(client);
    free(s.trusted_certificate);
    fixture_free(&f);
}

/* Nor do they outlive a CA of the chain, which the session does not have. */
static void sessions_expire_with_the_chain(void **unused)
{
    struct test_pair brief = test_pair_new(
        (struct test_spec){.cn = "brief", .issuer = &world.root, .ca = true, .until = 3});
    struct test_pair leaf =
        test_pair_new((struct test_spec){.cn = "a.test", .issuer = &brief, .san = "DNS:a.test"});
    world_put_pair(&world, "chained", &leaf, &brief);
    test_pair_free(&leaf);
    test_pair_free(&brief);
    struct fixture f = {0};
    plain_make(&f.a, &world, "chained", VERIFY_OFF);
    plain_make(&f.b, &world, "b", VERIFY_OFF);
    fixture_build(&f);
    struct tls_client_settings s = settings(true);
    struct tls_client *client = client_new(&s);
    struct tls_connect connect = {.name = "a.test", .session_key = STR("k")};
    assert_int_equal(meet(client, &connect, &f).client, IO_DONE);
    struct meeting m = meet(client, &connect, &f);
    assert_true(m.client == IO_DONE && m.reused);
    sleep(4);
    m = meet(client, &connect, &f);
    assert_int_equal(m.client, IO_FAILED);
    assert_string_equal(m.err.text,
                        "upstream SSL certificate verify error: (10:certificate has expired)");
    tls_client_free(client);
    free(s.trusted_certificate);
    fixture_free(&f);
}

/* A name with a dot in front would match whatever is below it. */
static void a_name_is_no_pattern(void **unused)
{
    static const char *const NAMES[] = {"a.test", ".test", ".", "", NULL};
    struct fixture f = {0};
    plain_make(&f.a, &world, "a", VERIFY_OFF);
    plain_make(&f.b, &world, "b", VERIFY_OFF);
    fixture_build(&f);
    struct tls_client_settings s = settings(true);
    struct tls_client *client = client_new(&s);
    for (size_t i = 0; i < sizeof(NAMES) / sizeof(NAMES[0]); i++) {
        struct tls_connect connect = {.name = NAMES[i]};
        assert_int_equal(meet(client, &connect, &f).client, i == 0 ? IO_DONE : IO_FAILED);
    }
    tls_client_free(client);
    free(s.trusted_certificate);
    fixture_free(&f);
}

static void refuses_commands(void **unused)
{
    struct tls_client_settings s = settings(false);
    struct tls_client *client = NULL;
    struct error err = {""};
    struct tls_command commands[] = {{STR("VerifyMode"), STR("Peer")}};
    s.commands = commands;
    s.commands_n = 1;
    assert_false(tls_client_new(&s, lists, &client, &err));
    commands[0] = (struct tls_command){STR("NoSuch"), STR("thing")};
    assert_false(tls_client_new(&s, lists, &client, &err));
    assert_non_null(strstr(err.text, "SSL_CONF_cmd(\"NoSuch\", \"thing\") failed"));
}

int main(void)
{
    world_make(&world);
    lists = crl_files_new();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(verifies),
        cmocka_unit_test(lists_count),
        cmocka_unit_test(shows_and_names),
        cmocka_unit_test(sessions_expire_with_the_certificate),
        cmocka_unit_test(refuses_commands),
        cmocka_unit_test(sessions_expire_with_the_chain),
        cmocka_unit_test(a_name_is_no_pattern),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    crl_files_free(lists);
    world_remove(&world);
    return failed;
}
