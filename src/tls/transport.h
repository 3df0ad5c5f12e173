/* SPDX-License-Identifier: Apache-2.0 */
/* The bytes of a connection, in clear text or over TLS: the same calls for clients and backends. */
#ifndef TLS_TRANSPORT_H
#define TLS_TRANSPORT_H

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/io.h"
#include "base/str.h"
#include "pki/trust.h"
#include "tls/server.h"

struct transport {
    int fd;
    SSL *ssl; /* NULL: in the clear */
    const struct tls_server
        *server; /* the server block that SNI selected, set in the handshake; NULL: TLS client */
    struct verdict
        verdict;         /* on the peer's certificate, from this handshake or the resumed session */
    struct proof *proof; /* of a good verdict */
    const struct trust *trust; /* the set that gave the verdict; NULL: the peer was not verified */
    uint64_t lists_serial;     /* trust_lists_serial() of the verdict, or an earlier one */
    bool drained; /* the last read wanted more from the network: OpenSSL holds at most part of
                     a record */
};

/* In clear text. The caller closes the descriptor. The process must ignore SIGPIPE: OpenSSL writes
 * with write(2). */
void transport_init(struct transport *transport, int fd);
/* Frees the SSL object, without a close_notify. */
void transport_deinit(struct transport *transport);

/*
 * Makes it the server's side of TLS. `initial` is the default server of the listening address.
 * `select` is called once, at the ClientHello, before OpenSSL looks at any session. It gets the SNI
 * name (lower case; n == 0: none; `valid` is false if it is not a host name), and returns the block
 * whose certificate and requirements apply from here on, or NULL to reject the handshake
 * (unrecognized_name alert).
 */
MUST_CHECK bool transport_accept_tls(struct transport *transport, const struct tls_server *initial,
                                     const struct tls_server *(*select)(void *arg, struct str sni,
                                                                        bool valid),
                                     void *arg, struct error *err);

/*
 * IO_DONE, WANT_*, IO_CLOSED (the peer closed regularly), IO_FAILED with err: nginx's sentence,
 * "SSL_do_handshake() failed (SSL: error:…)". After IO_DONE `verdict` and `server` are set.
 */
enum io transport_handshake(struct transport *transport, struct error *err);
/*
 * After a failed handshake with a client: whether the server failed ("internal_error", RFC 8446,
 * 6.2), and not the client.
 */
bool transport_failed_by_us(const struct transport *transport);

/*
 * Verifies the peer again if its verdict is good and other CRLs are in force, or the verdict's time
 * has passed. A bad verdict never becomes good.
 */
void transport_judge_again(struct transport *transport, time_t now);

/* Whether newer CRLs may change a good verdict. */
bool transport_is_under_lists(const struct transport *transport);

/* IO_DONE sets *n. A read may want to write, and a write to read (TLS 1.3 key update). */
enum io transport_read(struct transport *transport, char *data, size_t cap, size_t *n,
                       struct error *err);
enum io transport_write(struct transport *transport, struct str data, size_t *n, struct error *err);
/* While held, the kernel puts several writes into one segment. Let go before the loop sleeps. */
void transport_hold(const struct transport *transport, bool hold);
/* Writes `count` views: with one writev(2), or over TLS joined into records of at most 16 KB. */
enum io transport_writev(struct transport *transport, const struct str *parts, size_t count,
                         size_t *n, struct error *err);
/* Whether decrypted bytes wait inside the SSL object: the loop does not announce them. */
bool transport_pending(const struct transport *transport);
/* Sends close_notify, and does not wait for the peer's. */
void transport_shutdown(struct transport *transport);

/* The peer's certificate, borrowed; NULL: none. */
X509 *transport_peer_cert(const struct transport *transport);
/*
 * The verified chain, from the client's certificate to the trusted one, borrowed. NULL unless this
 * handshake verified it, and tls_server_ocsp_mode needs it, or the server block keeps chains and
 * this one has intermediates.
 */
const STACK_OF(X509) * transport_client_chain(const struct transport *transport);
/* The protocol that ALPN chose (RFC 7301); empty: none, or no TLS. */
struct str transport_alpn(const struct transport *transport);
/* SNI as the client sent it (lower case); empty: none. */
struct str transport_sni(const struct transport *transport);

#endif
