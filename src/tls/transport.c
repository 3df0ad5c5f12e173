/* SPDX-License-Identifier: Apache-2.0 */
/* Reading, writing and shaking hands, in the clear or over TLS. */
#include "tls/transport.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "net/socket.h"
#include "tls/block.h"
#include "tls/context.h"
#include "tls/dial.h"
#include "tls/sessions.h"

enum { RECORD_MAX = 16384, PARTS_MAX = 64 };

void transport_init(struct transport *transport, int fd)
{
    *transport = (struct transport){.fd = fd};
}

static void accept_state_free(struct accept_state *state)
{
    if (state) {
        free(state->sni);
        proof_unref(state->proof);
        sk_X509_pop_free(state->chain, X509_free);
        free(state);
    }
}

void transport_deinit(struct transport *transport)
{
    if (!transport->ssl) {
        return;
    }
    void *state = SSL_get_app_data(transport->ssl);
    bool server = SSL_is_server(transport->ssl);
    if (server) {
        /* RFC 5246, 7.2.1: a connection that just broke off does not cost the client its session.
         */
        SSL_set_shutdown(transport->ssl, SSL_SENT_SHUTDOWN);
    }
    SSL_free(transport->ssl);
    transport->ssl = NULL;
    proof_unref(transport->proof);
    transport->proof = NULL;
    if (server) {
        accept_state_free(state);
    } else {
        dial_state_free(state);
    }
}

bool transport_accept_tls(struct transport *transport, const struct tls_server *initial,
                          const struct tls_server *(*select)(void *arg, struct str sni, bool valid),
                          void *arg, struct error *err)
{
    assert(initial);
    assert(!transport->ssl && transport->fd >= 0 && select);
    ERR_clear_error();
    SSL *ssl = SSL_new(initial->ctx);
    struct accept_state *state = calloc(1, sizeof(*state));
    if (!ssl || !state || SSL_set_fd(ssl, transport->fd) != 1) {
        SSL_free(ssl);
        free(state);
        return ssl_error_set(err, "SSL_new()");
    }
    state->initial = initial;
    state->select = select;
    state->arg = arg;
    SSL_set_app_data(ssl, state);
    SSL_set_accept_state(ssl);
    transport->ssl = ssl;
    return true;
}

/* SSL_get_error needs an empty queue. To look costs a fifth of clearing one that is empty. */
static void clear_old_errors(void)
{
    if (ERR_peek_error()) {
        ERR_clear_error();
    }
}

/* Turns a call's result into ours. `errnum` is errno right after it. */
static enum io ssl_result(struct transport *transport, int result, int errnum, const char *what,
                          struct error *err)
{
    switch (SSL_get_error(transport->ssl, result)) {
    case SSL_ERROR_WANT_READ: return IO_WANT_READ;
    case SSL_ERROR_WANT_WRITE: return IO_WANT_WRITE;
    case SSL_ERROR_ZERO_RETURN: return IO_CLOSED;
    case SSL_ERROR_SYSCALL:
        if (errnum == 0 && ERR_peek_error() == 0) {
            return IO_CLOSED;
        }
        if (errnum != 0 && ERR_peek_error() == 0) {
            (void)!error_errno(err, errnum, "%s", what);
            return IO_FAILED;
        }
        break;
    default: break;
    }
    (void)!ssl_error_set(err, "%s", what);
    return IO_FAILED;
}

/*
 * The session that was resumed carries what its verdict rests on, which is judged by what is in
 * force now. Without that (optional_no_ca and an unknown CA) only its code is known.
 */
static void resumed_verdict(struct transport *transport, const struct accept_state *state)
{
    assert(!state->judged && !transport->proof);
    int code = (int)SSL_get_verify_result(transport->ssl);
    transport->proof = tls_session_proof(SSL_get_session(transport->ssl));
    if (transport->proof) {
        transport->verdict = trust_judge_again(state->server->trust, transport->proof, time(NULL));
        return;
    }
    code = code == X509_V_OK ? X509_V_ERR_UNSPECIFIED : code;
    transport->verdict = (struct verdict){VERDICT_BAD, code, 0, 0};
}

/* Empties a key that OpenSSL holds on to: it frees what the key was before it finds that the new
 * type is none. */
static void key_wipe(EVP_PKEY *key)
{
    (void)EVP_PKEY_set_type(key, EVP_PKEY_NONE);
    EVP_PKEY_free(key); /* SSL_get_tmp_key counts a reference */
}

/*
 * The keys of the key exchange have done their work: no key update needs them (RFC 8446, 7.2).
 * OpenSSL 3 keeps them until the connection ends: 4 KB, and a private key that would open a record
 * of the handshake. With TLS 1.2 it frees them itself.
 */
static void wipe_exchange_keys(SSL *ssl)
{
    EVP_PKEY *key;
    if (SSL_version(ssl) < TLS1_3_VERSION) {
        return;
    }
    if (SSL_get_tmp_key(ssl, &key)) {
        key_wipe(key);
    }
    if (SSL_get_peer_tmp_key(ssl, &key)) {
        key_wipe(key);
    }
    ERR_clear_error();
}

static enum io accept_done(struct transport *transport, struct error *err)
{
    const struct accept_state *state = SSL_get_app_data(transport->ssl);
    if (!state->server) {
        (void)!error_set(err, "SSL_do_handshake() failed: no server was selected");
        return IO_FAILED;
    }
    transport->server = state->server;
    transport->trust = state->server->trust;
    transport->lists_serial = state->lists_serial;
    if (!SSL_get0_peer_certificate(transport->ssl)) {
        transport->verdict = (struct verdict){VERDICT_NO_CERTIFICATE, X509_V_OK, 0, 0};
    } else if (state->judged) {
        transport->verdict = state->verdict;
        transport->proof = state->proof ? proof_ref(state->proof) : NULL;
    } else {
        resumed_verdict(transport, state);
    }
    assert(transport->verdict.status != VERDICT_GOOD || transport->proof);
    wipe_exchange_keys(transport->ssl);
    return IO_DONE;
}

bool transport_is_under_lists(const struct transport *transport)
{
    return transport->proof && trust_lists_serial(transport->trust) > 0;
}

void transport_judge_again(struct transport *transport, time_t now)
{
    if (transport->verdict.status != VERDICT_GOOD || !transport->proof) {
        return;
    }
    uint64_t serial = trust_lists_serial(transport->trust);
    if (serial != transport->lists_serial || now > transport->verdict.until) {
        transport->lists_serial = serial;
        transport->verdict = trust_judge_again(transport->trust, transport->proof, now);
    }
}

static enum io connect_done(struct transport *transport, struct error *err)
{
    const struct dial_state *state = SSL_get_app_data(transport->ssl);
    transport->trust = dial_trust(state);
    transport->proof = state->proof ? proof_ref(state->proof) : NULL;
    transport->lists_serial = state->lists_serial;
    return dial_judge(transport->ssl, state, &transport->verdict, err) ? IO_DONE : IO_FAILED;
}

enum io transport_handshake(struct transport *transport, struct error *err)
{
    SSL *ssl = transport->ssl;
    if (!ssl) {
        return IO_DONE;
    }
    ERR_clear_error();
    errno = 0;
    int result = SSL_do_handshake(ssl);
    int errnum = errno;
    if (result == 1) {
        return SSL_is_server(ssl) ? accept_done(transport, err) : connect_done(transport, err);
    }
    enum io io = ssl_result(transport, result, errnum, "SSL_do_handshake()", err);
    if (io == IO_CLOSED) {
        (void)!error_set(err, "peer closed connection in SSL handshake");
    } else if (io == IO_FAILED && SSL_is_server(ssl)) {
        const struct accept_state *state = SSL_get_app_data(ssl);
        if (state->too_large) {
            (void)!error_set(err, "client certificate is too large");
        }
    } else if (io == IO_FAILED) {
        /* A refused certificate has a sentence of its own, better than OpenSSL's. */
        const struct dial_state *state = SSL_get_app_data(ssl);
        (void)!dial_judge(ssl, state, &transport->verdict, err);
    }
    return io;
}

bool transport_failed_by_us(const struct transport *transport)
{
    if (!transport->ssl || !SSL_is_server(transport->ssl)) {
        return false;
    }
    const struct accept_state *state = SSL_get_app_data(transport->ssl);
    return state->alert == SSL_AD_INTERNAL_ERROR;
}

static enum io clear_read(int fd, char *data, size_t cap, size_t *n, struct error *err)
{
    int errnum;
    enum io io = socket_read(fd, data, cap, n, &errnum);
    if (io == IO_FAILED) {
        (void)!error_errno(err, errnum, "recv()");
    }
    return io;
}

static enum io clear_writev(int fd, struct iovec *parts, size_t count, size_t *n, struct error *err)
{
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = count};
    ssize_t result;
    do {
        result = sendmsg(fd, &message, MSG_NOSIGNAL);
    } while (result < 0 && errno == EINTR);
    if (result >= 0) {
        *n = (size_t)result;
        return IO_DONE;
    }
    if (errno == EAGAIN) {
        return IO_WANT_WRITE;
    }
    (void)!error_errno(err, errno, "writev()");
    return IO_FAILED;
}

enum io transport_read(struct transport *transport, char *data, size_t cap, size_t *n,
                       struct error *err)
{
    assert(cap > 0);
    if (!transport->ssl) {
        return clear_read(transport->fd, data, cap, n, err);
    }
    clear_old_errors();
    errno = 0;
    int result = SSL_read_ex(transport->ssl, data, cap, n);
    int errnum = errno;
    transport->drained = false;
    if (result == 1) {
        return IO_DONE;
    }
    enum io io = ssl_result(transport, result, errnum, "SSL_read()", err);
    /* Else what came was no data but key updates or tickets: others get their turn before more. */
    transport->drained = io == IO_WANT_READ && errnum == EAGAIN;
    return io;
}

enum io transport_write(struct transport *transport, struct str data, size_t *n, struct error *err)
{
    if (!transport->ssl) {
        struct iovec part = {(void *)(uintptr_t)data.p, data.n};
        return clear_writev(transport->fd, &part, 1, n, err);
    }
    *n = 0;
    if (!data.n) {
        return IO_DONE;
    }
    clear_old_errors();
    errno = 0;
    int result = SSL_write_ex(transport->ssl, data.p, data.n, n);
    int errnum = errno;
    return result == 1 ? IO_DONE : ssl_result(transport, result, errnum, "SSL_write()", err);
}

void transport_hold(const struct transport *transport, bool hold)
{
    (void)setsockopt(transport->fd, IPPROTO_TCP, TCP_CORK, &(int){hold}, sizeof(int));
}

/*
 * Small parts are joined, so that head and body of an answer share a record. A retry joins the same
 * bytes again, which is what OpenSSL asks for.
 */
static enum io tls_writev(struct transport *transport, const struct str *parts, size_t count,
                          size_t *n, struct error *err)
{
    while (count && !parts->n) {
        parts++;
        count--;
    }
    if (count <= 1 || parts->n >= RECORD_MAX) {
        return transport_write(transport, count ? *parts : STR(""), n, err);
    }
    char joined[RECORD_MAX];
    size_t have = 0;
    for (size_t i = 0; i < count && have < sizeof(joined); i++) {
        struct str part = str_head(parts[i], sizeof(joined) - have);
        if (part.n) {
            memcpy(joined + have, part.p, part.n);
        }
        have += part.n;
    }
    assert(have <= sizeof(joined));
    return transport_write(transport, (struct str){joined, have}, n, err);
}

enum io transport_writev(struct transport *transport, const struct str *parts, size_t count,
                         size_t *n, struct error *err)
{
    if (transport->ssl) {
        return tls_writev(transport, parts, count, n, err);
    }
    struct iovec vectors[PARTS_MAX];
    count = count < PARTS_MAX ? count : PARTS_MAX;
    for (size_t i = 0; i < count; i++) {
        vectors[i] = (struct iovec){(void *)(uintptr_t)parts[i].p, parts[i].n};
    }
    return clear_writev(transport->fd, vectors, count, n, err);
}

bool transport_pending(const struct transport *transport)
{
    return transport->ssl && (SSL_pending(transport->ssl) > 0 ||
                              (!transport->drained && SSL_has_pending(transport->ssl)));
}

void transport_shutdown(struct transport *transport)
{
    if (transport->ssl && !SSL_in_init(transport->ssl)) {
        ERR_clear_error();
        SSL_shutdown(transport->ssl);
        ERR_clear_error();
    }
}

X509 *transport_peer_cert(const struct transport *transport)
{
    return transport->ssl ? SSL_get0_peer_certificate(transport->ssl) : NULL;
}

const STACK_OF(X509) * transport_client_chain(const struct transport *transport)
{
    if (!transport->ssl || !SSL_is_server(transport->ssl)) {
        return NULL;
    }
    return ((const struct accept_state *)SSL_get_app_data(transport->ssl))->chain;
}

struct str transport_alpn(const struct transport *transport)
{
    const unsigned char *name = NULL;
    unsigned n = 0;
    if (transport->ssl) {
        SSL_get0_alpn_selected(transport->ssl, &name, &n);
    }
    return (struct str){(const char *)name, n};
}

struct str transport_sni(const struct transport *transport)
{
    if (!transport->ssl || !SSL_is_server(transport->ssl)) {
        return STR("");
    }
    const struct accept_state *state = SSL_get_app_data(transport->ssl);
    return state->sni ? (struct str){state->sni, state->sni_n} : STR("");
}
