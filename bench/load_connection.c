/* SPDX-License-Identifier: Apache-2.0 */
/* A client's connection as a table of steps, each of which runs until it is done or would block. */
#include "bench/load_connection.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

static const char *const failure_names[FAILURE_COUNT] = {
    [FAILURE_NONE] = "none",
    [FAILURE_CONNECT] = "connect",
    [FAILURE_HANDSHAKE] = "handshake",
    [FAILURE_NOT_RESUMED] = "not_resumed",
    [FAILURE_RESUMED] = "resumed",
    [FAILURE_CLOSED] = "closed",
    [FAILURE_PROTOCOL] = "protocol",
    [FAILURE_STATUS] = "status",
    [FAILURE_LENGTH] = "length",
    [FAILURE_NOT_CLOSED] = "not_closed",
    [FAILURE_CLOSE_NOTIFY] = "close_notify",
    [FAILURE_TIMEOUT] = "timeout",
};

const char *failure_name(enum failure failure)
{
    return failure_names[failure];
}

void connection_init(struct connection *connection)
{
    memset(connection, 0, sizeof(*connection));
    connection->step = STEP_CLOSED;
    connection->fd = -1;
}

static void connection_close(struct connection *connection)
{
    if (connection->ssl != NULL) {
        /* An SSL freed before its shutdown marks its session as not resumable. */
        SSL_set_shutdown(connection->ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
        SSL_free(connection->ssl);
        connection->ssl = NULL;
    }
    if (connection->fd != -1) {
        close(connection->fd);
        connection->fd = -1;
    }
    h2_client_free(connection->h2);
    connection->h2 = NULL;
    connection->step = STEP_CLOSED;
}

void connection_deinit(struct connection *connection)
{
    connection_close(connection);
    SSL_SESSION_free(connection->session);
    connection->session = NULL;
}

void connection_fail(struct connection *connection, enum failure failure, const char *detail)
{
    connection->failure = failure;
    snprintf(connection->detail, sizeof(connection->detail), "%s", detail);
    connection_close(connection);
}

static enum progress failed(struct connection *connection, enum failure failure, const char *detail)
{
    connection_fail(connection, failure, detail);
    return PROGRESS_FAILED;
}

/* WAIT if TLS only wants its socket, else a failure told in OpenSSL's or the system's words. */
static enum progress tls_stopped(struct connection *connection, int result, enum failure failure)
{
    int error = SSL_get_error(connection->ssl, result);
    char detail[160];

    if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) {
        return PROGRESS_WAIT;
    }
    if (error == SSL_ERROR_ZERO_RETURN) {
        return failed(connection, failure, "close_notify came early");
    }
    if (error == SSL_ERROR_SYSCALL && errno != 0) {
        return failed(connection, failure, strerror(errno));
    }
    ERR_error_string_n(ERR_peek_error(), detail, sizeof(detail));
    return failed(connection, failure, detail);
}

static void tls_errors_clear(void)
{
    ERR_clear_error();
    errno = 0;
}

int connection_session_new(SSL *ssl, SSL_SESSION *session)
{
    struct connection *connection = SSL_get_app_data(ssl);

    SSL_SESSION_free(connection->session);
    connection->session = session;
    return 1;
}

static bool tls_open(struct connection *connection, const struct target *target)
{
    SSL *ssl = SSL_new(target->tls);

    if (ssl == NULL) {
        return false;
    }
    connection->ssl = ssl;
    SSL_set_app_data(ssl, connection);
    SSL_set_connect_state(ssl);
    if (SSL_set_fd(ssl, connection->fd) != 1 || SSL_set_tlsext_host_name(ssl, target->name) != 1 ||
        SSL_set1_host(ssl, target->name) != 1) {
        return false;
    }
    if (target->leaves != NULL && !leaves_use_next(target->leaves, ssl)) {
        return false;
    }
    return !target->resume || connection->session == NULL ||
           SSL_set_session(ssl, connection->session) == 1;
}

static enum progress connection_open(struct connection *connection, const struct target *target,
                                     int epoll)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd == -1) {
        return failed(connection, FAILURE_CONNECT, strerror(errno));
    }
    connection->fd = fd;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    if (connect(fd, (const struct sockaddr *)&target->address, sizeof(target->address)) != 0 &&
        errno != EINPROGRESS) {
        return failed(connection, FAILURE_CONNECT, strerror(errno));
    }
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLET, .data.ptr = connection};
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) != 0) {
        return failed(connection, FAILURE_CONNECT, strerror(errno));
    }
    tls_errors_clear();
    if (!tls_open(connection, target)) {
        return failed(connection, FAILURE_HANDSHAKE, "cannot set up TLS, or no leaf is left");
    }
    connection->step = STEP_CONNECT;
    return PROGRESS_DONE;
}

static enum progress step_connect(struct connection *connection, const struct target *target)
{
    int error = 0;
    socklen_t size = sizeof(error);
    struct sockaddr_in peer;
    socklen_t peer_size = sizeof(peer);

    getsockopt(connection->fd, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error != 0) {
        return failed(connection, FAILURE_CONNECT, strerror(error));
    }
    if (getpeername(connection->fd, (struct sockaddr *)&peer, &peer_size) != 0) {
        return PROGRESS_WAIT;
    }
    connection->step = STEP_HANDSHAKE;
    return PROGRESS_DONE;
}

/* The server must have chosen the protocol that is measured (RFC 7301). */
static enum progress protocol_begin(struct connection *connection, const struct target *target)
{
    const unsigned char *chosen = NULL;
    unsigned length = 0;

    SSL_get0_alpn_selected(connection->ssl, &chosen, &length);
    if (target->http2) {
        if (length != 2 || memcmp(chosen, "h2", 2) != 0) {
            return failed(connection, FAILURE_HANDSHAKE, "the server did not choose h2");
        }
        connection->h2 = h2_client_new();
        if (connection->h2 == NULL) {
            return failed(connection, FAILURE_PROTOCOL, "cannot set up HTTP/2");
        }
    }
    connection->step = STEP_SEND;
    return PROGRESS_DONE;
}

static enum progress step_handshake(struct connection *connection, const struct target *target)
{
    bool offered = target->resume && connection->session != NULL;

    tls_errors_clear();
    int result = SSL_do_handshake(connection->ssl);
    if (result != 1) {
        return tls_stopped(connection, result, FAILURE_HANDSHAKE);
    }
    bool reused = SSL_session_reused(connection->ssl) == 1;
    if (offered && !reused) {
        return failed(connection, FAILURE_NOT_RESUMED, "the server declined the session");
    }
    if (!offered && reused) {
        return failed(connection, FAILURE_RESUMED, "a full handshake was expected");
    }
    return protocol_begin(connection, target);
}

/* --- HTTP/2 --- */

static enum progress h2_flush(struct connection *connection)
{
    int written = 0;

    tls_errors_clear();
    enum h2_progress progress = h2_client_send(connection->h2, connection->ssl, &written);
    if (progress == H2_TLS) {
        return tls_stopped(connection, written, FAILURE_CLOSED);
    }
    return progress == H2_MORE ? PROGRESS_DONE
                               : failed(connection, FAILURE_PROTOCOL, "cannot make a frame");
}

static enum progress step_ask(struct connection *connection, const struct target *target)
{
    h2_client_ask(connection->h2, &target->h2);
    connection->step = STEP_RECEIVE_H2;
    return PROGRESS_DONE;
}

static enum progress h2_ended(struct connection *connection, const struct target *target,
                              enum h2_progress progress)
{
    switch (progress) {
    case H2_DONE: break;
    case H2_STATUS: return failed(connection, FAILURE_STATUS, "another status than expected");
    case H2_LENGTH: return failed(connection, FAILURE_LENGTH, "another length than expected");
    default: return failed(connection, FAILURE_PROTOCOL, "not a complete answer of HTTP/2");
    }
    connection->step = target->keep ? STEP_KEPT : STEP_DRAIN;
    return PROGRESS_DONE;
}

static enum progress step_receive_h2(struct connection *connection, const struct target *target)
{
    char bytes[16384];

    for (;;) {
        enum progress sent = h2_flush(connection);
        if (sent == PROGRESS_FAILED) {
            return sent;
        }
        tls_errors_clear();
        int result = SSL_read(connection->ssl, bytes, sizeof(bytes));
        if (result <= 0) {
            return tls_stopped(connection, result, FAILURE_CLOSED);
        }
        connection->bytes += (uint64_t)result;
        enum h2_progress progress = h2_client_feed(connection->h2, bytes, (size_t)result);
        if (progress != H2_MORE) {
            return h2_ended(connection, target, progress);
        }
    }
}

/* --- HTTP/1.1 --- */

static enum progress step_send(struct connection *connection, const struct target *target)
{
    if (target->http2) {
        return step_ask(connection, target);
    }
    tls_errors_clear();
    int result = SSL_write(connection->ssl, target->request, (int)target->request_length);
    if (result <= 0) {
        return tls_stopped(connection, result, FAILURE_CLOSED);
    }
    answer_reset(&connection->answer);
    connection->step = STEP_RECEIVE;
    return PROGRESS_DONE;
}

static enum progress answer_check(struct connection *connection, const struct target *target)
{
    const struct answer *answer = &connection->answer;
    char detail[80];

    if (answer->status != target->status) {
        snprintf(detail, sizeof(detail), "status %d instead of %d", answer->status, target->status);
        return failed(connection, FAILURE_STATUS, detail);
    }
    if (target->length >= 0 && answer->length != (uint64_t)target->length) {
        snprintf(detail, sizeof(detail), "%llu bytes of body instead of %lld",
                 (unsigned long long)answer->length, (long long)target->length);
        return failed(connection, FAILURE_LENGTH, detail);
    }
    connection->step = target->keep ? STEP_KEPT : STEP_DRAIN;
    return PROGRESS_DONE;
}

static enum progress step_receive(struct connection *connection, const struct target *target)
{
    char bytes[16384];

    for (;;) {
        tls_errors_clear();
        int result = SSL_read(connection->ssl, bytes, sizeof(bytes));
        if (result <= 0) {
            return tls_stopped(connection, result, FAILURE_CLOSED);
        }
        connection->bytes += (uint64_t)result;
        enum answer_progress progress = answer_feed(&connection->answer, bytes, (size_t)result);
        if (progress == ANSWER_BAD) {
            return failed(connection, FAILURE_PROTOCOL, "not an answer with Content-Length");
        }
        if (progress == ANSWER_DONE) {
            return answer_check(connection, target);
        }
    }
}

/*
 * RFC 8446, section 6.1: close_notify comes before the end. A server that leaves it out does less
 * work than one that does not, so it is a failure here.
 */
static enum progress step_drain(struct connection *connection, const struct target *target)
{
    char byte;

    tls_errors_clear();
    int result = SSL_read(connection->ssl, &byte, 1);
    if (result > 0) {
        return failed(connection, FAILURE_PROTOCOL, "bytes after the answer");
    }
    if (SSL_get_error(connection->ssl, result) == SSL_ERROR_ZERO_RETURN) {
        connection_close(connection);
        return PROGRESS_DONE;
    }
    return tls_stopped(connection, result, FAILURE_CLOSE_NOTIFY);
}

static enum progress (*const steps[])(struct connection *, const struct target *) = {
    [STEP_CONNECT] = step_connect, [STEP_HANDSHAKE] = step_handshake,
    [STEP_SEND] = step_send,       [STEP_RECEIVE] = step_receive,
    [STEP_DRAIN] = step_drain,     [STEP_RECEIVE_H2] = step_receive_h2,
};

enum progress connection_advance(struct connection *connection, const struct target *target)
{
    while (connection->step != STEP_CLOSED && connection->step != STEP_KEPT) {
        enum progress progress = steps[connection->step](connection, target);
        if (progress != PROGRESS_DONE) {
            return progress;
        }
    }
    return PROGRESS_DONE;
}

enum progress connection_begin(struct connection *connection, const struct target *target,
                               int epoll)
{
    connection->failure = FAILURE_NONE;
    if (connection->step == STEP_KEPT) {
        connection->step = STEP_SEND;
    } else if (connection_open(connection, target, epoll) == PROGRESS_FAILED) {
        return PROGRESS_FAILED;
    }
    return connection_advance(connection, target);
}

bool connection_is_alive(struct connection *connection)
{
    char bytes[256];
    int result = 0;

    if (connection->step != STEP_KEPT) {
        return false;
    }
    tls_errors_clear();
    do { /* with HTTP/2, settings may have come behind the answer */
        result = SSL_read(connection->ssl, bytes, sizeof(bytes));
    } while (result > 0 && connection->h2 != NULL);
    return result <= 0 && SSL_get_error(connection->ssl, result) == SSL_ERROR_WANT_READ;
}
