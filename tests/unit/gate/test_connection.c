/* SPDX-License-Identifier: Apache-2.0 */
/* How much of one client's input is taken in a turn of the loop, over real sockets. */
#include "served.h"

#include <sys/syscall.h>

#include "../tls/vhosts.h"
#include "tls/block.h"

enum {
    LOOKS = 16,          /* at one connection's input in a turn */
    TOO_MANY = 2000,     /* then an upload without an end ends, and the test fails */
    RECORDS = LOOKS + 3, /* as many as fit into a socket */
    RECORD = 16 * 1024,  /* as large as they get (RFC 8446, 5.1) */
    PIPELINED = 100,
};

static struct served served;
static struct gate *gate;

/*
 * No socket holds as much as a turn takes, and whether a sender keeps up with the reader is chance.
 * So one descriptor can be made to give bytes for ever; all others are read by the kernel.
 */
static int endless_fd = -1;
static unsigned endless_reads;

ssize_t recv(int fd, void *data, size_t n, int flags)
{
    if (fd == endless_fd && !(flags & MSG_PEEK) && endless_reads < TOO_MANY) {
        endless_reads++;
        memset(data, 'x', n);
        return (ssize_t)n;
    }
    return syscall(SYS_recvfrom, fd, data, n, flags, NULL, NULL);
}

static int open_gate(void **state)
{
    endless_fd = -1;
    endless_reads = 0;
    served_open(&served, "root /nowhere; client_max_body_size 0; access_log off;");
    gate = served.gate;
    return 0;
}

static int close_gate(void **state)
{
    endless_fd = -1;
    served_close(&served);
    return 0;
}

static bool is_answered(int fd)
{
    char text[4096];
    ssize_t n = read(fd, text, sizeof(text));
    return n > 12 && memcmp(text, "HTTP/1.1 404", 12) == 0;
}

static void turns_until_handled(const struct connection *conn)
{
    for (int i = 0; i < 10 && !conn->streams; i++) {
        served_turn(&served);
    }
    assert_non_null(conn->streams);
}

static const char UPLOAD[] =
    "DELETE /up HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000000000\r\n\r\n";

static void an_upload_without_an_end_leaves_others_their_turn(void **state)
{
    int greedy = served_client(&served);
    struct connection *conn = gate->connections;
    served_say(greedy, UPLOAD);
    turns_until_handled(conn);
    served_say(greedy, "x"); /* which is never read: the socket stays readable */
    endless_fd = conn->watch.fd;
    for (unsigned turns = 1; turns <= 4; turns++) {
        uint64_t before = endless_reads;
        served_turn(&served);
        assert_in_range(endless_reads - before, 1, LOOKS);
    }
    int other = served_client(&served);
    served_say(other, "GET /other HTTP/1.1\r\nHost: h\r\n\r\n");
    for (int i = 0; i < 3; i++) {
        served_turn(&served);
    }
    assert_true(is_answered(other));
    assert_in_range(endless_reads, 1, 7 * LOOKS);
    close(other);
    close(greedy);
}

/* The twin: what comes in small parts is all taken, whatever the number of turns. */
static void pipelined_requests_are_all_answered_a_few_a_turn(void **state)
{
    static const char GET[] = "GET /x HTTP/1.1\r\nHost: h\r\n\r\n";
    int client = served_client(&served);
    struct connection *conn = gate->connections;
    for (int i = 0; i < PIPELINED; i++) {
        served_say(client, GET);
    }
    uint64_t before = 0;
    for (int i = 0; i < 2 * PIPELINED && conn->requests < PIPELINED; i++) {
        served_turn(&served);
        assert_in_range(conn->requests - before, 0, LOOKS + 1);
        before = conn->requests;
    }
    assert_int_equal(conn->requests, PIPELINED);
    served_turn(&served);
    assert_true(is_answered(client));
    close(client);
}

/* --- over TLS, where OpenSSL holds what the kernel does not announce any more --- */

static SSL_CTX *tls_context(bool is_server, const struct test_pair *pair)
{
    SSL_CTX *ctx = SSL_CTX_new(is_server ? TLS_server_method() : TLS_client_method());
    SSL_CTX_set_read_ahead(ctx, is_server);
    SSL_CTX_set_options(ctx, SSL_OP_IGNORE_UNEXPECTED_EOF);
    if (is_server) {
        SSL_CTX_set_num_tickets(ctx, 0);
        assert_int_equal(SSL_CTX_use_certificate(ctx, pair->cert), 1);
        assert_int_equal(SSL_CTX_use_PrivateKey(ctx, pair->key), 1);
    }
    return ctx;
}

static SSL *tls_new(SSL_CTX *ctx, int fd)
{
    SSL *ssl = SSL_new(ctx);
    assert_non_null(ssl);
    assert_int_equal(SSL_set_fd(ssl, fd), 1);
    SSL_CTX_free(ctx);
    return ssl;
}

/* The client's side, shaken hands; the connection has the other. */
static SSL *shake_hands(struct connection *conn, int fd)
{
    struct test_pair pair = test_pair_new((struct test_spec){.cn = "h"});
    SSL *client = tls_new(tls_context(false, NULL), fd);
    SSL *server = tls_new(tls_context(true, &pair), conn->watch.fd);
    SSL_set_app_data(server, calloc(1, sizeof(struct accept_state)));
    test_pair_free(&pair);
    int done = 0;
    for (int i = 0; i < 20 && done != 1; i++) {
        (void)SSL_connect(client);
        done = SSL_accept(server);
    }
    assert_int_equal(done, 1);
    conn->transport.ssl = server;
    return client;
}

static void an_upload_over_tls_is_taken_a_few_records_a_turn(void **state)
{
    static const char PART[RECORD];
    struct fixture f;
    world_make(&world);
    fixture_make(&f, VERIFY_OFF, VERIFY_OFF);
    fixture_build(&f);
    served.live.server.tls = f.server_a; /* no server without TLS is served on a TLS connection */
    int fd = served_client(&served);
    struct connection *conn = gate->connections;
    SSL *client = shake_hands(conn, fd);
    assert_int_equal(SSL_write(client, UPLOAD, sizeof(UPLOAD) - 1), sizeof(UPLOAD) - 1);
    turns_until_handled(conn);
    uint64_t head = conn->streams->received;
    for (int i = 0; i < RECORDS; i++) {
        assert_int_equal(SSL_write(client, PART, RECORD), RECORD);
    }
    uint64_t before = head;
    for (int i = 0; i < RECORDS; i++) {
        served_turn(&served);
        assert_in_range(conn->streams->received - before, 0, LOOKS * RECORD);
        before = conn->streams->received;
    }
    assert_int_equal(conn->streams->received, head + RECORDS * RECORD); /* none is forgotten */
    SSL_free(client);
    close(fd);
    served.live.server.tls = NULL;
    fixture_free(&f);
    world_remove(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_upload_without_an_end_leaves_others_their_turn,
                                        open_gate, close_gate),
        cmocka_unit_test_setup_teardown(pipelined_requests_are_all_answered_a_few_a_turn, open_gate,
                                        close_gate),
        cmocka_unit_test_setup_teardown(an_upload_over_tls_is_taken_a_few_records_a_turn, open_gate,
                                        close_gate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
