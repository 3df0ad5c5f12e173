/* SPDX-License-Identifier: Apache-2.0 */
#include "gate/denial.h"

#include <stdio.h>

#include "gate/connection.h"
#include "pki/cert.h"
#include "pki/cert_forms.h"
#include "tls/transport.h"

enum {
    SENTENCE_MAX = 512,
    /* All of it fits into what request_vlog writes, so that no quote is cut open. */
    SUBJECT_MAX = 300,
    ISSUER_MAX = 150,
    ISSUERS_MAX = 3,
    SERIAL_DIGITS_MAX = 40, /* RFC 5280, 4.1.2.2 allows 20 octets */
};

/* A name between quotation marks, cut where it is too long for a line. */
static struct str quoted(struct str name, size_t max, struct arena *arena)
{
    char *start = arena_bytes(arena, max + 2 + sizeof("…"));
    char *p = start;
    size_t i = 0;
    *p++ = '"';
    while (i < name.n && (size_t)(p - start) + 1 < max) {
        if (name.p[i] == '"' || name.p[i] == '\\') {
            *p++ = '\\';
        }
        *p++ = name.p[i++];
    }
    p = str_put(p, i < name.n ? STR("…\"") : STR("\""));
    return str_range(start, p);
}

/* The issuers that the client sent. A resumed session has none. */
static struct str issuers_text(const SSL *ssl, struct arena *arena)
{
    const STACK_OF(X509) *sent = ssl ? SSL_get_peer_cert_chain(ssl) : NULL;
    struct str names[ISSUERS_MAX];
    size_t n = 0;
    for (int i = 1; sent && i < sk_X509_num(sent) && n < ISSUERS_MAX; i++) {
        names[n++] = quoted(cert_subject(sk_X509_value(sent, i), arena), ISSUER_MAX, arena);
    }
    return n ? arena_concat(arena, STR("; issuers: "), arena_join(arena, names, n, STR(", ")))
             : STR("");
}

/* "; certificate: …", or nothing if the client sent none. */
static struct str certificate_text(struct request *request, struct arena *arena)
{
    const struct transport *transport = &request->conn->transport;
    const X509 *cert = transport_peer_cert(transport);
    if (!cert) {
        return STR("");
    }
    struct str subject = quoted(cert_subject(cert, arena), SUBJECT_MAX, arena);
    struct str issuer = quoted(cert_issuer(cert, arena), ISSUER_MAX, arena);
    struct str serial = cert_serial(cert, arena);
    struct str digest = cert_sha256(cert, arena);
    struct str from = cert_not_before(cert, arena), until = cert_not_after(cert, arena);
    struct str issuers = issuers_text(transport->ssl, arena);
    return arena_printf(arena,
                        "; certificate: SHA-256 %.*s, subject %.*s, issuer %.*s, serial %.*s%s, "
                        "from %.*s, until %.*s%.*s",
                        STR_ARG(digest), STR_ARG(subject), STR_ARG(issuer),
                        STR_ARG(str_head(serial, SERIAL_DIGITS_MAX)),
                        serial.n > SERIAL_DIGITS_MAX ? "…" : "", STR_ARG(from), STR_ARG(until),
                        STR_ARG(issuers));
}

void denial_log(struct request *request, const char *reason, const char *fmt, va_list args)
{
    char sentence[SENTENCE_MAX];
    struct arena arena;
    if (!log_enabled(request->walk.location->log, LEVEL_ERROR)) {
        return;
    }
    vsnprintf(sentence, sizeof(sentence), fmt, args);
    arena_init(&arena, 0); /* the texts are needed for this line alone */
    struct str id = request_id(request), certificate = certificate_text(request, &arena);
    request_log(request, LEVEL_ERROR, "client denied, id: %.*s, reason: %s: %s%.*s", STR_ARG(id),
                reason, sentence, STR_ARG(certificate));
    arena_deinit(&arena);
}
