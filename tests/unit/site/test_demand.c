/* SPDX-License-Identifier: Apache-2.0 */
/* What is demanded of clients where, compared between two configurations of plain servers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "policy/policy.h"
#include "site/demand.h"

/* A listener with servers by every kind of name, and one at an address of its own. */
struct world {
    struct arena arena;
    struct settings settings;
    struct server fallback, exact, suffix, prefix, regex, specific, other;
    struct name_mask suffixes[1], prefixes[1];
    struct name_regex regexes[1];
    struct listener any, one;
    struct listener *listeners[1], *specifics[1];
};

static void make(struct world *w)
{
    *w = (struct world){
        .fallback = {.name = STR("fallback.test")},
        .exact = {.name = STR("exact.test")},
        .suffix = {.name = STR("*.suffix.test")},
        .prefix = {.name = STR("prefix.*")},
        .regex = {.name = STR("~regex")},
        .specific = {.name = STR("specific.test")},
        .other = {.name = STR("other.test")},
    };
    arena_init(&w->arena, 0);
    w->suffixes[0] = (struct name_mask){STR("suffix.test"), &w->suffix, false};
    w->prefixes[0] = (struct name_mask){STR("prefix"), &w->prefix, false};
    w->regexes[0] = (struct name_regex){NULL, &w->regex};
    w->one = (struct listener){.text = STR("127.0.0.2:80"), .fallback = &w->specific};
    w->specifics[0] = &w->one;
    w->any = (struct listener){
        .text = STR("0.0.0.0:80"),
        .fallback = &w->fallback,
        .suffixes = w->suffixes,
        .suffixes_n = 1,
        .prefixes = w->prefixes,
        .prefixes_n = 1,
        .regexes = w->regexes,
        .regexes_n = 1,
        .specific = w->specifics,
        .specific_n = 1,
    };
    strmap_put(&w->any.exact, &w->arena, STR("exact.test"), &w->exact);
    strmap_put(&w->any.exact, &w->arena, STR("second.test"), &w->exact);
    w->listeners[0] = &w->any;
    w->settings = (struct settings){.listeners = w->listeners, .listeners_n = 1};
}

static void each_block_that_a_request_can_reach_is_there_and_no_other(void **state)
{
    struct world w;
    make(&w);
    struct demands *demands = demands_new(&w.settings);
    assert_true(demands_hold(demands, &w.any, &w.fallback));
    assert_true(demands_hold(demands, &w.any, &w.exact));
    assert_true(demands_hold(demands, &w.any, &w.suffix));
    assert_true(demands_hold(demands, &w.any, &w.prefix));
    assert_true(demands_hold(demands, &w.any, &w.regex));
    assert_true(demands_hold(demands, &w.one, &w.specific));
    assert_false(demands_hold(demands, &w.any, &w.specific));
    assert_false(demands_hold(demands, &w.one, &w.fallback));
    assert_false(demands_hold(demands, &w.any, &w.other));
    demands_free(demands);
    arena_deinit(&w.arena);
}

static void a_name_and_an_address_do_not_run_into_each_other(void **state)
{
    struct world w;
    make(&w);
    struct demands *demands = demands_new(&w.settings);
    struct listener listener = {.text = STR("0.0.0.0:80f")};
    struct server server = {.name = STR("allback.test")};
    assert_false(demands_hold(demands, &listener, &server));
    demands_free(demands);
    arena_deinit(&w.arena);
}

static void a_copy_of_the_bytes_is_the_same_list(void **state)
{
    struct world w;
    make(&w);
    struct demands *demands = demands_new(&w.settings);
    struct demands *copy = demands_copy(demands_bytes(demands));
    assert_true(demands_hold(copy, &w.any, &w.regex));
    assert_false(demands_hold(copy, &w.any, &w.other));
    demands_free(copy);
    copy = demands_copy(STR("")); /* and nothing is in an empty one, or one cut short */
    assert_false(demands_hold(copy, &w.any, &w.regex));
    demands_free(copy);
    copy = demands_copy(str_head(demands_bytes(demands), DEMAND_LEN - 1));
    assert_false(demands_hold(copy, &w.any, &w.regex));
    demands_free(copy);
    demands_free(demands);
    arena_deinit(&w.arena);
}

/* Whether what was demanded without a policy still holds with this one at the server, or at a
 * location of it. */
static bool holds_with(struct client_access access, bool in_location)
{
    struct world w;
    make(&w);
    struct demands *before = demands_new(&w.settings);
    struct location location = {.name = STR("/in")};
    struct location *prefixes[] = {&location};
    location.settings.location = &location;
    w.exact.locations.prefixes = prefixes;
    w.exact.locations.prefixes_n = 1;
    if (in_location) {
        location.settings.client_access = access;
    } else {
        w.exact.root.client_access = access;
    }
    bool holds = demands_hold(before, &w.any, &w.exact);
    assert_true(demands_hold(before, &w.any, &w.suffix)); /* another server's do not change */
    demands_free(before);
    arena_deinit(&w.arena);
    return holds;
}

static void a_policy_is_a_demand(void **state)
{
    struct rule_condition all = {.kind = CONDITION_ALL, .text = STR("all")};
    struct rule rule = {.allow = true, .conditions = &all, .conditions_n = 1};
    const struct policy policy = {.name = STR("p"), .rules = &rule, .rules_n = 1};
    for (int in_location = 0; in_location < 2; in_location++) {
        assert_true(holds_with((struct client_access){0}, in_location));
        assert_false(holds_with((struct client_access){.policy = &policy}, in_location));
        assert_true(
            holds_with((struct client_access){.policy = &policy, .report = 1}, in_location));
    }
}

/* An open location that was taken away, or that matches otherwise, beside a guarded one. */
static void locations_beside_a_guarded_one_are_demands(void **state)
{
    struct rule_condition all = {.kind = CONDITION_ALL, .text = STR("all")};
    struct rule rule = {.allow = true, .conditions = &all, .conditions_n = 1};
    const struct policy policy = {.name = STR("p"), .rules = &rule, .rules_n = 1};
    for (int guarded = 0; guarded < 2; guarded++) {
        struct world w;
        make(&w);
        struct location open = {.name = STR("/open"), .kind = LOCATION_EXACT};
        struct location *prefixes[] = {&open};
        w.exact.root.client_access.policy = guarded ? &policy : NULL;
        w.exact.locations.prefixes = prefixes;
        w.exact.locations.prefixes_n = 1;
        struct demands *before = demands_new(&w.settings);
        assert_true(demands_hold(before, &w.any, &w.exact));
        open.kind = LOCATION_PREFIX;
        assert_int_equal(demands_hold(before, &w.any, &w.exact), !guarded);
        open.kind = LOCATION_EXACT;
        open.ignore_case = true;
        assert_int_equal(demands_hold(before, &w.any, &w.exact), !guarded);
        w.exact.locations.prefixes_n = 0;
        assert_int_equal(demands_hold(before, &w.any, &w.exact), !guarded);
        demands_free(before);
        arena_deinit(&w.arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(locations_beside_a_guarded_one_are_demands),
        cmocka_unit_test(a_policy_is_a_demand),
        cmocka_unit_test(each_block_that_a_request_can_reach_is_there_and_no_other),
        cmocka_unit_test(a_name_and_an_address_do_not_run_into_each_other),
        cmocka_unit_test(a_copy_of_the_bytes_is_the_same_list),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
