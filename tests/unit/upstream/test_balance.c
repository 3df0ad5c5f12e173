/* SPDX-License-Identifier: Apache-2.0 */
#include "upstream/balance.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct peer peer(unsigned weight)
{
    return (struct peer){.weight = weight, .max_fails = 1, .fail_timeout_ms = 10000};
}

struct fixture {
    struct peer peers[100];
    struct upstream_group group;
    struct balance *balance;
};

static void setup(struct fixture *f, const struct peer *peers, size_t n)
{
    memcpy(f->peers, peers, n * sizeof(*peers));
    f->group = (struct upstream_group){.peers = f->peers, .n = n};
    f->balance = balance_new(&f->group);
}

/* One whole request; returns which peer served it: 'a' + index, or '-'. */
static char serve(struct fixture *f, bool failed, uint64_t now_ms)
{
    struct pick pick = {0};
    char who = '-';
    if (balance_pick(f->balance, &pick, now_ms)) {
        who = (char)('a' + (pick.peer - f->peers));
        balance_release(f->balance, &pick, failed, now_ms);
    }
    pick_deinit(&pick);
    return who;
}

static void expect(struct fixture *f, const char *order, uint64_t now_ms)
{
    for (const char *p = order; *p; p++) {
        assert_int_equal(serve(f, false, now_ms), *p);
    }
}

static void test_smooth_weights(void **state)
{
    struct fixture f;
    struct peer peers[] = {peer(5), peer(1), peer(1)};
    setup(&f, peers, 3);
    expect(&f, "aabacaaaabacaa", 100000);
    balance_free(f.balance);
}

static void test_round_robin(void **state)
{
    struct fixture f;
    struct peer peers[] = {peer(1), peer(1), peer(1)};
    setup(&f, peers, 3);
    expect(&f, "abcabc", 100000);
    balance_free(f.balance);
}

static void test_down_is_never_taken(void **state)
{
    struct fixture f;
    struct peer peers[] = {peer(1), peer(1)};
    peers[0].down = true;
    setup(&f, peers, 2);
    expect(&f, "bbb", 100000);
    f.peers[1].down = true;
    expect(&f, "---", 100000);
    balance_free(f.balance);
}

static void test_failed_rests_and_comes_back(void **state)
{
    struct fixture f;
    struct peer peers[] = {peer(1), peer(1)};
    setup(&f, peers, 2);
    assert_int_equal(serve(&f, true, 100000), 'a');
    expect(&f, "bbbb", 101000);
    expect(&f, "bb", 110000);     /* exactly fail_timeout: still resting */
    expect(&f, "bbabab", 110001); /* its weight recovers turn by turn */
    balance_free(f.balance);
}

static void test_release_tells_who_rests(void **state)
{
    struct fixture f;
    struct peer peers[] = {peer(1), peer(1)};
    peers[0].max_fails = 2;
    setup(&f, peers, 2);
    struct pick pick = {0};
    assert_true(balance_pick(f.balance, &pick, 100000));
    assert_int_equal(pick.tries_left, 2);
    assert_false(balance_release(f.balance, &pick, true, 100000));
    assert_int_equal(pick.tries_left, 1);
    assert_true(balance_pick(f.balance, &pick, 100000)); /* b */
    assert_true(balance_release(f.balance, &pick, true, 100000));
    assert_int_equal(pick.tries_left, 0);
    assert_false(balance_pick(f.balance, &pick, 100000));
    pick_deinit(&pick);
    balance_free(f.balance);
}

static void test_max_fails_zero_never_rests(void **state)
{
    struct fixture f;
    struct peer peers[] = {peer(1), peer(1)};
    peers[0].max_fails = peers[1].max_fails = 0;
    setup(&f, peers, 2);
    for (int i = 0; i < 4; i++) {
        assert_true(serve(&f, true, 100000) != '-');
    }
    balance_free(f.balance);
}

static void test_all_failed(void **state)
{
    struct fixture f;
    struct peer peers[] = {peer(1), peer(1)};
    setup(&f, peers, 2);
    assert_int_equal(serve(&f, true, 100000), 'a');
    assert_int_equal(serve(&f, true, 100000), 'b');
    assert_int_equal(serve(&f, false, 100000), '-');
    assert_true(serve(&f, false, 120000) != '-');
    balance_free(f.balance);
}

static void test_the_only_peer_never_rests(void **state)
{
    struct fixture f;
    struct peer peers[] = {peer(1)};
    setup(&f, peers, 1);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(serve(&f, true, 100000), 'a');
    }
    balance_free(f.balance);
}

static void test_backup_serves_when_primaries_do_not(void **state)
{
    struct fixture f;
    struct peer peers[] = {peer(1), peer(1)};
    peers[1].backup = true;
    setup(&f, peers, 2);
    expect(&f, "aaa", 100000);
    struct pick pick = {0};
    assert_true(balance_pick(f.balance, &pick, 100000));
    assert_ptr_equal(pick.peer, &f.peers[0]);
    balance_release(f.balance, &pick, true, 100000);
    assert_true(balance_pick(f.balance, &pick, 100000));
    assert_ptr_equal(pick.peer, &f.peers[1]);
    balance_release(f.balance, &pick, false, 100000);
    pick_deinit(&pick);
    expect(&f, "bb", 100000);
    expect(&f, "aa", 120000);
    balance_free(f.balance);
}

static void test_max_conns(void **state)
{
    struct fixture f;
    struct peer peers[] = {peer(1), peer(1)};
    peers[0].max_conns = peers[1].max_conns = 1;
    setup(&f, peers, 2);
    struct pick first = {0}, second = {0}, third = {0};
    assert_true(balance_pick(f.balance, &first, 100000));
    assert_true(balance_pick(f.balance, &second, 100000));
    assert_false(balance_pick(f.balance, &third, 100000));
    balance_release(f.balance, &first, false, 100000);
    struct pick fourth = {0};
    assert_true(balance_pick(f.balance, &fourth, 100000));
    balance_release(f.balance, &fourth, false, 100000);
    balance_release(f.balance, &second, false, 100000);
    balance_free(f.balance);
}

static void test_many_peers(void **state)
{
    struct fixture f;
    struct peer peers[100];
    for (size_t i = 0; i < 100; i++) {
        peers[i] = peer(1);
    }
    setup(&f, peers, 100);
    struct pick pick = {0};
    bool seen[100] = {0};
    for (size_t i = 0; i < 100; i++) {
        assert_true(balance_pick(f.balance, &pick, 100000));
        assert_false(seen[pick.peer - f.peers]);
        seen[pick.peer - f.peers] = true;
        balance_release(f.balance, &pick, false, 100000);
    }
    assert_false(balance_pick(f.balance, &pick, 100000));
    pick_deinit(&pick);
    balance_free(f.balance);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_smooth_weights),
        cmocka_unit_test(test_round_robin),
        cmocka_unit_test(test_down_is_never_taken),
        cmocka_unit_test(test_failed_rests_and_comes_back),
        cmocka_unit_test(test_release_tells_who_rests),
        cmocka_unit_test(test_max_fails_zero_never_rests),
        cmocka_unit_test(test_all_failed),
        cmocka_unit_test(test_the_only_peer_never_rests),
        cmocka_unit_test(test_backup_serves_when_primaries_do_not),
        cmocka_unit_test(test_max_conns),
        cmocka_unit_test(test_many_peers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
