/* SPDX-License-Identifier: Apache-2.0 */
/* Files with lists that change: when they are read, and when that is told. */
#include "tls/crl_files.h"

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "../certs.h"

enum { LOOKS_A_MINUTE = 600 };

static struct test_pair ca;
static char dir[] = "/tmp/yett-crl-files-XXXXXX";
static char path[64];
static char other[64];

static void write_text(const char *file, struct str text, const char *end)
{
    FILE *out = fopen(file, "w");
    assert_non_null(out);
    fprintf(out, "%.*s%s", STR_ARG(text), end);
    assert_int_equal(fclose(out), 0);
}

static void write_list(long serial, const char *end)
{
    X509_CRL *crl = test_crl(&ca, serial, serial ? -60 : 0, 0);
    struct str pem = test_pem_crls(&crl, 1);
    write_text(path, pem, end);
    free((char *)(uintptr_t)pem.p);
    X509_CRL_free(crl);
}

static struct crl_files *load(const char *what, struct crl_slot **slot)
{
    struct crl_files *files = crl_files_new();
    struct str word = str_of(what);
    struct tls_words paths = {&word, 1};
    struct error err = {""};
    STACK_OF(X509) *authorities = sk_X509_new_null();
    sk_X509_push(authorities, ca.cert);
    write_list(0, "");
    struct str name;
    *slot = crl_files_slot(files, &paths, &name);
    crl_files_add_authorities(files, *slot, authorities);
    sk_X509_free(authorities);
    if (!crl_files_load(files, NULL, &err)) {
        fail_msg("%s", err.text);
    }
    return files;
}

static bool revoked(struct crl_slot *slot)
{
    struct crl_question question = {.issuers_n = 1, .serial = {7}, .serial_n = 1};
    struct crl_set *set = crl_slot_ref(slot);
    assert_true(crl_issuer_id(ca.cert, question.issuers[0]));
    struct crl_finding found = crl_set_check(set, &question, 0, time(NULL));
    crl_set_unref(set);
    return found.code == X509_V_ERR_CERT_REVOKED;
}

struct told {
    size_t changed;
    size_t refused;
};

static struct told look(struct crl_files *files, size_t times)
{
    struct told told = {0};
    struct error err = {""};
    for (size_t i = 0; i < times; i++) {
        enum crl_change change = crl_files_look(files, 0, &err);
        told.changed += change == CRL_CHANGED;
        told.refused += change == CRL_REFUSED;
    }
    return told;
}

/* Each that does not load says why; the others load. */
static void several_refusals(void **unused)
{
    (void)unused;
    struct crl_files *files = crl_files_new();
    struct str names[] = {STR("/nonexistent.crl"), str_of(path), str_of(other)};
    struct error err;
    struct str name;
    write_list(0, "");
    write_text(other, STR("junk"), "");
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        struct tls_words paths = {&names[i], 1};
        (void)crl_files_slot(files, &paths, &name);
        STACK_OF(X509) *authorities = sk_X509_new_null();
        sk_X509_push(authorities, ca.cert);
        crl_files_add_authorities(files, crl_files_slot(files, &paths, &name), authorities);
        sk_X509_free(authorities);
    }
    assert_false(crl_files_load(files, NULL, &err));
    assert_non_null(strstr(err.text, "/nonexistent.crl"));
    assert_string_equal(crl_files_refusal(files, 0), err.text);
    assert_string_equal(crl_files_refusal(files, 1), "");
    assert_non_null(strstr(crl_files_refusal(files, 2), other));
    crl_files_free(files);
    unlink(other);
}

static void a_change(void **unused)
{
    (void)unused;
    struct crl_slot *slot;
    struct crl_files *files = load(path, &slot);
    assert_int_equal(look(files, 20).changed, 0);
    assert_false(revoked(slot));
    write_list(7, "");
    assert_int_equal(look(files, 1).changed, 0);
    assert_int_equal(look(files, 1).changed, 1);
    assert_true(revoked(slot));
    crl_files_free(files);
}

/* Somebody writes on and on. */
static void a_file_that_never_rests(void **unused)
{
    (void)unused;
    struct crl_slot *slot;
    struct crl_files *files = load(path, &slot);
    char end[64] = "";
    size_t looks = 0;
    while (!revoked(slot) && looks < 40) {
        snprintf(end, sizeof(end), "\n%*s", (int)++looks, "x");
        write_list(7, end);
        (void)look(files, 1);
    }
    assert_in_range(looks, 3, 12);
    /* Broken all the time, it is told once. */
    struct told told = {0};
    for (looks = 0; looks < 100; looks++) {
        snprintf(end, sizeof(end), "%*s", (int)looks + 1, "x");
        write_text(path, STR("-----BEGIN X509 CRL-----\n!"), end);
        told.refused += look(files, 1).refused;
    }
    assert_int_equal(told.refused, 1);
    crl_files_free(files);
}

/* What else happens in a directory is nobody's business. */
static void a_busy_directory(void **unused)
{
    (void)unused;
    struct crl_slot *slot;
    struct crl_files *files = load(dir, &slot);
    write_list(7, "");
    for (size_t i = 0; i < 4; i++) {
        unlink(other);
        write_text(other, STR("something"), "");
        (void)look(files, 1);
    }
    assert_true(revoked(slot));
    unlink(other);
    crl_files_free(files);
}

/* No descriptor is left just then. */
static void another_try(void **unused)
{
    (void)unused;
    struct crl_slot *slot;
    struct crl_files *files = load(path, &slot);
    struct rlimit before, few;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    write_list(7, "");
    few = (struct rlimit){3, before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
    struct told told = look(files, 10);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_int_equal(told.refused, 1);
    assert_false(revoked(slot));
    assert_int_equal(look(files, LOOKS_A_MINUTE + 10).changed, 1);
    assert_true(revoked(slot));
    /* A file that is wrong stays wrong, and is not told again. */
    write_text(path, STR("garbage"), "");
    assert_int_equal(look(files, 3 * LOOKS_A_MINUTE).refused, 1);
    assert_true(revoked(slot));
    crl_files_free(files);
}

int main(void)
{
    assert(mkdtemp(dir));
    snprintf(path, sizeof(path), "%s/live.crl", dir);
    snprintf(other, sizeof(other), "%s/other.txt", dir);
    ca = test_pair_new((struct test_spec){.cn = "CA", .ca = true});
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(several_refusals),
        cmocka_unit_test(a_change),
        cmocka_unit_test(a_file_that_never_rests),
        cmocka_unit_test(a_busy_directory),
        cmocka_unit_test(another_try),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    test_pair_free(&ca);
    unlink(path);
    rmdir(dir);
    return failed;
}
