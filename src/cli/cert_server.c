/* SPDX-License-Identifier: Apache-2.0 */
/* One handshake with a server, for what it shows and asks. Nothing is trusted, nothing is sent. */
#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/must.h"
#include "base/vec.h"
#include "cli/cert.h"
#include "net/address.h"
#include "net/socket.h"
#include "pki/bundle.h"
#include "pki/dn.h"

enum { HTTPS_PORT = 443, HOST_MAX = 255 };

/* --- whom --- */

static bool is_host(struct str host)
{
    if (host.n == 0 || host.n > HOST_MAX) {
        return false;
    }
    for (size_t i = 0; i < host.n; i++) {
        unsigned char c = (unsigned char)host.p[i];
        if (!isalnum(c) && !strchr("-_.:", c)) {
            return false;
        }
    }
    return true;
}

/* "host", "host:1", "[::1]", "[::1]:1"; *port keeps what it was where there is none. */
static bool parse_host_port(struct str text, struct str *host, uint16_t *port)
{
    uint64_t number = *port;
    bool bracket = str_starts(text, STR("["));
    size_t end = bracket ? str_find(text, ']') : str_find(text, ':');
    *host = bracket ? str_skip(str_head(text, end), 1) : str_head(text, end);
    struct str rest = str_skip(text, end + bracket);
    if ((bracket && end == text.n) || !is_host(*host)) {
        return false;
    }
    if (rest.n > 0 && (rest.p[0] != ':' || !str_to_u64(str_skip(rest, 1), UINT16_MAX, &number))) {
        return false;
    }
    *port = (uint16_t)number;
    return number > 0;
}

bool cert_target_parse(struct str text, struct cert_target *out)
{
    static const struct str SCHEME = STR_INIT("https://");
    uint16_t port = 0;
    if (str_istarts(text, SCHEME)) {
        text = str_skip(text, SCHEME.n);
        text = str_head(text, strcspn(text.p, "/?#"));
        port = HTTPS_PORT;
    }
    if (!parse_host_port(text, &out->host, &port)) {
        return false;
    }
    assert(port > 0 && out->host.n > 0);
    out->port = port;
    return true;
}

/* --- the connection --- */

static int connect_one(const struct address *address, uint64_t until_ms, struct error *err)
{
    char text[ADDRESS_TEXT_MAX];
    struct str name = address_text(address, text);
    int fd = -1;
    int errnum = 0;
    enum io io = socket_connect(address, NULL, &fd, &errnum);
    if (io == IO_FAILED) {
        error_errno(err, errnum, "connect() to %.*s", STR_ARG(name));
        return -1;
    }
    bool ready = io == IO_DONE || socket_wait(fd, POLLOUT, until_ms);
    errnum = ready ? socket_connected(fd) : ETIMEDOUT;
    if (errnum != 0) {
        close(fd);
        error_errno(err, errnum, "connect() to %.*s", STR_ARG(name));
        return -1;
    }
    return fd;
}

static int connect_any(const struct cert_target *target, uint64_t until_ms, struct arena *arena,
                       struct str *address, struct error *err)
{
    struct str host = target->host;
    uint16_t port = target->port;
    struct address *addresses;
    size_t n = 0;
    int fd = -1;
    if (target->connect_to && (!parse_host_port(str_of(target->connect_to), &host, &port))) {
        error_set(err, "--connect-to: \"%s\" is not HOST:PORT", target->connect_to);
        return -1;
    }
    if (!address_lookup(host, port, arena, &addresses, &n, err)) {
        return -1;
    }
    for (size_t i = 0; fd < 0 && i < n; i++) {
        char text[ADDRESS_TEXT_MAX];
        fd = connect_one(&addresses[i], until_ms, err);
        *address = arena_dup(arena, address_text(&addresses[i], text));
    }
    return fd;
}

/* --- the handshake --- */

struct asking {
    struct cert_server *out;
    struct arena *arena;
};

/* The certificates as they came, good or not, before anything else can go wrong. */
static int on_certificates(X509_STORE_CTX *store, void *arg)
{
    struct asking *asking = arg;
    STACK_OF(X509) *sent = X509_STORE_CTX_get0_untrusted(store);
    for (int i = 0; i < sk_X509_num(sent); i++) {
        X509 *cert = sk_X509_value(sent, i);
        X509_up_ref(cert);
        sk_X509_push(asking->out->certs, cert);
    }
    X509_STORE_CTX_set_error(store, X509_V_OK);
    return 1;
}

/* Called when the server has asked for a certificate; there is none to give. */
static int on_request(SSL *ssl, void *arg)
{
    struct asking *asking = arg;
    struct cert_server *out = asking->out;
    const STACK_OF(X509_NAME) *names = SSL_get0_peer_CA_list(ssl);
    out->asks = true;
    out->authorities = NULL;
    out->authorities_n = 0;
    for (int i = 0; i < sk_X509_NAME_num(names); i++) {
        struct str *slot =
            vec_push(asking->arena, &out->authorities, &out->authorities_n, sizeof(*slot));
        *slot = dn_text(sk_X509_NAME_value(names, i), asking->arena);
    }
    return 1;
}

/* Old protocols and weak keys are to be seen as well. */
static SSL_CTX *context_new_lax(struct asking *asking)
{
    SSL_CTX *ctx = must_have(SSL_CTX_new(TLS_client_method()));
    SSL_CTX_set_security_level(ctx, 0);
    SSL_CTX_set_min_proto_version(ctx, TLS1_VERSION);
    SSL_CTX_set_verify(ctx, SSL_VERIFY_NONE, NULL);
    SSL_CTX_set_cert_verify_callback(ctx, on_certificates, asking);
    SSL_CTX_set_cert_cb(ctx, on_request, asking);
    return ctx;
}

/* "": it came to its end. */
static struct str handshake(SSL *ssl, int fd, uint64_t until_ms, struct arena *arena)
{
    char reasons[SSL_ERRORS_MAX];
    for (;;) {
        ERR_clear_error();
        int rc = SSL_connect(ssl);
        if (rc == 1) {
            return STR("");
        }
        switch (SSL_get_error(ssl, rc)) {
        case SSL_ERROR_WANT_READ:
            if (!socket_wait(fd, POLLIN, until_ms)) {
                return STR("the server did not answer in time");
            }
            break;
        case SSL_ERROR_WANT_WRITE:
            if (!socket_wait(fd, POLLOUT, until_ms)) {
                return STR("the server did not accept data in time");
            }
            break;
        default:
            return ERR_peek_error()
                       ? arena_printf(arena, "SSL_connect() failed%s", ssl_errors(reasons))
                       : STR("the server closed the connection");
        }
    }
}

static void shake(const struct cert_target *target, int fd, uint64_t until_ms,
                  struct asking *asking)
{
    struct cert_server *out = asking->out;
    struct address ip;
    void (*before)(int) = signal(SIGPIPE, SIG_IGN);
    SSL_CTX *ctx = context_new_lax(asking);
    SSL *ssl = must_have(SSL_new(ctx));
    SSL_set_fd(ssl, fd);
    if (!address_parse(target->host, 1, &ip)) { /* RFC 6066, 3: no addresses */
        SSL_set_tlsext_host_name(ssl, arena_cstr(asking->arena, target->host));
    }
    out->failure = handshake(ssl, fd, until_ms, asking->arena);
    if (out->failure.n == 0) {
        out->protocol = SSL_get_version(ssl);
        out->cipher = SSL_get_cipher_name(ssl);
        (void)SSL_shutdown(ssl);
    }
    ERR_clear_error();
    SSL_free(ssl);
    SSL_CTX_free(ctx);
    signal(SIGPIPE, before);
}

bool cert_server_ask(const struct cert_target *target, struct arena *arena, struct cert_server *out,
                     struct error *err)
{
    struct asking asking = {out, arena};
    assert(target->timeout_s > 0 && sk_X509_num(out->certs) == 0);
    clock_update();
    uint64_t until_ms = clock_now().mono_ms + 1000U * (uint64_t)target->timeout_s;
    int fd = connect_any(target, until_ms, arena, &out->address, err);
    if (fd < 0) {
        return false;
    }
    shake(target, fd, until_ms, &asking);
    close(fd);
    if (sk_X509_num(out->certs) == 0) {
        return error_set(err, "no certificate from %.*s: %.*s", STR_ARG(out->address),
                         STR_ARG(out->failure.n ? out->failure : STR("the server sent none")));
    }
    return true;
}
