/* SPDX-License-Identifier: Apache-2.0 */
#include "gate/handshake.h"

#include <assert.h>
#include <errno.h>
#include <sys/socket.h>

#include "gate/identify.h"
#include "gate/ocsp_check.h"
#include "site/listener.h"

/* First bytes of a TLS record that carries a handshake (RFC 8446, 5.1), and of an SSLv2 hello. */
enum { TLS_HANDSHAKE = 0x16, SSL2_HELLO_BIT = 0x80 };

static const struct tls_server *select_server(void *arg, struct str sni, bool valid)
{
    struct connection *conn = arg;
    if (!valid) {
        connection_log(conn, LEVEL_INFO, "client sent an invalid server name in SNI");
        return NULL;
    }
    const struct regex *failed = NULL;
    const struct server *server = sni.n ? listener_find(conn->listener, sni, NULL, &failed) : NULL;
    if (failed) {
        connection_log(conn, LEVEL_ERROR, "pcre2_match() failed: limit exceeded using \"%s\"",
                       regex_pattern(failed));
        return NULL;
    }
    conn->server = server ? server : conn->listener->fallback;
    return conn->server->tls;
}

/* A TLS port that gets plain HTTP answers in plain HTTP, with 497. */
static bool detect(struct connection *conn)
{
    unsigned char first;
    ssize_t n = recv(conn->watch.fd, &first, 1, MSG_PEEK);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
        return false;
    }
    if (n <= 0) {
        connection_close(conn);
        return false;
    }
    if (first != TLS_HANDSHAKE && !(first & SSL2_HELLO_BIT)) {
        conn->plain_on_tls = true;
        connection_open(conn);
        return false;
    }
    struct error err;
    if (!transport_accept_tls(&conn->transport, conn->listener->fallback->tls, select_server, conn,
                              &err)) {
        connection_log(conn, LEVEL_CRIT, "%s", err.text);
        connection_close(conn);
        return false;
    }
    assert(conn->phase == CONNECTION_DETECT && conn->transport.ssl);
    conn->phase = CONNECTION_HANDSHAKE;
    return true;
}

void handshake_over(struct connection *conn)
{
    assert(conn->transport.ssl &&
           conn->server->tls); /* and the block that the client met has one */
    identify(conn);
    connection_open(conn);
    deadline_set(&conn->read_by, conn->server->settings.client_header_timeout_ms);
}

void handshake_run(struct connection *conn)
{
    if (conn->phase == CONNECTION_DETECT && !detect(conn)) {
        return;
    }
    struct error err;
    conn->tls_wants_write = false;
    switch (transport_handshake(&conn->transport, &err)) {
    case IO_WANT_READ: return;
    case IO_WANT_WRITE: conn->tls_wants_write = true; return;
    case IO_DONE: break;
    case IO_CLOSED: connection_close(conn); return;
    case IO_FAILED:
        connection_log(conn, transport_failed_by_us(&conn->transport) ? LEVEL_CRIT : LEVEL_INFO,
                       "%s while SSL handshaking", err.text);
        connection_close(conn);
        return;
    }
    if (!ocsp_check_begin(conn)) {
        handshake_over(conn);
    }
}
