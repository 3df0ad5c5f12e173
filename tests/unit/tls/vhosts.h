/* SPDX-License-Identifier: Apache-2.0 */
/* Two server blocks behind one address, chosen by name: a.test and b.test. */
#ifndef TESTS_VHOSTS_H
#define TESTS_VHOSTS_H

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include "tls_pair.h"

static const unsigned char SECRET[TLS_TICKET_SECRET_LEN] = {1, 2, 3};
static struct world world;

/* Two blocks by name; what `select` was told. */
struct vhosts {
    const struct tls_server *a;
    const struct tls_server *b;
    char sni[256];
    bool valid;
    int calls;
};

static inline const struct tls_server *choose(void *arg, struct str sni, bool valid)
{
    struct vhosts *vhosts = arg;
    snprintf(vhosts->sni, sizeof(vhosts->sni), "%.*s", STR_ARG(sni));
    vhosts->valid = valid;
    vhosts->calls++;
    if (str_eq(sni, STR("reject.test"))) {
        return NULL;
    }
    return str_eq(sni, STR("b.test")) ? vhosts->b : vhosts->a;
}

struct fixture {
    struct plain a, b;
    struct tls_sessions *sessions;
    struct crl_files *crls;
    struct tls_server *server_a, *server_b;
    struct vhosts vhosts;
};

static inline void fixture_make(struct fixture *f, enum verify_mode a, enum verify_mode b)
{
    *f = (struct fixture){0};
    plain_make(&f->a, &world, "a", a);
    plain_make(&f->b, &world, "b", b);
}

static inline void fixture_build(struct fixture *f)
{
    struct error err = {""};
    f->sessions = tls_sessions_new(1 << 20, SECRET);
    f->crls = crl_files_new();
    struct tls_server_context context = {f->sessions, f->crls, &quiet};
    if (!tls_server_new(&f->a.s, "a.conf:1", &context, &f->server_a, &err) ||
        !tls_server_new(&f->b.s, "b.conf:1", &context, &f->server_b, &err) ||
        !crl_files_load(f->crls, NULL, &err)) {
        fail_msg("%s", err.text);
    }
    f->vhosts = (struct vhosts){.a = f->server_a, .b = f->server_b};
}

static inline void fixture_free(struct fixture *f)
{
    tls_server_free(f->server_a);
    tls_server_free(f->server_b);
    tls_sessions_free(f->sessions);
    crl_files_free(f->crls);
    plain_free(&f->a);
    plain_free(&f->b);
}

static inline void talk(struct wire *wire, struct fixture *f, SSL_CTX *ctx, const char *sni,
                        SSL_SESSION *session, struct harvest *harvest)
{
    wire_open(wire, ctx, sni, session, harvest);
    assert_true(transport_accept_tls(&wire->server, f->server_a, choose, &f->vhosts, &wire->err));
    wire_run(wire);
}

#endif
