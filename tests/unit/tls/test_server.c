/* SPDX-License-Identifier: Apache-2.0 */
/* Files that do not fit are said by name, and nothing starts; fingerprints tell demands apart. */
#include "tls/server.h"

#include "vhosts.h"

static char *refusal(const struct tls_server_settings *settings)
{
    static struct error err;
    struct tls_sessions *sessions = tls_sessions_new(0, SECRET);
    struct crl_files *crls = crl_files_new();
    struct tls_server_context context = {sessions, crls, &quiet};
    struct tls_server *server = NULL;
    err.text[0] = '\0';
    if (tls_server_new(settings, "x.conf:7", &context, &server, &err)) {
        assert_false(crl_files_load(crls, NULL, &err)); /* several servers may share them */
    } else {
        assert_null(server);
        assert_non_null(strstr(err.text, " in x.conf:7"));
    }
    tls_server_free(server);
    tls_sessions_free(sessions);
    crl_files_free(crls);
    return err.text;
}

#define assert_says(text, part)                                                                    \
    do {                                                                                           \
        if (!strstr(text, part)) {                                                                 \
            fail_msg("\"%s\" is not in: %s", part, text);                                          \
        }                                                                                          \
    } while (0)

static void put_text(const char *name, const char *text)
{
    world_put(&world, name, str_of(strdup(text)));
}

static void broken_files(void **unused)
{
    struct plain p;
    plain_make(&p, &world, "a", VERIFY_ON);
    struct tls_server_settings s = p.s;
    struct str path = STR("/nonexistent.pem");
    put_text("empty", "");
    put_text("broken", "-----BEGIN CERTIFICATE-----\nMIIB!!!!\n-----END CERTIFICATE-----\n");
    put_text("cut", "-----BEGIN CERTIFICATE-----\nMIIB\n");
    struct str empty = str_of(world_path(&world, "empty"));
    struct str broken = str_of(world_path(&world, "broken"));
    struct str cut = str_of(world_path(&world, "cut"));
    struct str b_key = str_of(world_path(&world, "b.key"));

    s.certificates.items = &path;
    assert_says(refusal(&s), "cannot load certificate \"/nonexistent.pem\": open() "
                             "\"/nonexistent.pem\" failed (2: No such file or directory)");
    s.certificates.items = &empty;
    assert_says(refusal(&s), "the file contains no certificate");
    s.certificates.items = &broken;
    assert_says(refusal(&s), "block 1 is not valid PEM (SSL: error:");
    s.certificates.items = &cut;
    assert_says(refusal(&s), "block 1 is not valid PEM (SSL: error:");
    s = p.s;
    s.keys.items = &path;
    assert_says(refusal(&s), "cannot load certificate key \"/nonexistent.pem\": open()");
    s.keys.items = &empty;
    assert_says(refusal(&s), "PEM_read_bio_PrivateKey() failed (SSL: error:");
    s.keys.items = &b_key;
    assert_says(refusal(&s), "SSL_CTX_use_PrivateKey(\"");
    assert_says(refusal(&s), "key values mismatch");
    s.keys.n = 0;
    assert_says(refusal(&s), "no \"ssl_certificate_key\" is defined for certificate \"");
    s.certificates.n = 0;
    assert_says(refusal(&s), "no \"ssl_certificate\" is defined for the \"listen ... ssl\"");
    s = p.s;
    char *client_ca = s.client_certificate;
    s.client_certificate = NULL;
    assert_says(refusal(&s), "no ssl_client_certificate for ssl_verify_client");
    s.client_certificate = (char *)(uintptr_t)path.p;
    assert_says(refusal(&s), "cannot load certificate \"/nonexistent.pem\"");
    s.client_certificate = (char *)(uintptr_t)empty.p;
    assert_says(refusal(&s), "the file contains no certificate");
    s.client_certificate = client_ca;
    s.crls = (struct tls_words){&path, 1};
    assert_says(refusal(&s), "cannot load CRL \"/nonexistent.pem\": open()");
    struct str no_list = str_of(client_ca);
    s.crls.items = &no_list;
    assert_says(refusal(&s), "the PEM block is a \"CERTIFICATE\", not a CRL");
    s = p.s;
    s.ciphers = STR("NOSUCH");
    assert_says(refusal(&s), "SSL_CTX_set_cipher_list(\"NOSUCH\") failed (SSL: error:");
    s = p.s;
    s.curves = STR("nosuch");
    assert_says(refusal(&s), "SSL_CTX_set1_curves_list(\"nosuch\") failed");
    s = p.s;
    s.dhparam = (char *)(uintptr_t)empty.p;
    assert_says(refusal(&s), "PEM_read_bio_DHparams(\"");
    s = p.s;
    s.password_file = (char *)(uintptr_t)path.p;
    assert_says(refusal(&s), "cannot load password file \"/nonexistent.pem\"");
    s = p.s;
    s.ticket_keys = (struct tls_words){&cut, 1};
    assert_says(refusal(&s), "cannot load session ticket key \"");
    struct tls_command command = {STR("VerifyMode"), STR("Request")};
    s = p.s;
    s.commands = &command;
    s.commands_n = 1;
    assert_says(refusal(&s), "command \"VerifyMode\" is not allowed");
    command = (struct tls_command){STR("Options"), STR("-NoRenegotiation")};
    assert_says(refusal(&s), "a command must not enable renegotiation");
    command = (struct tls_command){STR("options"), STR("ServerPreference,-norenegotiation")};
    assert_says(refusal(&s), "a command must not enable renegotiation");
    struct str *made[] = {&empty, &broken, &cut, &b_key};
    for (size_t i = 0; i < 4; i++) {
        free((char *)(uintptr_t)made[i]->p);
    }
    plain_free(&p);
}

/* Steps that do not need each other: each says what is wrong. */
static void several_broken_files(void **unused)
{
    struct plain p;
    struct error err;
    struct errors errors;
    struct tls_server *server = NULL;
    struct str path = STR("/nonexistent.pem");
    plain_make(&p, &world, "a", VERIFY_ON);
    struct tls_sessions *sessions = tls_sessions_new(0, SECRET);
    struct crl_files *crls = crl_files_new();
    struct tls_server_context context = {sessions, crls, &quiet, NULL, &errors};
    struct tls_server_settings s = p.s;
    s.ciphers = STR("NOSUCH");
    s.keys.items = &path;
    s.client_certificate = (char *)(uintptr_t)path.p;
    s.crls = (struct tls_words){&path, 1};
    errors_init(&errors);
    assert_false(tls_server_new(&s, "x.conf:7", &context, &server, &err));
    assert_int_equal(errors.n, 3);
    assert_says(errors.items[0], "NOSUCH");
    assert_says(errors.items[1], "cannot load certificate key \"/nonexistent.pem\"");
    assert_says(errors.items[2], "cannot load certificate \"/nonexistent.pem\"");
    assert_null(strstr(errors.items[0], "x.conf"));
    assert_says(err.text, "NOSUCH");
    assert_int_equal(crl_files_n(crls), 1); /* whether it can be read is looked at as well */
    errors_deinit(&errors);
    errors_init(&errors);
    assert_true(tls_server_new(&p.s, "x.conf:7", &context, &server, &err));
    assert_int_equal(errors.n, 0);
    tls_server_free(server);
    errors_deinit(&errors);
    tls_sessions_free(sessions);
    crl_files_free(crls);
    plain_free(&p);
}

static bool starts_with(struct tls_server_settings s, const char *name, struct str value)
{
    struct tls_command command = {str_of(name), value};
    struct tls_sessions *sessions = tls_sessions_new(0, SECRET);
    struct tls_server_context context = {sessions, NULL, &quiet};
    struct tls_server *server = NULL;
    struct error err;
    s.commands = &command;
    s.commands_n = 1;
    bool ok = tls_server_new(&s, "x", &context, &server, &err);
    tls_server_free(server);
    tls_sessions_free(sessions);
    return ok;
}

/* Commands that read keys and certificates still can. */
static void commands_with_files(void **unused)
{
    struct plain p;
    plain_make(&p, &world, "a", VERIFY_ON);
    struct str cert = p.s.certificates.items[0];
    struct str key = p.s.keys.items[0];
    EVP_PKEY *params = EVP_PKEY_new();
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "DH", NULL);
    assert_int_equal(EVP_PKEY_paramgen_init(ctx), 1);
    assert_int_equal(EVP_PKEY_CTX_set_dh_nid(ctx, NID_ffdhe2048), 1);
    assert_int_equal(EVP_PKEY_paramgen(ctx, &params), 1);
    BIO *bio = BIO_new(BIO_s_mem());
    assert_int_equal(PEM_write_bio_Parameters(bio, params), 1);
    assert_int_equal(BIO_write(bio, "", 1), 1);
    char *text;
    BIO_get_mem_data(bio, &text);
    put_text("dh", text);
    struct str dh = str_of(world_path(&world, "dh"));
    assert_true(starts_with(p.s, "Certificate", cert));
    assert_true(starts_with(p.s, "privatekey", key));
    assert_true(starts_with(p.s, "DHParameters", dh));
    assert_false(starts_with(p.s, "Certificate", key));
    assert_false(starts_with(p.s, "DHParameters", cert));
    free((char *)(uintptr_t)dh.p);
    BIO_free(bio);
    EVP_PKEY_CTX_free(ctx);
    EVP_PKEY_free(params);
    plain_free(&p);
}

/* A list signed by somebody else under our CA's name. */
static void forged_list(void **unused)
{
    struct plain p;
    plain_make(&p, &world, "a", VERIFY_ON);
    struct test_pair forger = test_pair_new((struct test_spec){.cn = "root", .ca = true});
    X509_CRL *crl = test_crl(&forger, 0, 0, 0);
    world_put(&world, "forged.pem", test_pem_crls(&crl, 1));
    X509_CRL_free(crl);
    test_pair_free(&forger);
    p.crl = str_of(world_path(&world, "forged.pem"));
    p.s.crls = (struct tls_words){&p.crl, 1};
    assert_says(refusal(&p.s), "CRL 1, of \"CN=root,C=CH\": its signature is wrong");
    plain_free(&p);
}

static void passphrases(void **unused)
{
    struct plain p;
    plain_make(&p, &world, "a", VERIFY_OFF);
    world_put(&world, "locked.key", test_pem_key(&world.server, "secret"));
    put_text("words", "wrong\r\n\nsecret\n");
    put_text("wrong", "wrong\n");
    struct str key = str_of(world_path(&world, "locked.key"));
    char *words = world_path(&world, "words");
    char *wrong = world_path(&world, "wrong");
    p.s.keys.items = &key;
    assert_says(refusal(&p.s), "it needs a passphrase");
    p.s.password_file = wrong;
    assert_says(refusal(&p.s), "no passphrase fits");
    p.s.password_file = words;
    struct tls_sessions *sessions = tls_sessions_new(0, SECRET);
    struct tls_server *server = NULL;
    struct error err;
    struct tls_server_context context = {sessions, NULL, &quiet};
    assert_true(tls_server_new(&p.s, "x", &context, &server, &err));
    tls_server_free(server);
    tls_sessions_free(sessions);
    free((char *)(uintptr_t)key.p);
    free(words);
    free(wrong);
    plain_free(&p);
}

static void say(void *arg, const char *text)
{
    log_write(arg, LEVEL_WARN, 0, "%s", text);
}

static void warnings(void **unused)
{
    struct plain p;
    plain_make(&p, &world, "a", VERIFY_ON);
    plain_crl(&p, &world);
    p.s.trusted_certificate = world_path(&world, "other.pem");
    char *log_path = world_path(&world, "log");
    struct log_file file = {.path = log_path, .fd = -1};
    struct log_target target = {&file, LEVEL_WARN};
    struct log log = {&target, 1};
    struct error err;
    assert_true(log_file_open(&file, &err));
    chmod(p.key.p, 0644);
    struct tls_sessions *sessions = tls_sessions_new(0, SECRET);
    struct tls_server *server = NULL;
    struct crl_files *crls = crl_files_new();
    struct tls_server_context context = {sessions, crls, &log};
    assert_true(tls_server_new(&p.s, "x", &context, &server, &err));
    assert_true(crl_files_load(crls, NULL, &err));
    tls_server_report(server, time(NULL), say, &log);
    chmod(p.key.p, 0600);
    char text[4096] = "";
    FILE *in = fopen(log_path, "r");
    size_t n = fread(text, 1, sizeof(text) - 1, in);
    fclose(in);
    assert_true(n > 0);
    assert_says(text, "can be read by everybody (mode 644)");
    assert_says(text, "no CRL of \"CN=other root,C=CH\"");
    assert_says(text, "the issuer \"CN=inter,C=CH\" of the CRL in ");
    tls_server_free(server);
    tls_sessions_free(sessions);
    crl_files_free(crls);
    log_file_close(&file);
    free(log_path);
    free(p.s.trusted_certificate);
    plain_free(&p);
}

static size_t keys_warned_of(const struct plain *first, const struct plain *second)
{
    char *log_path = world_path(&world, "log2");
    struct log_file file = {.path = log_path, .fd = -1};
    struct log_target target = {&file, LEVEL_WARN};
    struct log log = {&target, 1};
    struct arena arena;
    arena_init(&arena, 0);
    struct key_warnings warned = {.arena = &arena};
    struct error err;
    assert_true(log_file_open(&file, &err));
    struct tls_sessions *sessions = tls_sessions_new(0, SECRET);
    struct tls_server *servers[2] = {NULL, NULL};
    struct crl_files *crls = crl_files_new();
    struct tls_server_context context = {sessions, crls, &log, &warned};
    assert_true(tls_server_new(&first->s, "x", &context, &servers[0], &err));
    assert_true(tls_server_new(&second->s, "y", &context, &servers[1], &err));
    char text[4096] = "";
    FILE *in = fopen(log_path, "r");
    text[fread(text, 1, sizeof(text) - 1, in)] = '\0';
    fclose(in);
    size_t n = 0;
    for (const char *at = text; (at = strstr(at, "can be read by everybody")) != NULL; at++) {
        n++;
    }
    tls_server_free(servers[0]);
    tls_server_free(servers[1]);
    tls_sessions_free(sessions);
    crl_files_free(crls);
    log_file_close(&file);
    unlink(log_path);
    free(log_path);
    arena_deinit(&arena);
    return n;
}

static void a_readable_key_is_warned_of_once_a_file(void **unused)
{
    struct plain a, b;
    plain_make(&a, &world, "a", VERIFY_OFF);
    plain_make(&b, &world, "b", VERIFY_OFF);
    assert_int_equal(keys_warned_of(&a, &b), 0);
    chmod(a.key.p, 0644);
    assert_int_equal(keys_warned_of(&a, &a), 1);
    assert_int_equal(keys_warned_of(&a, &b), 1);
    chmod(b.key.p, 0644);
    assert_int_equal(keys_warned_of(&a, &b), 2);
    char *link_path = world_path(&world, "link.key"); /* another name, the same file */
    assert_int_equal(symlink(a.key.p, link_path), 0);
    struct str link = str_of(link_path);
    struct plain by_link = a;
    by_link.s.keys.items = &link;
    assert_int_equal(keys_warned_of(&a, &by_link), 1);
    unlink(link_path);
    free(link_path);
    chmod(a.key.p, 0600);
    chmod(b.key.p, 0600);
    plain_free(&a);
    plain_free(&b);
}

static void fingerprints(void **unused)
{
    struct error err;
    struct tls_sessions *sessions = tls_sessions_new(0, SECRET);
    struct crl_files *crls = crl_files_new();
    struct tls_server_context context = {sessions, crls, &quiet};
    struct plain p[11];
    struct tls_server *servers[11];
    for (size_t i = 0; i < 11; i++) {
        plain_make(&p[i], &world, i == 1 ? "b" : "a", VERIFY_ON);
    }
    p[1].s.ciphers = STR("ECDHE+AESGCM"); /* what is offered is not what is demanded */
    p[2].s.verify = VERIFY_OPTIONAL;
    p[3].s.verify_depth = 2;
    p[4].s.trusted_certificate = world_path(&world, "other.pem");
    plain_crl(&p[5], &world);
    p[8].s.ocsp = p[9].s.ocsp = OCSP_ON;
    p[9].s.ocsp_responder = STR("http://x/");
    p[10].s.ocsp = OCSP_LEAF;
    struct tls_command commands[] = {{STR("Options"), STR("ServerPreference")},
                                     {STR("ClientSignatureAlgorithms"), STR("ECDSA+SHA256")},
                                     {STR("signaturealgorithms"), STR("ECDSA+SHA256")}};
    p[1].s.commands = commands;
    p[1].s.commands_n = 1;
    for (size_t i = 6; i < 8; i++) { /* which keys and digests a client may prove itself by */
        p[i].s.commands = commands + i - 5;
        p[i].s.commands_n = 1;
    }
    for (size_t i = 0; i < 11; i++) {
        assert_true(tls_server_new(&p[i].s, "x", &context, &servers[i], &err));
    }
    assert_true(tls_server_same_demand(servers[0], servers[1]));
    for (size_t i = 2; i < 11; i++) {
        for (size_t j = 0; j < i; j++) {
            assert_false(tls_server_same_demand(servers[i], servers[j]));
        }
    }
    free(p[4].s.trusted_certificate);
    for (size_t i = 0; i < 11; i++) {
        tls_server_free(servers[i]);
        plain_free(&p[i]);
    }
    struct tls_server *server = NULL;
    plain_make(&p[0], &world, "a", VERIFY_OPTIONAL_NO_CA);
    p[0].s.ocsp = OCSP_ON;
    assert_false(tls_server_new(&p[0].s, "x", &context, &server, &err));
    assert_says(err.text, "\"ssl_ocsp\" is incompatible");
    plain_free(&p[0]);
    tls_sessions_free(sessions);
    crl_files_free(crls);
}

int main(void)
{
    world_make(&world);
    const struct CMUnitTest tests[] = {

        cmocka_unit_test(a_readable_key_is_warned_of_once_a_file),
        cmocka_unit_test(broken_files),
        cmocka_unit_test(several_broken_files),
        cmocka_unit_test(commands_with_files),
        cmocka_unit_test(forged_list),
        cmocka_unit_test(passphrases),
        cmocka_unit_test(warnings),
        cmocka_unit_test(fingerprints),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    world_remove(&world);
    return failed;
}
