/* SPDX-License-Identifier: Apache-2.0 */
/* The common parts of `yett cert`. */
#ifndef CLI_CERT_H
#define CLI_CERT_H

#include <openssl/x509.h>
#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "base/arena.h"
#include "base/compiler.h"
#include "base/error.h"
#include "base/str.h"
#include "cli/report.h"

/* The certificate was shown, but the configuration (--config) or CA (--ca) rejects it. */
enum { CERT_EXIT_REFUSED = 3 };

int cert_show_main(int argc, char *const *argv);

/* Debian's file of public CAs. */
#define CERT_SYSTEM_AUTHORITIES "/etc/ssl/certs/ca-certificates.crt"

/* --- cert_read.c --- */

/*
 * Reads the certificates of a file ("-": standard input), in its order: PEM (also as in
 * $ssl_client_escaped_cert), DER or PKCS#12 with the password in the first line of `password_file`
 * (may be NULL). Skips everything else in the file, and never shows it.
 */
MUST_CHECK bool cert_read(const char *path, const char *password_file, STACK_OF(X509) * out,
                          struct error *err);

/* --- cert_server.c --- */

/* The server to connect to. */
struct cert_target {
    struct str host; /* for SNI, and to verify the certificate */
    uint16_t port;
    const char *connect_to; /* HOST:PORT instead; may be NULL */
    unsigned timeout_s;
};

/* The result of a handshake with a server. */
struct cert_server {
    struct str address;
    const char *protocol; /* static; NULL: the handshake ended before it was known */
    const char *cipher;
    struct str failure; /* why the handshake failed after the certificates arrived; or empty */
    bool asks;          /* for a client certificate */
    struct str *authorities;
    size_t authorities_n; /* the CAs that the server names for client certificates */
    STACK_OF(X509) * certs;
};

/* "https://host[:port][/…]" or "host:port". False: it is neither. */
MUST_CHECK bool cert_target_parse(struct str text, struct cert_target *out);
/* Connects to the server. Results are in the arena, except `certs`, which the caller frees. */
MUST_CHECK bool cert_server_ask(const struct cert_target *target, struct arena *arena,
                                struct cert_server *out, struct error *err);

/* --- reports on certificates --- */

/* cert_fields.c: one certificate. */
void cert_report_fields(struct report *report, X509 *cert, time_t now, struct arena *arena);
/* cert_chain.c: how the certificates form a chain. */
void cert_report_chain(struct report *report, STACK_OF(X509) * certs, struct arena *arena);
/* `t` relative to `now`: "in 12 days", "3 hours ago". */
struct str cert_when(time_t t, time_t now, struct arena *arena);

/*
 * cert_trust.c: whether the chain leads to a CA in that file (NULL: the system's), as a client and
 * as a server certificate; with a host, only as a server certificate for that name.
 */
MUST_CHECK bool cert_report_trust(struct report *report, const char *authorities,
                                  STACK_OF(X509) * certs, const char *host, time_t now,
                                  bool *refused, struct arena *arena, struct error *err);

/*
 * cert_config.c: the verdict of each server block of a configuration on a client with this chain.
 */
struct cert_config {
    const char *path;
    const char *prefix;
    const char *server; /* only blocks with that name; NULL: all that verify clients */
};
MUST_CHECK bool cert_report_config(struct report *report, const struct cert_config *config,
                                   STACK_OF(X509) * certs, time_t now, bool *refused,
                                   struct arena *arena, struct error *err);

#endif
