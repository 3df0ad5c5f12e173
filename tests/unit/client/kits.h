/* SPDX-License-Identifier: Apache-2.0 */
/* A kit made on the spot, with names as hostile as wanted. */
#ifndef TESTS_CLIENT_KITS_H
#define TESTS_CLIENT_KITS_H

#include <assert.h>

#include "../certs.h"
#include "base/arena.h"
#include "ca/subject.h"
#include "client/kit.h"

enum { TEST_SITES = 4 };

struct test_kit {
    struct kit kit;
    struct site sites[TEST_SITES];
    struct test_pair issuer, leaf;
    struct arena arena;
    struct buf text;
};

/* `subject` as subject_parse, of the leaf; `urls` ends with NULL. */
static inline void test_kit_init(struct test_kit *t, const char *program, const char *subject,
                                 const char *const *urls)
{
    struct error err;
    *t = (struct test_kit){.text = {0}};
    arena_init(&t->arena, 0);
    t->issuer = test_pair_new((struct test_spec){.cn = "Test CA", .ca = true});
    t->leaf = test_pair_new((struct test_spec){.cn = "x", .issuer = &t->issuer});
    X509_NAME *name = subject_parse(str_of(subject), &err);
    assert(name && X509_set_subject_name(t->leaf.cert, name));
    X509_NAME_free(name);
    t->kit = (struct kit){.program = kit_program_find(str_of(program)),
                          .name = STR("laptop"),
                          .cert = t->leaf.cert,
                          .issuer = t->issuer.cert,
                          .root = t->issuer.cert,
                          .sites = t->sites,
                          .cert_path = STR("/ca/live/laptop.pem"),
                          .root_path = STR("/ca/root.crt"),
                          .arena = &t->arena};
    assert(t->kit.program);
    for (; urls[t->kit.n_sites]; t->kit.n_sites++) {
        bool ok =
            site_parse(str_of(urls[t->kit.n_sites]), &t->arena, &t->sites[t->kit.n_sites], &err);
        assert(ok);
    }
}

/* The part's text, NUL-terminated; NULL if it is refused. Good until the next call. */
static inline const char *test_kit_text(struct test_kit *t, enum kit_part part, struct error *err)
{
    buf_clear(&t->text);
    bool ok = t->kit.program->write(&t->kit, part, &t->text, err);
    buf_byte(&t->text, '\0');
    return ok ? buf_view(&t->text).p : NULL;
}

static inline void test_kit_deinit(struct test_kit *t)
{
    test_pair_free(&t->leaf);
    test_pair_free(&t->issuer);
    buf_deinit(&t->text);
    arena_deinit(&t->arena);
}

#endif
