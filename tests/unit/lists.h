/* SPDX-License-Identifier: Apache-2.0 */
/* Sets of revocation lists from text in memory. */
#ifndef TESTS_LISTS_H
#define TESTS_LISTS_H

#include <stdlib.h>
#include <string.h>

#include "pki/crl_builder.h"
#include "pki/crl_set.h"

static inline bool test_read(void *arg, unsigned char *out, size_t cap, size_t *n,
                             struct error *err)
{
    struct str *rest = arg;
    *n = rest->n < cap ? rest->n : cap;
    memcpy(out, rest->p ? rest->p : "", *n);
    *rest = str_skip(*rest, *n);
    return true;
}

static inline void test_lists_free(const void *image, size_t size)
{
    free((void *)(uintptr_t)image);
}

/* NULL and *err when it is refused. */
static inline struct crl_set *test_lists_or(struct str text, const STACK_OF(X509) * authorities,
                                            struct error *err)
{
    size_t room = crl_builder_room(text.n);
    size_t size = 0;
    void *region = calloc(1, room);
    struct crl_set *set = NULL;
    struct byte_source source = {test_read, &text};
    struct crl_builder *builder = crl_builder_new(region, room, authorities, 42);
    bool ok = crl_builder_add(builder, "crl.pem", &source, err) &&
              crl_builder_finish(builder, &size, err);
    crl_builder_free(builder);
    if (!ok) {
        free(region);
        return NULL;
    }
    return crl_set_open(region, size, test_lists_free, &set, err) ? set : NULL;
}

static inline struct crl_set *test_lists(struct str text, const STACK_OF(X509) * authorities)
{
    struct error err = {""};
    struct crl_set *set = test_lists_or(text, authorities, &err);
    if (!set) {
        fail_msg("%s", err.text);
    }
    return set;
}

#endif
