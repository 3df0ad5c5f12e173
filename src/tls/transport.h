/* SPDX-License-Identifier: Apache-2.0 */
/* A connection's bytes, in the clear or over TLS: the same calls for clients and backends. */
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
        *server; /* the block SNI selected; set during the handshake; NULL for clients' side */
    struct verdict
        verdict; /* of the peer's certificate, from this handshake or from the resumed session */
    struct proof *proof;       /* what a good verdict rests on */
    const struct trust *trust; /* that gave it; NULL: the peer was not verified */
    uint64_t lists_serial;     /* trust_lists_serial() that it was given under, or an earlier one */
    bool drained; /* the last read wanted more from the network: what OpenSSL still holds is part of
                     a record */
};

/* In the clear. The descriptor stays the caller's to close. The process must ignore SIGPIPE:
 * OpenSSL writes with write(2). */
void transport_init(struct transport *transport, int fd);
/* Frees the SSL object, without a close_notify. */
void transport_deinit(struct transport *transport);

/*
 * Makes it the server's side of TLS. `initial` is the default server of the listening address.
 * `select` is called once, from the ClientHello, before OpenSSL looks at any session: it gets the
 * SNI name (lower case; n == 0 when absent; false in *valid when present but not a host name) and
 * returns the block whose certificate and requirements apply from here on, or NULL to reject the
 * handshake (unrecognized_name alert).
 */
MUST_CHECK bool transport_accept_tls(struct transport *transport, const struct tls_server *initial,
                                     const struct tls_server *(*select)(void *arg, struct str sni,
                                                                        bool valid),
                                     void *arg, struct error *err);

/*
 * IO_DONE, WANT_*, IO_CLOSED (the peer went away in order), IO_FAILED with err: nginx's sentence,
 * "SSL_do_handshake() failed (SSL: error:…)". After IO_DONE `verdict` and `server` are set.
 */
enum io transport_handshake(struct transport *transport, struct error *err);
/*
 * For a server whose handshake failed: whether the failure is ours, and not the client's
 * ("internal_error", RFC 8446, 6.2).
 */
bool transport_failed_by_us(const struct transport *transport);

/*
 * Verifies the peer again: a good verdict is renewed if other CRLs are in force or its time has
 * passed. A bad verdict never becomes good.
 */
void transport_judge_again(struct transport *transport, time_t now);

/* Whether newer CRLs may change a good verdict. */
bool transport_is_under_lists(const struct transport *transport);

/* *n is set with IO_DONE. A read may want to write and the other way (TLS 1.3 key update). */
enum io transport_read(struct transport *transport, char *data, size_t cap, size_t *n,
                       struct error *err);
enum io transport_write(struct transport *transport, struct str data, size_t *n, struct error *err);
/* `count` views in one writev(2) in the clear; over TLS, joined into records of at most 16 KB. */
enum io transport_writev(struct transport *transport, const struct str *parts, size_t count,
                         size_t *n, struct error *err);
/* Whether decrypted bytes wait inside the SSL object, so that the loop will not announce them. */
bool transport_pending(const struct transport *transport);
/* Sends close_notify, does not wait for the peer's. */
void transport_shutdown(struct transport *transport);

/* The peer's certificate, borrowed; NULL without. */
X509 *transport_peer_cert(const struct transport *transport);
/*
 * The verified chain, from the client's certificate to the trusted one, borrowed. NULL unless
 * tls_server_ocsp_mode needs it and this handshake verified it.
 */
const STACK_OF(X509) * transport_client_chain(const struct transport *transport);
/* SNI as the client sent it (lower case), empty without. */
/* The protocol that ALPN chose (RFC 7301); empty: none, or no TLS. */
struct str transport_alpn(const struct transport *transport);
struct str transport_sni(const struct transport *transport);

#endif
