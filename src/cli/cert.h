/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of `yett cert` share. */
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

/* Shown, but rejected by the configuration or CA that was asked (--config, --ca). */
enum { CERT_EXIT_REFUSED = 3 };

int cert_show_main(int argc, char *const *argv);

/* Where Debian keeps what everybody trusts, in one file. */
#define CERT_SYSTEM_AUTHORITIES "/etc/ssl/certs/ca-certificates.crt"

/* --- cert_read.c --- */

/*
 * The certificates of a file ("-": standard input), in its order: PEM (also as
 * $ssl_client_escaped_cert has it), DER or PKCS#12, whose password is the first line of
 * `password_file` (may be NULL). Anything else in the file is skipped, and never shown.
 */
MUST_CHECK bool cert_read(const char *path, const char *password_file, STACK_OF(X509) * out,
                          struct error *err);

/* --- cert_server.c --- */

/* The server to connect to. */
struct cert_target {
    struct str host; /* as SNI, and as the certificate must have it */
    uint16_t port;
    const char *connect_to; /* HOST:PORT instead; may be NULL */
    unsigned timeout_s;
};

/* What a server showed in one handshake. */
struct cert_server {
    struct str address;
    const char *protocol; /* static; NULL: the handshake did not come so far */
    const char *cipher;
    struct str failure; /* why the handshake ended after the certificates had come; or empty */
    bool asks;          /* for a certificate of the client */
    struct str *authorities;
    size_t authorities_n; /* CAs whose client certificates it accepts, as it says */
    STACK_OF(X509) * certs;
};

/* "https://host[:port][/…]" or "host:port". False without *err: it is neither. */
MUST_CHECK bool cert_target_parse(struct str text, struct cert_target *out);
/* Everything but `certs`, which is the caller's, is in the arena. */
MUST_CHECK bool cert_server_ask(const struct cert_target *target, struct arena *arena,
                                struct cert_server *out, struct error *err);

/* --- what is said about them --- */

/* cert_fields.c: one certificate. */
void cert_report_fields(struct report *report, X509 *cert, time_t now, struct arena *arena);
/* cert_chain.c: how those that came hang together. */
void cert_report_chain(struct report *report, STACK_OF(X509) * certs, struct arena *arena);
/* "in 12 days", "3 hours ago": when `t` is or was. */
struct str cert_when(time_t t, time_t now, struct arena *arena);

/*
 * cert_trust.c: whether the chain leads to a CA in that file (NULL: the system's), for a client and
 * for a server; with a host, for a server of that name only.
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
    const char *server; /* only of the blocks with that name; NULL: of all that verify */
};
MUST_CHECK bool cert_report_config(struct report *report, const struct cert_config *config,
                                   STACK_OF(X509) * certs, time_t now, bool *refused,
                                   struct arena *arena, struct error *err);

#endif
