/* SPDX-License-Identifier: Apache-2.0 */
/* geo: addresses, networks and ranges; the answers are nginx 1.22's. */
#include "script/geo.h"

#include <stdlib.h>

#include "facts.h"

static struct ip ip_of(const char *text)
{
    struct ip ip;
    if (!ip_parse(str_of(text), &ip)) {
        fail_msg("%s", text);
    }
    return ip;
}

static struct network network_of(const char *text)
{
    struct network network;
    bool cleared;
    if (!network_parse(str_of(text), &network, &cleared)) {
        fail_msg("%s", text);
    }
    return network;
}

static bool add(struct geo *geo, const char *network, const char *value)
{
    struct network parsed = network_of(network);
    bool replaced;
    geo_add(geo, &parsed, str_of(value), &replaced);
    return replaced;
}

static void add_range(struct geo *geo, const char *first, const char *last, const char *value)
{
    struct ip a = ip_of(first);
    struct ip b = ip_of(last);
    geo_add_range(geo, &a, &b, str_of(value));
}

static void addresses(void **state)
{
    static const char *const good[] = {"0.0.0.0",
                                       "255.255.255.255",
                                       "::",
                                       "::1",
                                       "2001:db8::1:2",
                                       "::ffff:1.2.3.4",
                                       "1111:2222:3333:4444:5555:6666:123.123.123.123"};
    static const char *const bad[] = {"",
                                      "1.2.3",
                                      "1.2.3.4.5",
                                      "1.2.3.256",
                                      "1..2.3",
                                      "01.2.3.4",
                                      "1.2.3.4 ",
                                      "[::1]",
                                      ":::",
                                      "1::2::3",
                                      "fe80::1%eth0",
                                      "x",
                                      "11111:2222:3333:4444:5555:6666:123.1"};
    struct ip ip;
    for (size_t i = 0; i < COUNT_OF(good); i++) {
        assert_true(ip_parse(str_of(good[i]), &ip));
    }
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        assert_false(ip_parse(str_of(bad[i]), &ip));
    }
    assert_false(ip_parse((struct str){"1.2.3.4\0x", 9}, &ip));
    struct ip v4 = ip_of("1.2.3.4");
    struct ip mapped = ip_of("::ffff:1.2.3.4");
    assert_memory_equal(v4.b, mapped.b, sizeof(v4.b));
}

static void networks(void **state)
{
    static const struct {
        const char *text;
        bool ok;
        unsigned bits;
        bool cleared;
    } rows[] = {
        {"1.2.3.4", true, 128, false},
        {"1.2.3.0/24", true, 120, false},
        {"1.2.3.4/24", true, 120, true},
        {"0.0.0.0/0", true, 96, false},
        {"::/0", true, 0, false},
        {"2001:db8::/32", true, 32, false},
        {"2001:db8::1/32", true, 32, true},
        {"::1", true, 128, false},
        {"1.2.3.0/33", false, 0, false},
        {"::/129", false, 0, false},
        {"1.2.3.0/", false, 0, false},
        {"1.2.3.0/-1", false, 0, false},
        {"1.2.3.0/2 ", false, 0, false},
        {"/24", false, 0, false},
        {"a", false, 0, false},
        {"unix:", false, 0, false},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct network network;
        bool cleared;
        assert_int_equal(network_parse(str_of(rows[i].text), &network, &cleared), rows[i].ok);
        if (rows[i].ok) {
            assert_int_equal(network.bits, rows[i].bits);
            assert_int_equal(cleared, rows[i].cleared);
        }
    }
}

static void networks_have_addresses_of_their_family(void **state)
{
    static const struct {
        const char *network;
        const char *ip;
        bool has;
    } rows[] = {
        {"10.0.0.0/8", "10.255.255.255", true},
        {"10.0.0.0/8", "11.0.0.0", false},
        {"10.0.0.0/8", "::ffff:10.1.1.1", true},
        {"10.0.0.0/8", "::10.1.1.1", false},
        {"0.0.0.0/0", "255.1.1.1", true},
        {"0.0.0.0/0", "::1", false},
        {"::/0", "::1", true},
        {"::/0", "1.2.3.4", false},
        {"2001:db8::/33", "2001:db8:7fff::", true},
        {"2001:db8::/33", "2001:db8:8000::", false},
        {"1.2.3.4", "1.2.3.4", true},
        {"1.2.3.4", "1.2.3.5", false},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct network network = network_of(rows[i].network);
        struct ip ip = ip_of(rows[i].ip);
        assert_int_equal(network_has(&network, &ip), rows[i].has);
    }
}

struct answer {
    const char *ip;
    const char *want;
};

static void check(struct facts *facts, const struct geo *geo, const struct answer *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        char args[64];
        snprintf(args, sizeof(args), "ip=%s", rows[i].ip);
        struct value value = geo_eval(geo, facts_request(facts, "/", args));
        assert_int_equal(value.state, VALUE_SET);
        if (!str_eq(value.s, str_of(rows[i].want))) {
            fail_msg("%s -> %.*s, want %s", rows[i].ip, STR_ARG(value.s), rows[i].want);
        }
    }
}

static struct geo *geo_by_arg(struct facts *facts)
{
    facts_init(facts);
    return geo_new(&facts->arena, variables_use(&facts->vars, STR("arg_ip"), NULL, 0));
}

static void longest_prefix_wins(void **state)
{
    static const struct answer rows[] = {
        {"10.9.9.9", "ten"},
        {"10.1.9.9", "tenone"},
        {"10.1.2.3", "host"},
        {"10.1.2.4", "tenone"},
        {"192.168.1.1", "D"},
        {"1.1.1.1", "D"},
        {"x", "bad"},
        {"", "bad"},
        {"255.255.255.255", "bad"},
        {"2001:db8::1", "six"},
        {"2001:db8:1::1", "six1"},
        {"::1", "six0"},
        {"::ffff:10.1.2.3", "host"},
        {"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "six0"},
        {"9.255.255.255", "D"},
        {"11.0.0.0", "D"},
        {"172.16.0.1", "again"},
    };
    struct facts facts;
    struct geo *geo = geo_by_arg(&facts);
    geo_set_default(geo, STR("D"));
    assert_false(add(geo, "10.0.0.0/8", "first"));
    assert_false(add(geo, "10.1.0.0/16", "tenone"));
    assert_false(add(geo, "10.1.2.3", "host"));
    assert_false(add(geo, "192.168.0.0/16", "gone"));
    assert_false(add(geo, "172.16.0.0/12", "gone"));
    assert_false(add(geo, "255.255.255.255", "bad"));
    assert_false(add(geo, "2001:db8::/32", "six"));
    assert_false(add(geo, "::/0", "six0"));
    assert_false(add(geo, "2001:db8:1::/48", "six1"));
    assert_true(add(geo, "10.7.7.7/8", "ten"));
    struct network gone = network_of("192.168.0.0/16");
    assert_true(geo_delete(geo, &gone));
    assert_false(geo_delete(geo, &gone));
    gone = network_of("172.16.0.0/12");
    assert_true(geo_delete(geo, &gone));
    assert_false(add(geo, "172.16.0.0/12", "again"));
    geo_seal(geo);
    check(&facts, geo, rows, COUNT_OF(rows));
    facts_deinit(&facts);
}

static void without_default_empty(void **state)
{
    static const struct answer rows[] = {{"10.1.1.1", "ten"}, {"11.1.1.1", ""}, {"::1", ""}};
    struct facts facts;
    struct geo *geo = geo_by_arg(&facts);
    add(geo, "10.0.0.0/8", "ten");
    geo_seal(geo);
    check(&facts, geo, rows, COUNT_OF(rows));
    facts_deinit(&facts);

    geo = geo_by_arg(&facts);
    geo_seal(geo);
    check(&facts, geo, rows + 1, 2);
    facts_deinit(&facts);
}

static void ranges(void **state)
{
    static const struct answer rows[] = {
        {"10.0.0.1", "big"},   {"10.0.1.7", "in"},   {"10.0.2.9", "x"},  {"10.0.2.10", "big"},
        {"10.0.3.4", "D"},     {"192.0.2.1", "one"}, {"192.0.2.2", "D"}, {"1.0.0.0", "wide"},
        {"2.255.1.1", "wide"}, {"3.0.0.0", "wide"},  {"3.0.0.1", "D"},   {"::1", "last"},
        {"junk", "last"},
    };
    struct facts facts;
    struct geo *geo = geo_by_arg(&facts);
    geo_set_default(geo, STR("D"));
    add_range(geo, "10.0.0.0", "10.0.255.255", "big");
    add_range(geo, "10.0.1.0", "10.0.1.255", "in");
    add_range(geo, "10.0.2.0", "10.0.2.9", "x");
    add_range(geo, "10.0.3.0", "10.0.3.9", "gone");
    add_range(geo, "192.0.2.1", "192.0.2.1", "one");
    add_range(geo, "1.0.0.0", "3.0.0.0", "wide");
    add_range(geo, "255.255.255.255", "255.255.255.255", "last");
    struct ip first = ip_of("10.0.3.0");
    struct ip last = ip_of("10.0.3.9");
    assert_true(geo_delete_range(geo, &first, &last));
    assert_false(geo_delete_range(geo, &first, &last));
    assert_false(geo_delete_range(geo, &first, &first));
    geo_seal(geo);
    check(&facts, geo, rows, COUNT_OF(rows));
    facts_deinit(&facts);
}

/* Many overlapping ranges and networks against looking at all of them. */
static void flattening_agrees_with_looking_at_all(void **state)
{
    enum { N = 200 };
    uint32_t random = 7;
    for (int as_ranges = 0; as_ranges < 2; as_ranges++) {
        struct facts facts;
        struct geo *geo = geo_by_arg(&facts);
        struct network nets[N];
        unsigned char bounds[N][2];
        char values[N][8];
        for (size_t i = 0; i < N; i++) {
            random = random * 1103515245 + 12345;
            unsigned a = random >> 24;
            unsigned b = random >> 16 & 0xff;
            snprintf(values[i], sizeof(values[i]), "%zu", i);
            char text[32];
            snprintf(text, sizeof(text), "10.0.0.%u/%u", a, 24 + b % 9);
            nets[i] = network_of(text);
            bounds[i][0] = (unsigned char)(a < b ? a : b);
            bounds[i][1] = (unsigned char)(a < b ? b : a);
            struct ip first = ip_of("10.0.0.0");
            struct ip last = first;
            first.b[15] = bounds[i][0];
            last.b[15] = bounds[i][1];
            bool replaced;
            if (as_ranges) {
                geo_add_range(geo, &first, &last, str_of(values[i]));
            } else {
                geo_add(geo, &nets[i], str_of(values[i]), &replaced);
            }
        }
        geo_seal(geo);
        for (unsigned x = 0; x < 256; x++) {
            struct ip ip = ip_of("10.0.0.0");
            ip.b[15] = (unsigned char)x;
            const char *want = "";
            unsigned bits = 0;
            for (size_t i = 0; i < N; i++) {
                if (as_ranges && x >= bounds[i][0] && x <= bounds[i][1]) {
                    want = values[i];
                } else if (!as_ranges && network_has(&nets[i], &ip) && nets[i].bits >= bits) {
                    want = values[i];
                    bits = nets[i].bits;
                }
            }
            assert_str(geo_find(geo, &ip), want);
        }
        facts_deinit(&facts);
    }
}

static void proxies_are_believed(void **state)
{
    static const struct {
        const char *forwarded;
        const char *once;
        const char *recursive;
    } rows[] = {
        {"", "local", "local"},
        {"1.2.3.4", "client", "client"},
        {"1.2.3.4, 10.0.0.1", "ten", "client"},
        {"9.9.9.9, 1.2.3.4, 10.0.0.1", "ten", "client"},
        {"junk", "local", "local"},
        {"1.2.3.4, junk", "local", "local"},
        {"junk, 10.0.0.1", "ten", "ten"},
        {"1.2.3.4:80", "client", "client"},
        {"1.2.3.4:0", "local", "local"},
        {"1.2.3.4:", "local", "local"},
        {"1.2.3.4:99999", "local", "local"},
        {"[1.2.3.4]:80", "local", "local"},
        {"[2001:db8::1]:80", "six", "six"},
        {"2001:db8::1", "six", "six"},
        {"[2001:db8::1]", "local", "local"},
        {"1.2.3.4, 10.0.0.1, 10.0.0.2 , ", "ten", "client"},
        {"10.0.0.1", "ten", "ten"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        for (int recursive = 0; recursive < 2; recursive++) {
            struct facts facts;
            facts_init(&facts);
            struct geo *geo =
                geo_new(&facts.arena, variables_use(&facts.vars, STR("remote_addr"), NULL, 0));
            struct network proxies[] = {network_of("127.0.0.1"), network_of("10.0.0.0/8")};
            geo_add_proxy(geo, &proxies[0]);
            geo_add_proxy(geo, &proxies[1]);
            geo_set_proxy_recursive(
                geo, variables_use(&facts.vars, STR("http_x_forwarded_for"), NULL, 0), recursive);
            geo_set_default(geo, STR("D"));
            add(geo, "1.2.3.0/24", "client");
            add(geo, "10.0.0.0/8", "ten");
            add(geo, "127.0.0.1", "local");
            add(geo, "2001:db8::/32", "six");
            geo_seal(geo);
            facts.forwarded = str_of(rows[i].forwarded);
            facts.remote_addr = STR("127.0.0.1");
            struct value value = geo_eval(geo, facts_request(&facts, "/", ""));
            const char *want = recursive ? rows[i].recursive : rows[i].once;
            if (!str_eq(value.s, str_of(want))) {
                fail_msg("%s: %.*s, want %s", rows[i].forwarded, STR_ARG(value.s), want);
            }
            /* The same words from somebody we do not trust. */
            facts.remote_addr = STR("192.0.2.9");
            assert_str(geo_eval(geo, facts_request(&facts, "/", "")).s, "D");
            facts_deinit(&facts);
        }
    }
}

static void unknown_address_unknown_value(void **state)
{
    struct facts facts;
    facts_init(&facts);
    struct geo *geo = geo_new(&facts.arena, variables_use(&facts.vars, STR("mystery"), NULL, 0));
    geo_seal(geo);
    assert_int_equal(geo_eval(geo, facts_request(&facts, "/", "")).state, VALUE_UNKNOWN);
    facts_deinit(&facts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses),
        cmocka_unit_test(networks),
        cmocka_unit_test(networks_have_addresses_of_their_family),
        cmocka_unit_test(longest_prefix_wins),
        cmocka_unit_test(without_default_empty),
        cmocka_unit_test(ranges),
        cmocka_unit_test(flattening_agrees_with_looking_at_all),
        cmocka_unit_test(proxies_are_believed),
        cmocka_unit_test(unknown_address_unknown_value),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
