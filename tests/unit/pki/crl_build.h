/* SPDX-License-Identifier: Apache-2.0 */
/* From bytes of lists to a set, for tests. */
#ifndef TESTS_PKI_CRL_BUILD_H
#define TESTS_PKI_CRL_BUILD_H

#include "../crls.h"
#include "pki/crl_builder.h"
#include "pki/crl_set.h"

enum { BUILD_FILES_MAX = 8 };

struct test_build {
    const struct test_pair *authorities[4];
    struct str files[BUILD_FILES_MAX]; /* ends with an empty one */
    size_t piece;
    uint64_t seed;
    const struct crl_set *old; /* in force before */
    int64_t now;               /* 0: all lists count as begun */
};

static inline void test_release(const void *image, size_t size)
{
    (void)size;
    free((void *)(uintptr_t)image);
}

/* The image (free it), or NULL with a reason. */
static inline void *test_image(const struct test_build *build, size_t *size, struct error *err)
{
    STACK_OF(X509) *authorities = sk_X509_new_null();
    size_t bytes = 0;
    for (size_t i = 0; i < COUNT_OF(build->authorities) && build->authorities[i]; i++) {
        sk_X509_push(authorities, build->authorities[i]->cert);
    }
    for (size_t i = 0; i < BUILD_FILES_MAX; i++) {
        bytes += build->files[i].n;
    }
    size_t room = crl_builder_room(bytes) + (build->old ? crl_set_bytes(build->old) : 0);
    void *region = calloc(1, room);
    struct crl_builder *builder = crl_builder_new(region, room, authorities, build->seed);
    if (build->now) {
        crl_builder_follow(builder, build->old, build->now);
    }
    bool ok = true;
    for (size_t i = 0; i < BUILD_FILES_MAX && build->files[i].n && ok; i++) {
        char name[16];
        struct test_bytes from;
        snprintf(name, sizeof(name), "%zu.crl", i + 1);
        ok = crl_builder_add(builder, name, test_source(&from, build->files[i], build->piece), err);
    }
    ok = ok && crl_builder_finish(builder, size, err);
    crl_builder_free(builder);
    sk_X509_free(authorities);
    if (!ok) {
        free(region);
        return NULL;
    }
    /* No byte more than it says that it has. */
    void *image = malloc(*size);
    memcpy(image, region, *size);
    free(region);
    return image;
}

static inline struct crl_set *test_set(const struct test_build *build, struct error *err)
{
    size_t size;
    struct crl_set *set = NULL;
    void *image = test_image(build, &size, err);
    return image && crl_set_open(image, size, test_release, &set, err) ? set : NULL;
}

/* The question about a serial of this CA, of no points. */
static inline struct crl_question test_question(const struct test_pair *ca, const char *serial,
                                                bool is_ca)
{
    char octets[300];
    struct crl_question question = {.issuers_n = 1, .is_ca = is_ca};
    bool ok = crl_issuer_id(ca->cert, question.issuers[0]);
    assert(ok);
    struct str content = test_hex(serial, octets);
    memcpy(question.serial, content.p, content.n);
    question.serial_n = content.n;
    return question;
}

static inline struct crl_finding test_check(const struct crl_set *set, const struct test_pair *ca,
                                            const char *serial, bool is_ca, time_t now)
{
    struct crl_question question = test_question(ca, serial, is_ca);
    return crl_set_check(set, &question, 0, now);
}

#endif
