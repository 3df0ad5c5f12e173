/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/wire.h"

#include <errno.h>
#include <openssl/err.h>
#include <poll.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/must.h"
#include "net/socket.h"

enum { READ_STEP = 16384 };

static uint64_t wire_deadline(const struct wire *wire)
{
    clock_update();
    return clock_now().mono_ms + wire->timeout_ms;
}

static bool wire_connect(struct wire *wire, const struct address *address, struct error *err)
{
    char text[ADDRESS_TEXT_MAX];
    struct str name = address_text(address, text);
    int errnum = 0;
    enum io io = socket_connect(address, NULL, &wire->fd, &errnum);
    if (io == IO_WANT_WRITE) {
        bool ready = socket_wait(wire->fd, POLLOUT, wire_deadline(wire));
        errnum = ready ? socket_connected(wire->fd) : ETIMEDOUT;
    }
    return errnum == 0 || error_errno(err, errnum, "connect() to %.*s", STR_ARG(name));
}

/* --- TLS --- */

/* A certificate that the library would not send is what the probe is for. */
static bool show_identity(SSL *ssl, const struct identity *identity)
{
    if (!identity) {
        return true;
    }
    return SSL_use_certificate(ssl, identity->cert) == 1 &&
           SSL_use_PrivateKey(ssl, identity->key) == 1 && SSL_set1_chain(ssl, identity->chain) == 1;
}

static SSL_CTX *wire_context(const struct wire_target *target)
{
    static const unsigned char H2[] = {2, 'h', '2'};
    SSL_CTX *ctx = must_have(SSL_CTX_new(TLS_client_method()));
    SSL_CTX_set_security_level(ctx, 0);
    SSL_CTX_set_verify(ctx, SSL_VERIFY_NONE, NULL);
    SSL_CTX_set_mode(ctx, SSL_MODE_NO_AUTO_CHAIN);
    SSL_CTX_set_options(ctx, SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_set_min_proto_version(ctx, target->version ? target->version : TLS1_2_VERSION);
    SSL_CTX_set_max_proto_version(ctx, target->version);
    if (target->h2) {
        SSL_CTX_set_alpn_protos(ctx, H2, sizeof(H2));
    }
    return ctx;
}

/* Whether it is worth another try: what OpenSSL waited for has come. */
static bool wire_again(struct wire *wire, int rc, uint64_t until_ms)
{
    switch (SSL_get_error(wire->ssl, rc)) {
    case SSL_ERROR_WANT_READ: return socket_wait(wire->fd, POLLIN, until_ms);
    case SSL_ERROR_WANT_WRITE: return socket_wait(wire->fd, POLLOUT, until_ms);
    default: return false;
    }
}

static bool wire_shake(struct wire *wire, const struct wire_target *target)
{
    uint64_t until_ms = wire_deadline(wire);
    int rc;
    wire->ctx = wire_context(target);
    wire->ssl = must_have(SSL_new(wire->ctx));
    SSL_set_fd(wire->ssl, wire->fd);
    if (target->sni.n) {
        char name[TLSEXT_MAXLEN_host_name + 1];
        struct str sni = str_head(target->sni, sizeof(name) - 1);
        *str_put(name, sni) = '\0';
        SSL_set_tlsext_host_name(wire->ssl, name);
    }
    if (target->session) {
        SSL_set_session(wire->ssl, target->session);
    }
    bool ok = show_identity(wire->ssl, target->identity);
    while (ok && (rc = SSL_connect(wire->ssl)) != 1) {
        ok = wire_again(wire, rc, until_ms);
    }
    ERR_clear_error();
    return ok;
}

enum wire_opened wire_open(struct wire *wire, const struct wire_target *target, struct error *err)
{
    *wire = (struct wire){.fd = -1, .timeout_ms = target->timeout_ms};
    if (!wire_connect(wire, target->address, err)) {
        wire_close(wire);
        return WIRE_NO_CONNECTION;
    }
    if (target->secure && !wire_shake(wire, target)) {
        wire_close(wire);
        return WIRE_NO_HANDSHAKE;
    }
    return WIRE_OPEN;
}

void wire_close(struct wire *wire)
{
    if (wire->ssl) {
        SSL_set_quiet_shutdown(wire->ssl, 1); /* so that its session stays good */
        (void)SSL_shutdown(wire->ssl);
        SSL_free(wire->ssl);
        SSL_CTX_free(wire->ctx);
    }
    if (wire->fd >= 0) {
        close(wire->fd);
    }
    ERR_clear_error();
    *wire = (struct wire){.fd = -1};
}

/* --- bytes --- */

static bool send_plain(struct wire *wire, struct str bytes)
{
    uint64_t until_ms = wire_deadline(wire);
    while (bytes.n) {
        ssize_t n = send(wire->fd, bytes.p, bytes.n, MSG_NOSIGNAL);
        if (n < 0 && errno != EAGAIN && errno != EINTR) {
            return false;
        }
        bytes = str_skip(bytes, n > 0 ? (size_t)n : 0);
        if (bytes.n && !socket_wait(wire->fd, POLLOUT, until_ms)) {
            return false;
        }
    }
    return true;
}

bool wire_send(struct wire *wire, struct str bytes)
{
    if (!wire->ssl) {
        return send_plain(wire, bytes);
    }
    uint64_t until_ms = wire_deadline(wire);
    bool ok = true;
    while (ok && bytes.n) {
        size_t n = 0;
        int rc = SSL_write_ex(wire->ssl, bytes.p, bytes.n, &n);
        ok = rc == 1 || wire_again(wire, rc, until_ms);
        bytes = str_skip(bytes, rc == 1 ? n : 0);
    }
    ERR_clear_error();
    return ok;
}

static enum wire_read read_plain(struct wire *wire, char *room, size_t *n)
{
    int errnum;
    enum io io;
    uint64_t until_ms = wire_deadline(wire);
    while ((io = socket_read(wire->fd, room, READ_STEP, n, &errnum)) == IO_WANT_READ) {
        if (!socket_wait(wire->fd, POLLIN, until_ms)) {
            return WIRE_TIMEOUT;
        }
    }
    return io == IO_DONE ? WIRE_SOME : WIRE_END;
}

static enum wire_read read_tls(struct wire *wire, char *room, size_t *n)
{
    uint64_t until_ms = wire_deadline(wire);
    int rc;
    while ((rc = SSL_read_ex(wire->ssl, room, READ_STEP, n)) != 1) {
        int why = SSL_get_error(wire->ssl, rc);
        ERR_clear_error();
        if (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE) {
            return WIRE_END;
        }
        if (!socket_wait(wire->fd, why == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT, until_ms)) {
            return WIRE_TIMEOUT;
        }
    }
    return WIRE_SOME;
}

enum wire_read wire_read(struct wire *wire, struct buf *in)
{
    size_t n = 0;
    char *room = buf_reserve(in, READ_STEP);
    enum wire_read got = wire->ssl ? read_tls(wire, room, &n) : read_plain(wire, room, &n);
    if (got == WIRE_SOME) {
        buf_grew(in, n);
    }
    return got;
}

/* --- sessions and protocol --- */

SSL_SESSION *wire_session(struct wire *wire)
{
    SSL_SESSION *session = wire->ssl ? SSL_get1_session(wire->ssl) : NULL;
    if (session && !SSL_SESSION_is_resumable(session)) {
        SSL_SESSION_free(session);
        return NULL;
    }
    return session;
}

bool wire_resumed(const struct wire *wire)
{
    return wire->ssl && SSL_session_reused(wire->ssl) == 1;
}

bool wire_is_h2(const struct wire *wire)
{
    const unsigned char *name = NULL;
    unsigned n = 0;
    if (wire->ssl) {
        SSL_get0_alpn_selected(wire->ssl, &name, &n);
    }
    return n == 2;
}
