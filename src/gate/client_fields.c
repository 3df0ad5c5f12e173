/* SPDX-License-Identifier: Apache-2.0 */
#include "gate/client_fields.h"

#include "gate/connection.h"
#include "http/structured_field.h"
#include "http/xfcc.h"
#include "pki/cert.h"
#include "pki/cert_forms.h"
#include "pki/cert_names.h"
#include "site/client.h"

/* What is told: the certificate, and those between it and the trusted one. */
struct told {
    const X509 *cert;
    const STACK_OF(X509) * chain; /* NULL, or with `cert` first and the trusted one last */
};

static struct str der_of(const X509 *cert, struct arena *arena)
{
    int n = i2d_X509(cert, NULL);
    unsigned char *der = (unsigned char *)arena_bytes(arena, n > 0 ? (size_t)n : 0);
    unsigned char *end = der;
    n = i2d_X509(cert, &end); /* of the bytes that were received */
    return (struct str){(const char *)der, n > 0 ? (size_t)n : 0};
}

/* How many certificates stand between the client's and the trusted one. */
static int intermediates(const struct told *told)
{
    int n = told->chain ? sk_X509_num(told->chain) - 2 : 0;
    return n > 0 ? n : 0;
}

static void add_rfc9440(const struct told *told, struct arena *arena, struct headers *out)
{
    int n = intermediates(told);
    headers_add(out, arena, STR("Client-Cert"),
                byte_sequence_write(der_of(told->cert, arena), arena));
    if (n) {
        struct str *items = arena_alloc(arena, (size_t)n * sizeof(*items));
        for (int i = 0; i < n; i++) {
            items[i] = der_of(sk_X509_value(told->chain, i + 1), arena);
        }
        headers_add(out, arena, STR("Client-Cert-Chain"),
                    byte_sequences_write(items, (size_t)n, arena));
    }
}

/* The client's certificate, and the intermediates, as Envoy has it. */
static struct str chain_pem(const struct told *told, struct arena *arena)
{
    int n = intermediates(told);
    struct str *items = arena_alloc(arena, (size_t)(n + 1) * sizeof(*items));
    for (int i = 0; i <= n; i++) {
        items[i] = cert_pem(i ? sk_X509_value(told->chain, i) : told->cert, arena);
    }
    return n ? arena_join(arena, items, (size_t)n + 1, STR("")) : STR("");
}

/* The alternative names of a kind. */
static const struct str *names_of(const struct cert_names *names, struct str kind,
                                  struct arena *arena, size_t *n)
{
    struct str *items = arena_alloc(arena, (names->n + 1) * sizeof(*items));
    *n = 0;
    for (size_t i = 0; i < names->n; i++) {
        if (str_eq(names->items[i].kind, kind)) {
            items[(*n)++] = names->items[i].value;
        }
    }
    return items;
}

static void add_xfcc(const struct told *told, struct arena *arena, struct headers *out)
{
    struct xfcc fields = {
        .hash = cert_sha256(told->cert, arena),
        .cert = cert_pem(told->cert, arena),
        .chain = chain_pem(told, arena),
        .subject = cert_subject(told->cert, arena),
    };
    struct cert_names names;
    if (cert_alternative_names(told->cert, arena, &names)) {
        fields.uris = names_of(&names, STR("URI"), arena, &fields.uris_n);
        fields.names = names_of(&names, STR("DNS"), arena, &fields.names_n);
    }
    headers_add(out, arena, STR("X-Forwarded-Client-Cert"), xfcc_write(&fields, arena));
}

void client_fields_add(struct request *request, struct headers *out)
{
    unsigned form = request->walk.location->identity_headers;
    const struct transport *transport = &request->conn->transport;
    if (form == IDENTITY_HEADERS_OFF || !client_is_asked(&request->walk) ||
        client_verdict(&request->walk)->status != VERDICT_GOOD) {
        return;
    }
    const struct told told = {transport_peer_cert(transport), transport_client_chain(transport)};
    if (!told.cert) {
        return;
    }
    if (form == IDENTITY_HEADERS_RFC9440) {
        add_rfc9440(&told, &request->arena, out);
    } else {
        add_xfcc(&told, &request->arena, out);
    }
}
