/* SPDX-License-Identifier: Apache-2.0 */
/* The TLS side of a server block: its SSL_CTX, its requirements for clients, and their
 * fingerprint. */
#ifndef TLS_SERVER_H
#define TLS_SERVER_H

#include <openssl/ssl.h>
#include <stdbool.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/error_list.h"
#include "base/log.h"
#include "pki/trust.h"
#include "pki/verdict.h"
#include "tls/crl_files.h"
#include "tls/sessions.h"
#include "tls/settings.h"

struct key_decoder;
struct tls_server; /* immutable; used by all threads */

/* Key files already warned of: blocks often share one. Set the arena, zero the rest. */
struct key_warnings {
    struct arena *arena;
    struct key_file {
        dev_t dev;
        ino_t ino;
    } * files;
    size_t n;
};

/* What the server blocks of a configuration share. */
struct tls_server_context {
    struct tls_sessions *sessions;
    struct crl_files *crls;
    const struct log *log;       /* for warnings: world-readable key files */
    struct key_warnings *warned; /* NULL: each block warns */
    struct errors
        *errors; /* gets all errors of a block, without its name; NULL: stop at the first */
    struct key_decoder *decoder; /* may be NULL */
};

/*
 * Reads the files, builds the context; `crls` only gets the paths of the CRLs, which come into
 * force with crl_files_load. `name` (the block's file:line) is for messages. Any file that is
 * missing, broken or does not match is an error: there is no fall-back. *err is the first.
 */
MUST_CHECK bool tls_server_new(const struct tls_server_settings *settings, const char *name,
                               const struct tls_server_context *context, struct tls_server **out,
                               struct error *err);
void tls_server_free(struct tls_server *server);

/* Reports on the CRLs (trust_report), if the block requests client certificates. */
void tls_server_report(const struct tls_server *server, time_t now,
                       void (*say)(void *arg, const char *text), void *arg);

/*
 * Gives the verdict of a handshake with a client that sends this chain, leaf first, by the CRLs in
 * force. May replace certificates in `sent` by equal ones (trust_verify_client). False: the leaf is
 * too large for a session, so the handshake would fail.
 */
MUST_CHECK bool tls_server_judge(const struct tls_server *server, STACK_OF(X509) * sent, time_t now,
                                 struct verdict *out);

enum verify_mode tls_server_verify_mode(const struct tls_server *server);

/* ssl_ocsp; off if no client certificate is requested. */
enum ocsp_mode tls_server_ocsp_mode(const struct tls_server *server);

/* The client CAs and their CRLs; never NULL, empty if no client certificate is requested. */
const struct trust *tls_server_trust(const struct tls_server *server);
/* The certificate of the i-th ssl_certificate, borrowed; NULL after the last. */
X509 *tls_server_certificate(const struct tls_server *server, size_t i);

/* ssl_stapling: the i-th of its staples; NULL after the last. Their contents change. */
struct staple;
struct staple *tls_server_staple(const struct tls_server *server, size_t i);

/*
 * SHA-256 over all that decides which clients this block accepts: verify mode, CA set, depth, CRL
 * files, security level, signature algorithms by ssl_conf_command, ssl_ocsp and its responder.
 * Blocks with equal fingerprints accept the same clients. It is part of the session id context, so
 * OpenSSL itself declines a session made under another fingerprint.
 */
enum { TLS_FINGERPRINT_LEN = 32 };
const unsigned char *tls_server_fingerprint(const struct tls_server *server);
bool tls_server_same_demand(const struct tls_server *a, const struct tls_server *b);

#endif
