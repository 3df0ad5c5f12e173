/* SPDX-License-Identifier: Apache-2.0 */
/* What the live sessions' bound costs, and whom. */
#include "tls/live_sessions.h"

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include <pthread.h>
#include <stdio.h>

static SSL_SESSION *session_new(unsigned number)
{
    unsigned char id[32] = {(unsigned char)number, (unsigned char)(number >> 8), 0x5e};
    SSL_SESSION *session = SSL_SESSION_new();
    assert_int_equal(SSL_SESSION_set1_id(session, id, sizeof(id)), 1);
    return session;
}

/* Puts and gives its own reference back, as a connection's end would. */
static bool put(struct live_sessions *live, unsigned number, time_t expires, time_t now)
{
    SSL_SESSION *session = session_new(number);
    bool kept = live_sessions_put(live, session, expires, now);
    SSL_SESSION_free(session);
    return kept;
}

static bool has(struct live_sessions *live, unsigned number, time_t now)
{
    SSL_SESSION *wanted = session_new(number);
    unsigned n;
    const unsigned char *id = SSL_SESSION_get_id(wanted, &n);
    SSL_SESSION *session = live_sessions_ref(live, (struct str){(const char *)id, n}, now);
    if (session) {
        unsigned found_n;
        const unsigned char *found = SSL_SESSION_get_id(session, &found_n);
        assert_int_equal(found_n, n);
        assert_memory_equal(found, id, n);
    }
    SSL_SESSION_free(session);
    SSL_SESSION_free(wanted);
    return session != NULL;
}

static void finds_what_was_put(void **unused)
{
    struct live_sessions *live = live_sessions_new(1000);
    for (unsigned i = 0; i < 500; i++) {
        assert_true(put(live, i, 100, 50));
    }
    for (unsigned i = 0; i < 500; i++) {
        assert_true(has(live, i, 100));
        assert_true(has(live, i, 100)); /* a lost answer: once more */
    }
    assert_false(has(live, 500, 100));
    assert_null(live_sessions_ref(live, STR(""), 100));
    SSL_SESSION *without_id = SSL_SESSION_new();
    assert_false(live_sessions_put(live, without_id, 100, 50));
    SSL_SESSION_free(without_id);
    live_sessions_free(live);
    live_sessions_free(NULL);
}

static void the_unspent_keep_their_places(void **unused)
{
    struct live_sessions *live = live_sessions_new(3);
    assert_true(put(live, 1, 100, 0));
    assert_true(put(live, 2, 100, 0));
    assert_true(put(live, 3, 100, 0));
    assert_false(put(live, 4, 100, 0)); /* nobody loses a session to a newcomer */
    assert_false(has(live, 4, 0));
    assert_true(has(live, 3, 0));
    assert_true(has(live, 2, 0));
    assert_true(has(live, 3, 0));
    assert_true(put(live, 5, 100, 0)); /* in place of the one spent longest ago */
    assert_true(put(live, 6, 100, 0));
    assert_false(put(live, 7, 100, 0));
    assert_false(has(live, 2, 0));
    assert_false(has(live, 3, 0));
    assert_true(has(live, 1, 0));
    assert_true(has(live, 5, 0));
    assert_true(has(live, 6, 0));
    live_sessions_free(live);
}

static void ends(void **unused)
{
    struct live_sessions *live = live_sessions_new(2);
    assert_true(put(live, 1, 10, 0));
    assert_true(put(live, 2, 20, 0));
    assert_true(has(live, 1, 10));
    assert_false(has(live, 1, 11));
    assert_true(put(live, 3, 30, 15));
    assert_false(put(live, 4, 30, 15));
    assert_true(put(live, 4, 30, 21)); /* the second one has ended */
    assert_false(has(live, 2, 21));
    assert_true(put(live, 3, 40, 21)); /* the same id: replaced */
    assert_true(has(live, 3, 35));
    SSL_SESSION *third = session_new(3);
    unsigned n;
    const unsigned char *id = SSL_SESSION_get_id(third, &n);
    live_sessions_remove(live, (struct str){(const char *)id, n});
    live_sessions_remove(live, (struct str){(const char *)id, n});
    assert_false(has(live, 3, 22));
    assert_true(has(live, 4, 22));
    SSL_SESSION_free(third);
    live_sessions_free(live);
}

/* The caller's reference is its own: it outlives the entry. */
static void references_are_the_callers(void **unused)
{
    struct live_sessions *live = live_sessions_new(1);
    assert_true(put(live, 1, 10, 0));
    SSL_SESSION *wanted = session_new(1);
    unsigned n;
    const unsigned char *id = SSL_SESSION_get_id(wanted, &n);
    SSL_SESSION *session = live_sessions_ref(live, (struct str){(const char *)id, n}, 0);
    assert_non_null(session);
    live_sessions_free(live);
    SSL_SESSION_get_id(session, &n);
    assert_int_equal(n, 32);
    SSL_SESSION_free(session);
    SSL_SESSION_free(wanted);
}

static void *hammer(void *arg)
{
    for (unsigned i = 0; i < 4000; i++) {
        (void)put(arg, i % 97, 1000, i % 900);
        (void)has(arg, (i * 7) % 97, i % 900);
    }
    return NULL;
}

static void threads(void **unused)
{
    struct live_sessions *live = live_sessions_new(50);
    pthread_t others[3];
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(pthread_create(&others[i], NULL, hammer, live), 0);
    }
    for (size_t i = 0; i < 3; i++) {
        pthread_join(others[i], NULL);
    }
    unsigned found = 0;
    for (unsigned i = 0; i < 97; i++) {
        found += has(live, i, 900);
    }
    assert_in_range(found, 1, 50);
    live_sessions_free(live);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_what_was_put),
        cmocka_unit_test(the_unspent_keep_their_places),
        cmocka_unit_test(ends),
        cmocka_unit_test(references_are_the_callers),
        cmocka_unit_test(threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
