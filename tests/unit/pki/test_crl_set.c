/* SPDX-License-Identifier: Apache-2.0 */
/* Verdicts of a set of lists: who is revoked, who is not, and until when. */
#include "pki/crl_set.h"

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include <pthread.h>

#include "crl_sets.h"

static struct test_pair twin, other;

static int code_of(const struct crl_set *set, const char *serial, time_t now)
{
    return test_check(set, &ca, serial, false, now).code;
}

static void serials(void **unused)
{
    const struct test_line lines[] = {{.serial = "05", .reason = 1, .date = "260131235959Z"},
                                      {.serial = "0080"},
                                      {.serial = "00"},
                                      {.serial = "85"}}; /* negative */
    struct test_list list = plain();
    list.lines = lines;
    list.lines_n = COUNT_OF(lines);
    struct crl_set *set = SET_OF(&ca, &list);
    struct crl_finding revoked = test_check(set, &ca, "05", false, TEST_NOW);
    assert_int_equal(revoked.code, X509_V_ERR_CERT_REVOKED);
    assert_int_equal(revoked.reason, 1);
    assert_int_equal(revoked.revoked, 1769817600); /* 2026-01-31 */
    assert_int_equal(revoked.until, 0);
    const char *const others[] = {"0080", "00", "85"};
    for (size_t i = 0; i < COUNT_OF(others); i++) {
        assert_int_equal(code_of(set, others[i], TEST_NOW), X509_V_ERR_CERT_REVOKED);
    }
    /* Those whose octets are the same but for zeros in front are other numbers (X.690, 8.3). */
    const char *const good[] = {"06",   "0500", "8000", "01", "fb", "050505050505050505050505",
                                "0005", "80",   "0085", ""};
    for (size_t i = 0; i < COUNT_OF(good); i++) {
        assert_int_equal(code_of(set, good[i], TEST_NOW), X509_V_OK);
    }
    assert_int_equal(test_check(set, &other, "05", false, TEST_NOW).code,
                     X509_V_ERR_UNABLE_TO_GET_CRL);
    assert_int_equal(test_check(set, &twin, "05", false, TEST_NOW).code,
                     X509_V_ERR_UNABLE_TO_GET_CRL);
    crl_set_unref(set);
}

/* 20,000 of them, of 1 to 20 octets, as OpenSSL finds them in the same list. */
static void as_openssl_finds_them(void **unused)
{
    enum { MANY = 20000 };
    struct test_line *lines = calloc(MANY, sizeof(*lines));
    char(*text)[44] = calloc(MANY, sizeof(*text));
    unsigned state = 1;
    for (size_t i = 0; i < MANY; i++) {
        size_t n = i % 20 + 1;
        for (size_t j = 0; j < n; j++) {
            state = state * 1103515245 + 12345;
            unsigned octet = j ? state >> 16 & 0xff : 1 + (state >> 16) % 0x7f;
            snprintf(text[i] + 2 * j, 3, "%02x", octet);
        }
        lines[i] = (struct test_line){.serial = text[i], .reason = i % 4 ? 0 : 3};
    }
    struct test_list list = plain();
    list.lines = lines;
    list.lines_n = MANY / 2; /* the other half is not there, unless it is by chance */
    struct buf der = {0};
    test_list_der(&der, &list);
    const unsigned char *p = (const unsigned char *)buf_view(&der).p;
    X509_CRL *crl = d2i_X509_CRL(NULL, &p, (long)buf_size(&der));
    struct crl_set *set = SET_OF(&ca, &list);
    assert_non_null(set);
    size_t found = 0;
    for (size_t i = 0; i < MANY; i++) {
        char octets[20];
        struct str serial = test_hex(text[i], octets);
        BIGNUM *number = BN_bin2bn((const unsigned char *)serial.p, (int)serial.n, NULL);
        ASN1_INTEGER *integer = BN_to_ASN1_INTEGER(number, NULL);
        X509_REVOKED *revoked;
        bool theirs = X509_CRL_get0_by_serial(crl, &revoked, integer) == 1;
        bool ours = code_of(set, text[i], TEST_NOW) == X509_V_ERR_CERT_REVOKED;
        assert_true(theirs == ours);
        assert_true(ours || i >= MANY / 2);
        found += ours;
        ASN1_INTEGER_free(integer);
        BN_free(number);
    }
    assert_true(found >= MANY / 2 && found < MANY / 2 + 1000);
    X509_CRL_free(crl);
    crl_set_unref(set);
    buf_deinit(&der);
    free(text);
    free(lines);
}

enum { BEGINS = 1000, COUNTS = BEGINS - CRL_SKEW_S, ENDS = 1200 };

static void dates(void **unused)
{
    struct test_list list = plain();
    list.from = BEGINS;
    list.until = ENDS;
    struct crl_set *set = SET_OF(&ca, &list);
    struct crl_finding found = test_check(set, &ca, "06", false, TEST_NOW);
    assert_int_equal(found.code, X509_V_ERR_CRL_NOT_YET_VALID);
    assert_int_equal(found.until, TEST_NOW + COUNTS - 1);
    assert_int_equal(code_of(set, "06", TEST_NOW + COUNTS - 1), X509_V_ERR_CRL_NOT_YET_VALID);
    assert_int_equal(code_of(set, "05", TEST_NOW), X509_V_ERR_CERT_REVOKED);
    assert_int_equal(code_of(set, "06", TEST_NOW + COUNTS), X509_V_OK);
    found = test_check(set, &ca, "06", false, TEST_NOW + BEGINS);
    assert_int_equal(found.code, X509_V_OK);
    assert_int_equal(found.until, TEST_NOW + ENDS - 1);
    assert_int_equal(code_of(set, "06", TEST_NOW + ENDS - 1), X509_V_OK);
    found = test_check(set, &ca, "06", false, TEST_NOW + ENDS);
    assert_int_equal(found.code, X509_V_ERR_CRL_HAS_EXPIRED);
    assert_int_equal(found.until, 0);
    assert_int_equal(code_of(set, "05", TEST_NOW + ENDS), X509_V_ERR_CERT_REVOKED);

    struct crl_question six = test_question(&ca, "06", false);
    found = crl_set_check(set, &six, 50, TEST_NOW + ENDS + 49);
    assert_int_equal(found.code, X509_V_OK);
    assert_int_equal(found.until, TEST_NOW + ENDS + 49);
    found = crl_set_check(set, &six, 50, TEST_NOW + ENDS + 50);
    assert_int_equal(found.code, X509_V_ERR_CRL_HAS_EXPIRED);
    crl_set_unref(set);

    list.no_until = true;
    set = SET_OF(&ca, &list);
    found = test_check(set, &ca, "06", false, (time_t)TEST_NOW + 1000000000);
    assert_int_equal(found.code, X509_V_OK);
    assert_int_equal(found.until, 0);
    crl_set_unref(set);
}

/* The very seconds at which OpenSSL changes its mind, but for clocks that differ. */
static void dates_are_openssls(void **unused)
{
    struct test_list list = plain();
    list.from = BEGINS;
    list.until = ENDS;
    struct buf der = {0};
    test_list_der(&der, &list);
    const unsigned char *p = (const unsigned char *)buf_view(&der).p;
    X509_CRL *crl = d2i_X509_CRL(NULL, &p, (long)buf_size(&der));
    struct crl_set *set = SET_OF(&ca, &list);
    for (time_t now = TEST_NOW + COUNTS - 2; now <= TEST_NOW + ENDS + 2; now++) {
        time_t ahead = now + CRL_SKEW_S;
        bool begun = X509_cmp_time(X509_CRL_get0_lastUpdate(crl), &ahead) < 0;
        bool lasts = X509_cmp_time(X509_CRL_get0_nextUpdate(crl), &now) > 0;
        assert_true((code_of(set, "06", now) == X509_V_OK) == (begun && lasts));
    }
    X509_CRL_free(crl);
    crl_set_unref(set);
    buf_deinit(&der);
}

static void scopes(void **unused)
{
    struct buf users_ext = {0}, ca_ext = {0};
    test_ext(&users_ext, 28, true, STR("\x30\x03\x81\x01\xff"));
    test_ext(&ca_ext, 28, true, STR("\x30\x03\x82\x01\xff"));
    const struct test_line six[] = {{.serial = "06"}};
    struct test_list users = plain();
    struct test_list authorities = plain();
    users.extensions = buf_view(&users_ext);
    authorities.extensions = buf_view(&ca_ext);
    authorities.lines = six;
    authorities.until = 50;

    struct crl_set *set = SET_OF(&ca, &users);
    assert_int_equal(test_check(set, &ca, "05", false, TEST_NOW).code, X509_V_ERR_CERT_REVOKED);
    assert_int_equal(test_check(set, &ca, "05", true, TEST_NOW).code, X509_V_ERR_UNABLE_TO_GET_CRL);
    crl_set_unref(set);

    set = SET_OF(&ca, &users, &authorities);
    assert_int_equal(crl_set_size(set), 2);
    assert_int_equal(test_check(set, &ca, "05", true, TEST_NOW).code, X509_V_OK);
    assert_int_equal(test_check(set, &ca, "06", true, TEST_NOW).code, X509_V_ERR_CERT_REVOKED);
    assert_int_equal(test_check(set, &ca, "06", false, TEST_NOW).code, X509_V_OK);
    assert_int_equal(test_check(set, &ca, "07", false, TEST_NOW + 50).code, X509_V_OK);
    assert_int_equal(test_check(set, &ca, "07", true, TEST_NOW + 50).code,
                     X509_V_ERR_CRL_HAS_EXPIRED);
    crl_set_unref(set);

    /* With one of everything beside it, both count. */
    struct test_list all = plain();
    all.lines_n = 0;
    all.until = 20;
    set = SET_OF(&ca, &users, &authorities, &all);
    assert_int_equal(test_check(set, &ca, "06", true, TEST_NOW).code, X509_V_ERR_CERT_REVOKED);
    struct crl_finding found = test_check(set, &ca, "07", true, TEST_NOW);
    assert_int_equal(found.code, X509_V_OK);
    assert_int_equal(found.until, TEST_NOW + 19);
    assert_int_equal(test_check(set, &ca, "07", true, TEST_NOW + 20).code,
                     X509_V_ERR_CRL_HAS_EXPIRED);
    assert_int_equal(test_check(set, &ca, "06", true, TEST_NOW + 60).code, X509_V_ERR_CERT_REVOKED);
    crl_set_unref(set);
    buf_deinit(&users_ext);
    buf_deinit(&ca_ext);
}

static void deltas(void **unused)
{
    const struct test_line old[] = {{.serial = "05", .reason = 6}, {.serial = "06", .reason = 6}};
    const struct test_line changes[] = {{.serial = "05", .reason = 8},
                                        {.serial = "07", .reason = 1}};
    struct test_list base = plain();
    base.lines = old;
    base.lines_n = 2;
    base.until = 100;
    struct test_list delta = plain();
    delta.lines = changes;
    delta.lines_n = 2;
    delta.number = "09";
    delta.base = "07";
    delta.from = -10;
    delta.until = 200;
    struct crl_set *set = SET_OF(&ca, &delta, &base);
    assert_int_equal(crl_set_size(set), 1);
    assert_int_equal(code_of(set, "05", TEST_NOW), X509_V_OK);
    assert_int_equal(code_of(set, "06", TEST_NOW), X509_V_ERR_CERT_REVOKED);
    assert_int_equal(code_of(set, "07", TEST_NOW), X509_V_ERR_CERT_REVOKED);
    assert_int_equal(code_of(set, "08", TEST_NOW + 199), X509_V_OK);
    assert_int_equal(code_of(set, "08", TEST_NOW + 200), X509_V_ERR_CRL_HAS_EXPIRED);
    /* Before the delta begins, the complete list counts. */
    assert_int_equal(code_of(set, "08", TEST_NOW - 11), X509_V_OK);
    assert_int_equal(code_of(set, "06", TEST_NOW - 11), X509_V_ERR_CERT_REVOKED);
    struct crl_facts facts = crl_set_facts(set, 0);
    assert_int_equal(facts.this_update, TEST_NOW - 10);
    assert_int_equal(facts.next_update, TEST_NOW + 200);
    assert_true(str_eq(facts.number, STR("\x09")));
    assert_true(str_eq(facts.file, STR("2.crl")));
    assert_int_equal(facts.entries_n, 2);
    crl_set_unref(set);

    set = SET_OF(&ca, &base); /* the twin: the base alone */
    assert_int_equal(code_of(set, "05", TEST_NOW), X509_V_ERR_CERT_REVOKED);
    assert_int_equal(code_of(set, "07", TEST_NOW), X509_V_OK);
    assert_int_equal(code_of(set, "08", TEST_NOW + 100), X509_V_ERR_CRL_HAS_EXPIRED);
    crl_set_unref(set);

    base.number = "09"; /* as new as the delta */
    set = SET_OF(&ca, &delta, &base);
    assert_int_equal(code_of(set, "05", TEST_NOW), X509_V_ERR_CERT_REVOKED);
    assert_int_equal(code_of(set, "07", TEST_NOW), X509_V_OK);
    crl_set_unref(set);
}

static void the_newest_is_taken(void **unused)
{
    struct test_list before = plain();
    struct test_list after = plain();
    before.lines_n = 0;
    after.number = "0100"; /* 256 */
    before.number = "00ff";
    after.from = -7200; /* the number goes before the date */
    struct crl_set *set = SET_OF(&ca, &after, &before);
    struct crl_set *turned = SET_OF(&ca, &before, &after, &before);
    assert_int_equal(crl_set_size(set), 1);
    assert_int_equal(crl_set_size(turned), 1);
    assert_int_equal(code_of(set, "05", TEST_NOW), X509_V_ERR_CERT_REVOKED);
    assert_int_equal(code_of(turned, "05", TEST_NOW), X509_V_ERR_CERT_REVOKED);
    crl_set_unref(set);
    crl_set_unref(turned);

    before.number = NULL;
    after.number = NULL;
    after.from = -3599;
    set = SET_OF(&ca, &after, &before);
    assert_int_equal(code_of(set, "05", TEST_NOW), X509_V_ERR_CERT_REVOKED);
    crl_set_unref(set);
    after.from = -3601;
    set = SET_OF(&ca, &after, &before);
    assert_int_equal(code_of(set, "05", TEST_NOW), X509_V_OK);
    crl_set_unref(set);
}

/* The first is newer than the third by its number, the second than the first by its date, and the
 * third than the second: where a number is missing, dates decide, in whatever order they come. */
static void a_number_is_missing(void **unused)
{
    struct test_list a = plain(), b = plain(), c = plain();
    a.number = "09";
    a.from = -3;
    a.lines_n = 0;
    b.number = NULL;
    b.from = -2;
    b.lines_n = 0;
    c.number = "08";
    c.from = -1;
    struct crl_set *sets[] = {SET_OF(&ca, &a, &b, &c), SET_OF(&ca, &b, &c, &a),
                              SET_OF(&ca, &c, &b, &a)};
    for (size_t i = 0; i < COUNT_OF(sets); i++) {
        assert_int_equal(crl_set_size(sets[i]), 1);
        assert_int_equal(code_of(sets[i], "05", TEST_NOW), X509_V_ERR_CERT_REVOKED);
        crl_set_unref(sets[i]);
    }
    c.number = b.number = "08"; /* all have one */
    struct crl_set *set = SET_OF(&ca, &c, &b, &a);
    assert_int_equal(code_of(set, "05", TEST_NOW), X509_V_OK);
    crl_set_unref(set);
}

static void digests(void **unused)
{
    struct test_list list = plain(), second = plain();
    second.issuer = &other;
    struct buf a = {0}, b = {0};
    test_list_der(&a, &list);
    test_list_der(&b, &second);
    struct error err;
    struct test_build build = {.authorities = {&ca, &other}, .files = {buf_view(&a), buf_view(&b)}};
    struct crl_set *set = test_set(&build, &err);
    build.seed = 99;
    build.files[0] = buf_view(&b);
    build.files[1] = build.files[2] = buf_view(&a);
    struct crl_set *same = test_set(&build, &err);
    build.authorities[1] = NULL;
    struct crl_set *less = test_set(&build, &err);
    build.files[1] = (struct str){NULL, 0};
    struct crl_set *one = test_set(&build, &err);
    assert_memory_equal(crl_set_digest(set), crl_set_digest(same), 32);
    assert_memory_not_equal(crl_set_digest(set), crl_set_digest(less), 32);
    assert_memory_not_equal(crl_set_digest(one), crl_set_digest(less), 32);
    assert_int_equal(crl_set_size(same), 2);
    struct crl_set *all[] = {set, same, less, one};
    for (size_t i = 0; i < COUNT_OF(all); i++) {
        crl_set_unref(all[i]);
    }
    buf_deinit(&a);
    buf_deinit(&b);
}

static void adoption(void **unused)
{
    struct test_list list = plain();
    list.key_id = false;
    struct crl_set *set = SET_OF(&other, &list);
    assert_int_equal(code_of(set, "05", TEST_NOW), X509_V_ERR_UNABLE_TO_GET_CRL);
    assert_int_equal(crl_set_adopt(set, other.cert), 0);
    assert_int_equal(crl_set_adopt(set, twin.cert), 0); /* its name, another key */
    assert_int_equal(code_of(set, "05", TEST_NOW), X509_V_ERR_UNABLE_TO_GET_CRL);
    assert_int_equal(crl_set_adopt(set, ca.cert), 1);
    assert_int_equal(crl_set_adopt(set, ca.cert), 1);
    assert_int_equal(crl_set_adopt(set, twin.cert), 0);
    assert_int_equal(code_of(set, "05", TEST_NOW), X509_V_ERR_CERT_REVOKED);
    assert_int_equal(code_of(set, "06", TEST_NOW), X509_V_OK);
    assert_int_equal(test_check(set, &twin, "06", false, TEST_NOW).code,
                     X509_V_ERR_UNABLE_TO_GET_CRL);
    crl_set_unref(set);

    list.bad_signature = true;
    set = SET_OF(&other, &list);
    assert_int_equal(crl_set_adopt(set, ca.cert), 0);
    assert_int_equal(code_of(set, "06", TEST_NOW), X509_V_ERR_UNABLE_TO_GET_CRL);
    crl_set_unref(set);

    /* Of two lists that it signed the newer counts; with a delta, both have to be its. */
    struct test_list older = plain(), base = plain(), delta = plain();
    older.key_id = false;
    older.number = "03";
    older.lines_n = 0;
    delta.number = "09";
    delta.base = "07";
    set = SET_OF(&other, &older, &base, &delta);
    assert_int_equal(crl_set_adopt(set, ca.cert), 1);
    assert_int_equal(code_of(set, "05", TEST_NOW), X509_V_ERR_CERT_REVOKED);
    crl_set_unref(set);
    delta.bad_signature = true;
    set = SET_OF(&other, &base, &delta);
    assert_int_equal(crl_set_adopt(set, ca.cert), 0);
    crl_set_unref(set);
}

static void *adopt_and_check(void *arg)
{
    for (int i = 0; i < 200; i++) {
        (void)crl_set_adopt(arg, i % 2 ? twin.cert : ca.cert);
        if (code_of(arg, "05", TEST_NOW) != X509_V_ERR_CERT_REVOKED) {
            return arg;
        }
    }
    return NULL;
}

static void threads(void **unused)
{
    struct test_list list = plain();
    struct crl_set *set = SET_OF(&other, &list);
    pthread_t all[4];
    for (size_t i = 0; i < COUNT_OF(all); i++) {
        assert_int_equal(pthread_create(&all[i], NULL, adopt_and_check, set), 0);
    }
    for (size_t i = 0; i < COUNT_OF(all); i++) {
        void *failed;
        pthread_join(all[i], &failed);
        assert_null(failed);
    }
    crl_set_unref(set);
}

static size_t released;

static void count_release(const void *image, size_t size)
{
    (void)image, (void)size;
    released++;
}

static void images(void **unused)
{
    struct test_list list = plain();
    struct buf der = {0};
    test_list_der(&der, &list);
    struct test_build build = {.authorities = {&ca}, .files = {buf_view(&der)}};
    struct error err;
    size_t size;
    unsigned char *image = test_image(&build, &size, &err);
    struct crl_set *set = NULL;
    assert_true(crl_set_open(image, size, count_release, &set, &err));
    assert_ptr_equal(crl_set_ref(set), set);
    crl_set_unref(set);
    assert_int_equal(released, 0);
    crl_set_unref(set);
    assert_int_equal(released, 1);
    for (size_t n = 0; n < size; n++) {
        assert_false(crl_set_open(image, n, count_release, &set, &err));
        assert_int_equal(released, 2 + n);
    }
    /* Whatever a byte of it is, nothing outside is read. */
    for (size_t i = 0; i < size; i++) {
        image[i] ^= 0xff;
        if (crl_set_open(image, size, NULL, &set, &err)) {
            (void)code_of(set, "05", TEST_NOW);
            (void)crl_set_adopt(set, ca.cert);
            for (size_t j = 0; j < crl_set_size(set); j++) {
                (void)crl_set_facts(set, j);
            }
            crl_set_unref(set);
        }
        image[i] ^= 0xff;
    }
    free(image);
    buf_deinit(&der);
}

/* A nextUpdate in 1970 is one that has passed: no grace turns it into none. */
static void the_first_second(void **unused)
{
    struct test_list list = plain();
    struct test_list endless = plain();
    struct crl_question six = test_question(&ca, "06", false);
    list.until = -TEST_NOW;
    endless.no_until = true;
    struct crl_set *set = SET_OF(&ca, &list);
    struct crl_set *other_set = SET_OF(&ca, &endless);
    for (time_t grace = 0; grace < 3; grace++) {
        assert_int_equal(crl_set_check(set, &six, grace, TEST_NOW).code,
                         X509_V_ERR_CRL_HAS_EXPIRED);
        assert_int_equal(crl_set_check(other_set, &six, grace, TEST_NOW).code, X509_V_OK);
    }
    crl_set_unref(set);
    crl_set_unref(other_set);
}

static int setup(void **unused)
{
    ca = test_pair_new((struct test_spec){.cn = "CA", .ca = true});
    twin = test_pair_new((struct test_spec){.cn = "CA", .ca = true});
    other = test_pair_new((struct test_spec){.cn = "Other", .ca = true});
    return 0;
}

static int teardown(void **unused)
{
    test_pair_free(&ca);
    test_pair_free(&twin);
    test_pair_free(&other);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(serials),
        cmocka_unit_test(as_openssl_finds_them),
        cmocka_unit_test(dates),
        cmocka_unit_test(dates_are_openssls),
        cmocka_unit_test(scopes),
        cmocka_unit_test(deltas),
        cmocka_unit_test(the_newest_is_taken),
        cmocka_unit_test(a_number_is_missing),
        cmocka_unit_test(digests),
        cmocka_unit_test(adoption),
        cmocka_unit_test(threads),
        cmocka_unit_test(images),
        cmocka_unit_test(the_first_second),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
