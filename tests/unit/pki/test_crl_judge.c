/* SPDX-License-Identifier: Apache-2.0 */
/* Lists that begin later: what is in force until then, and what counts at once. */
#include "pki/crl_judge.h"

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include "crl_build.h"
#include "pki/crl_set_replace.h"

static struct test_pair ca, other;

static const struct test_line FIVE[] = {{.serial = "05"}}, SIX[] = {{.serial = "06"}};

static struct test_list list_of(const struct test_line *line, const char *number, long from,
                                long until)
{
    return (struct test_list){.issuer = &ca,
                              .lines = line,
                              .lines_n = 1,
                              .number = number,
                              .key_id = true,
                              .from = from,
                              .until = until};
}

/* Of up to three lists, at TEST_NOW + `now`, where `old` (consumed) was in force. */
static struct crl_set *follow(struct crl_set *old, long now, const struct test_list *const lists[],
                              size_t n)
{
    struct buf files[3] = {{0}};
    struct error err = {""};
    struct test_build build = {
        .authorities = {&ca, &other}, .seed = (uint64_t)now + 9, .old = old, .now = TEST_NOW + now};
    for (size_t i = 0; i < n; i++) {
        test_list_der(&files[i], lists[i]);
        build.files[i] = buf_view(&files[i]);
    }
    struct crl_set *set = test_set(&build, &err);
    if (!set) {
        fail_msg("%s", err.text);
    }
    assert_true(!old || crl_set_may_replace(set, old, &err));
    crl_set_unref(old);
    for (size_t i = 0; i < n; i++) {
        buf_deinit(&files[i]);
    }
    return set;
}

#define FOLLOW(old, now, ...)                                                                      \
    follow(old, now, (const struct test_list *const[]){__VA_ARGS__},                               \
           COUNT_OF(((const struct test_list *const[]){__VA_ARGS__})))

static int at(const struct crl_set *set, const char *serial, long now)
{
    return test_check(set, &ca, serial, false, TEST_NOW + now).code;
}

/* From the image in force, and from the same files: the one before stays until the new one begins,
 * and what the new one revokes is revoked at once. */
static void the_one_before(void **unused)
{
    const struct test_list before = list_of(FIVE, "07", -3600, 5000);
    const struct test_list after = list_of(SIX, "08", 1000, 9000);
    struct crl_set *sets[] = {FOLLOW(FOLLOW(NULL, 0, &before), 0, &after),
                              FOLLOW(NULL, 0, &after, &before), FOLLOW(NULL, 0, &before, &after)};
    for (size_t i = 0; i < COUNT_OF(sets); i++) {
        assert_int_equal(crl_set_size(sets[i]), 1);
        assert_true(crl_set_facts(sets[i], 0).follows);
        struct crl_finding found = test_check(sets[i], &ca, "07", false, TEST_NOW);
        assert_int_equal(found.code, X509_V_OK);
        assert_int_equal(found.until, TEST_NOW + 999);
        assert_int_equal(at(sets[i], "05", 0), X509_V_ERR_CERT_REVOKED);
        assert_int_equal(at(sets[i], "06", 0), X509_V_ERR_CERT_REVOKED);
        assert_int_equal(at(sets[i], "05", 999), X509_V_ERR_CERT_REVOKED);
        assert_int_equal(at(sets[i], "05", 1000), X509_V_OK); /* lifted by the new one */
        assert_int_equal(at(sets[i], "06", 1000), X509_V_ERR_CERT_REVOKED);
        assert_int_equal(at(sets[i], "07", 8999), X509_V_OK);
        assert_int_equal(at(sets[i], "07", 9000), X509_V_ERR_CRL_HAS_EXPIRED);
        crl_set_unref(sets[i]);
    }
}

/* Where there is none before it, or that one has expired, five minutes are forgiven. */
static void none_before(void **unused)
{
    const struct test_list before = list_of(FIVE, "07", -3600, 100);
    const struct test_list after = list_of(SIX, "08", 1000, 9000);
    struct crl_set *set = FOLLOW(NULL, 0, &after);
    assert_false(crl_set_facts(set, 0).follows);
    assert_int_equal(at(set, "07", 1000 - CRL_SKEW_S - 1), X509_V_ERR_CRL_NOT_YET_VALID);
    assert_int_equal(at(set, "06", 0), X509_V_ERR_CERT_REVOKED);
    assert_int_equal(at(set, "07", 1000 - CRL_SKEW_S), X509_V_OK);
    crl_set_unref(set);
    set = FOLLOW(FOLLOW(NULL, 0, &before), 0, &after);
    assert_int_equal(at(set, "07", 99), X509_V_OK);
    assert_int_equal(at(set, "07", 100), X509_V_ERR_CRL_HAS_EXPIRED);
    assert_int_equal(at(set, "07", 1000 - CRL_SKEW_S - 1), X509_V_ERR_CRL_HAS_EXPIRED);
    assert_int_equal(at(set, "07", 1000 - CRL_SKEW_S), X509_V_OK);
    crl_set_unref(set);
}

/* Another CA's list, or one that is gone, is not carried over. */
static void of_its_kind_only(void **unused)
{
    struct test_list before = list_of(FIVE, "07", -3600, 5000);
    struct test_list foreign = before;
    foreign.issuer = &other;
    const struct test_list after = list_of(SIX, "08", 1000, 9000);
    const struct test_list begun = list_of(SIX, "08", -60, 9000);
    struct crl_set *set = FOLLOW(FOLLOW(NULL, 0, &before, &foreign), 0, &after);
    assert_int_equal(at(set, "05", 0), X509_V_ERR_CERT_REVOKED);
    assert_int_equal(test_check(set, &other, "05", false, TEST_NOW).code,
                     X509_V_ERR_UNABLE_TO_GET_CRL);
    crl_set_unref(set);
    set = FOLLOW(FOLLOW(NULL, 0, &before), 0, &begun);
    assert_int_equal(crl_set_carried_n(set), 1);
    assert_int_equal(at(set, "05", 0), X509_V_OK);
    crl_set_unref(set);
    set = FOLLOW(FOLLOW(NULL, 0, &foreign), 0, &after);
    assert_int_equal(crl_set_carried_n(set), 1);
    assert_int_equal(at(set, "07", 0), X509_V_ERR_CRL_NOT_YET_VALID);
    crl_set_unref(set);
}

/* A CA whose clock is ahead issues one after the other: they begin in their turn, and no more than
 * three are kept. */
static void a_clock_ahead(void **unused)
{
    static const char *const NUMBERS[] = {"08", "09", "0a", "0b", "0c", "0d", "0e", "0f"};
    const struct test_list first = list_of(FIVE, "07", -3600, 5000);
    struct crl_set *set = FOLLOW(NULL, 0, &first);
    for (long i = 0; i < (long)COUNT_OF(NUMBERS); i++) {
        const struct test_list next = list_of(SIX, NUMBERS[i], i * 300 + 600, i * 300 + 5000);
        set = FOLLOW(set, i * 300, &next);
        assert_in_range(crl_set_carried_n(set), 2, 3);
        assert_int_equal(at(set, "07", i * 300), X509_V_OK);
        assert_int_equal(at(set, "06", i * 300), X509_V_ERR_CERT_REVOKED);
        /* The first one's own entry is lifted when the second begins. */
        assert_int_equal(at(set, "05", i * 300), i < 2 ? X509_V_ERR_CERT_REVOKED : X509_V_OK);
    }
    crl_set_unref(set);
}

/* A delta that begins later: the complete list, or the delta before, until then. */
static void deltas(void **unused)
{
    const struct test_list base = list_of(FIVE, "07", -3600, 9000);
    struct test_list now = list_of(SIX, "08", -1800, 5000), later = now;
    now.base = later.base = "07";
    later.number = "09";
    later.from = 1000;
    later.lines = (const struct test_line[]){{.serial = "09"}};
    struct crl_set *set = FOLLOW(FOLLOW(NULL, 0, &base, &now), 0, &base, &later);
    assert_int_equal(at(set, "05", 0), X509_V_ERR_CERT_REVOKED);
    assert_int_equal(at(set, "06", 0), X509_V_ERR_CERT_REVOKED);
    assert_int_equal(at(set, "09", 0), X509_V_ERR_CERT_REVOKED);
    assert_int_equal(at(set, "07", 0), X509_V_OK);
    assert_int_equal(at(set, "06", 1000), X509_V_OK);
    assert_int_equal(at(set, "05", 1000), X509_V_ERR_CERT_REVOKED);
    crl_set_unref(set);

    /* A complete list that begins later replaces both; until then the delta goes on. */
    const struct test_list whole = list_of(FIVE, "0a", 1000, 9000);
    set = FOLLOW(FOLLOW(NULL, 0, &base, &now), 0, &whole);
    assert_int_equal(at(set, "06", 999), X509_V_ERR_CERT_REVOKED);
    assert_int_equal(at(set, "07", 999), X509_V_OK);
    assert_int_equal(at(set, "06", 1000), X509_V_OK);
    crl_set_unref(set);
}

/* `was` read with the CA of `reader`, and `is` with our CA's, at TEST_NOW. */
static struct crl_set *read_anew(const struct test_pair *reader, const struct test_list *was,
                                 const struct test_list *is, struct crl_set **old)
{
    struct error err = {""};
    struct buf before = {0}, after = {0};
    test_list_der(&before, was);
    test_list_der(&after, is);
    struct test_build first = {
        .authorities = {reader}, .files = {buf_view(&before)}, .now = TEST_NOW};
    *old = test_set(&first, &err);
    assert_non_null(*old);
    struct test_build second = {
        .authorities = {&ca}, .files = {buf_view(&after)}, .old = *old, .now = TEST_NOW};
    struct crl_set *set = test_set(&second, &err);
    assert_non_null(set);
    buf_deinit(&before);
    buf_deinit(&after);
    return set;
}

/* One that begins later but is older by its number is refused, as one that has begun is. */
static void an_older_number(void **unused)
{
    struct test_list before = list_of(FIVE, "08", -3600, 5000);
    const struct test_list after = list_of(SIX, "08", 1000, 9000);
    for (int older = 0; older < 2; older++) {
        struct error err = {""};
        before.number = older ? "09" : "08";
        struct crl_set *old;
        struct crl_set *set = read_anew(&ca, &before, &after, &old);
        assert_int_equal(crl_set_may_replace(set, old, &err), !older);
        assert_true(!older || strstr(err.text, "(its number is 08, the number in force is 09)"));
        crl_set_unref(set);
        crl_set_unref(old);
    }
}

/* While the CA was not known, anybody could be the signer of its lists: with the CA, they do not
 * stay in force. */
static void a_signer_that_was_not_known(void **unused)
{
    struct test_list before = list_of(FIVE, "07", -3600, 5000);
    const struct test_list after = list_of(SIX, "08", 1000, 9000);
    for (int known = 0; known < 2; known++) {
        struct crl_set *old;
        before.bad_signature = !known;
        struct crl_set *set = read_anew(known ? &ca : &other, &before, &after, &old);
        assert_int_equal(at(set, "07", 0), known ? X509_V_OK : X509_V_ERR_CRL_NOT_YET_VALID);
        crl_set_unref(set);
        crl_set_unref(old);
    }
}

int main(void)
{
    ca = test_pair_new((struct test_spec){.cn = "CA", .ca = true});
    other = test_pair_new((struct test_spec){.cn = "Other", .ca = true});
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_one_before),
        cmocka_unit_test(none_before),
        cmocka_unit_test(of_its_kind_only),
        cmocka_unit_test(a_clock_ahead),
        cmocka_unit_test(deltas),
        cmocka_unit_test(an_older_number),
        cmocka_unit_test(a_signer_that_was_not_known),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    test_pair_free(&ca);
    test_pair_free(&other);
    return failed;
}
