/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines of any bytes as networks, as ranges ("first-last") and as addresses: what parses is added,
 * deleted and looked up, and a look-up must agree with looking at all networks.
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "script/geo.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { NETWORKS_MAX = 64 };

struct lists {
    struct network networks[NETWORKS_MAX];
    struct str names[NETWORKS_MAX];
    size_t n;
    struct ip ips[3 * NETWORKS_MAX];
    size_t ips_n;
};

static void add_ip(struct lists *lists, const struct ip *ip)
{
    if (lists->ips_n < COUNT_OF(lists->ips)) {
        lists->ips[lists->ips_n++] = *ip;
    }
}

static void add_line(struct lists *lists, struct geo *networks, struct geo *ranges, struct str line)
{
    struct network network;
    bool cleared;
    bool replaced;
    if (lists->n < NETWORKS_MAX && network_parse(line, &network, &cleared)) {
        assert(network.bits <= 128 && network_has(&network, &network.address));
        lists->networks[lists->n] = network;
        lists->names[lists->n++] = line;
        add_ip(lists, &network.address);
        geo_add(networks, &network, line, &replaced);
    }
    struct ip first;
    struct ip last;
    size_t dash = str_find(line, '-');
    if (ip_parse(str_head(line, dash), &first) && ip_parse(str_skip(line, dash + 1), &last) &&
        memcmp(first.b, last.b, sizeof(first.b)) <= 0) {
        geo_add_range(ranges, &first, &last, line);
        add_ip(lists, &first);
        add_ip(lists, &last);
        if (line.n % 3 == 0) {
            bool deleted = geo_delete_range(ranges, &first, &last);
            assert(deleted);
        }
    }
}

/* The last of the longest networks that have the address. */
static struct str find_slowly(const struct lists *lists, const struct ip *ip)
{
    struct str best = {NULL, 0};
    unsigned bits = 0;
    for (size_t i = 0; i < lists->n; i++) {
        if (network_has(&lists->networks[i], ip) && lists->networks[i].bits >= bits) {
            best = lists->names[i];
            bits = lists->networks[i].bits;
        }
    }
    return best;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str rest = {(const char *)data, size};
    struct arena arena;
    arena_init(&arena, 0);
    struct geo *networks = geo_new(&arena, NULL);
    struct geo *ranges = geo_new(&arena, NULL);
    struct lists lists = {.n = 0};
    while (rest.n) {
        add_line(&lists, networks, ranges, str_split(&rest, '\n'));
    }
    geo_seal(networks);
    geo_seal(ranges);
    for (size_t i = 0; i < lists.ips_n; i++) {
        assert(str_eq(geo_find(networks, &lists.ips[i]), find_slowly(&lists, &lists.ips[i])));
        geo_find(ranges, &lists.ips[i]);
    }
    arena_deinit(&arena);
    return 0;
}
