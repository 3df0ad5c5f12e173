/* SPDX-License-Identifier: Apache-2.0 */
/* The TLS client towards backends: context, client certificate, sessions to resume. */
#ifndef TLS_CLIENT_H
#define TLS_CLIENT_H

#include <openssl/ssl.h>
#include <stdbool.h>

#include "base/error.h"
#include "base/str.h"
#include "pki/trust.h"
#include "tls/crl_files.h"
#include "tls/settings.h"
#include "tls/transport.h"

struct tls_client; /* of a location's proxy_ssl_*; immutable but for its session cache, which
                      locks */

/* The CRLs come into force with crl_files_load. `verify` needs a trusted certificate. */
MUST_CHECK bool tls_client_new(const struct tls_client_settings *settings, struct crl_files *crls,
                               struct tls_client **out, struct error *err);
/* Reports on the CRLs (trust_report), if backends are verified. */
void tls_client_report(const struct tls_client *client, time_t now,
                       void (*say)(void *arg, const char *text), void *arg);
void tls_client_free(struct tls_client *client);
/* The CAs of backends and their CRLs; NULL: backends are not verified. */
const struct trust *tls_client_trust(const struct tls_client *client);

/* A client certificate with its key, loaded once; used by all threads. */
struct tls_keypair;
MUST_CHECK bool tls_keypair_load(const char *certificate, const char *key,
                                 const char *password_file, struct tls_keypair **out,
                                 struct error *err);
void tls_keypair_free(struct tls_keypair *pair);
X509 *tls_keypair_certificate(const struct tls_keypair *pair); /* borrowed */

struct tls_connect {
    const struct tls_keypair *keypair; /* NULL: none */
    const char *name;                  /* proxy_ssl_name, without port: the name to verify */
    bool send_sni;          /* proxy_ssl_server_name (never for an IP address: RFC 6066, 3) */
    bool http2;             /* ALPN offers "h2", and nothing else (RFC 9113, 3.2) */
    struct str session_key; /* the backend; sessions are kept by it, keypair and name; empty: none
                               are kept */
};

/*
 * Makes a connected transport the client's side of TLS. transport_handshake then verifies: with
 * `verify`, a rejected chain or name is IO_FAILED with nginx's sentence ("upstream SSL certificate
 * verify error: (10:certificate has expired)" or "upstream SSL certificate does not match
 * \"NAME\"").
 */
MUST_CHECK bool transport_connect_tls(struct transport *transport, struct tls_client *client,
                                      const struct tls_connect *connect, struct error *err);

#endif
