/* SPDX-License-Identifier: Apache-2.0 */
/* Sets of up to three CRLs of one CA, for tests of verdicts and of replacing. */
#ifndef TEST_PKI_CRL_SETS_H
#define TEST_PKI_CRL_SETS_H

#include "crl_build.h"

static struct test_pair ca;

static const struct test_line ONE[] = {{.serial = "05", .reason = 1}};

static struct test_list plain(void)
{
    return (struct test_list){
        .issuer = &ca, .lines = ONE, .lines_n = 1, .number = "07", .key_id = true};
}

/* A set of up to three lists, each a file. */
static struct crl_set *set_of(const struct test_list *const lists[], size_t n,
                              const struct test_pair *authority, struct error *err)
{
    struct buf files[3] = {{0}};
    struct test_build build = {.authorities = {authority}, .seed = 77};
    for (size_t i = 0; i < n; i++) {
        test_list_der(&files[i], lists[i]);
        build.files[i] = buf_view(&files[i]);
    }
    struct crl_set *set = test_set(&build, err);
    for (size_t i = 0; i < n; i++) {
        buf_deinit(&files[i]);
    }
    return set;
}

#define SET_OF(authority, ...)                                                                     \
    set_of((const struct test_list *const[]){__VA_ARGS__},                                         \
           COUNT_OF(((const struct test_list *const[]){__VA_ARGS__})), authority,                  \
           &(struct error){""})

#endif
