/* SPDX-License-Identifier: Apache-2.0 */
/* geo: a value looked up by a network address; networks and ranges are flattened into one sorted
 * list. */
#include "script/geo.h"

#include <arpa/inet.h>
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/must.h"
#include "base/strmap.h"
#include "base/vec.h"
#include "script/ways.h"

enum {
    IP_BITS = 128,
    V4_PREFIX = 96,        /* ::ffff:0:0/96 */
    FORWARDED_DEPTH = 128, /* addresses looked at in one X-Forwarded-For */
};

static const struct ip V4_FIRST = {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 0, 0}};
/* What nginx looks up when there is no address: 255.255.255.255. */
static const struct ip V4_LAST = {
    {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};

/* What was added, as an interval. Where intervals overlap, the larger priority holds. */
struct entry {
    struct ip first;
    struct ip last;
    unsigned long priority; /* networks: of their length; ranges: of their order */
    struct str value;
    bool hole;    /* answers with the default */
    bool deleted; /* is not there */
    struct line_place place;
};

/* The flattened intervals: sorted, disjoint. */
struct span {
    struct ip first;
    struct ip last;
    const struct entry *entry;
};

struct geo {
    struct arena *arena;
    const struct variable *address;
    bool is_ranges;
    struct template otherwise; /* default */
    struct line_place otherwise_place;
    struct line_place place; /* of the lines that are added next */
    struct entry **entries;
    size_t n;
    struct strmap by_bounds; /* first and last as bytes -> the newest struct entry */
    struct span *spans;
    size_t spans_n;
    struct network *proxies;
    size_t proxies_n;
    const struct variable *forwarded;
    bool recursive;
    struct ways ways;
};

static int ip_cmp(const struct ip *a, const struct ip *b)
{
    return memcmp(a->b, b->b, sizeof(a->b));
}

static bool ip_is_v4(const struct ip *ip)
{
    return memcmp(ip->b, V4_FIRST.b, V4_PREFIX / 8) == 0;
}

static struct ip ip_next(struct ip ip)
{
    for (int i = 15; i >= 0 && ++ip.b[i] == 0; i--) {
    }
    return ip;
}

static struct ip ip_previous(struct ip ip)
{
    for (int i = 15; i >= 0 && ip.b[i]-- == 0; i--) {
    }
    return ip;
}

bool ip_parse(struct str text, struct ip *out)
{
    char cstr[INET6_ADDRSTRLEN];
    if (text.n == 0 || text.n >= sizeof(cstr) || memchr(text.p, '\0', text.n)) {
        return false;
    }
    memcpy(cstr, text.p, text.n);
    cstr[text.n] = '\0';
    struct in_addr v4;
    if (inet_pton(AF_INET, cstr, &v4) == 1) {
        *out = V4_FIRST;
        memcpy(out->b + V4_PREFIX / 8, &v4, sizeof(v4));
        return true;
    }
    return inet_pton(AF_INET6, cstr, out->b) == 1;
}

/* The last address (host bits all ones), or with `ones` 0 the first. */
static struct ip network_end(const struct network *network, unsigned char ones)
{
    assert(network->bits <= IP_BITS);
    struct ip ip = network->address;
    for (unsigned i = 0; i < sizeof(ip.b); i++) {
        unsigned kept = network->bits > i * 8 ? network->bits - i * 8 : 0;
        unsigned char host = kept >= 8 ? 0 : (unsigned char)(0xff >> kept);
        ip.b[i] = (unsigned char)((ip.b[i] & ~host) | (host & ones));
    }
    return ip;
}

bool network_parse(struct str text, struct network *out, bool *cleared)
{
    size_t slash = str_find(text, '/');
    struct network network = {.bits = IP_BITS};
    if (!ip_parse(str_head(text, slash), &network.address)) {
        return false;
    }
    if (slash < text.n) {
        /* In v6 notation (::ffff:1.2.3.4/120) the length counts the 16-byte form. */
        unsigned base = str_find(str_head(text, slash), ':') == slash ? V4_PREFIX : 0;
        uint64_t bits;
        if (!str_to_u64(str_skip(text, slash + 1), IP_BITS - base, &bits)) {
            return false;
        }
        network.bits = base + (unsigned)bits;
    }
    struct ip first = network_end(&network, 0);
    *cleared = ip_cmp(&first, &network.address) != 0;
    network.address = first;
    *out = network;
    return true;
}

/* ::/0 and its like hold IPv6 addresses only. */
static bool network_is_v4(const struct network *network)
{
    return network->bits >= V4_PREFIX && ip_is_v4(&network->address);
}

const char *network_text(const struct network *network, char text[NETWORK_TEXT_MAX])
{
    bool v4 = network_is_v4(network);
    unsigned skipped = v4 ? V4_PREFIX : 0;
    char ip[INET6_ADDRSTRLEN];
    inet_ntop(v4 ? AF_INET : AF_INET6, network->address.b + skipped / 8, ip, sizeof(ip));
    if (network->bits == IP_BITS) {
        snprintf(text, NETWORK_TEXT_MAX, "%s", ip);
    } else {
        snprintf(text, NETWORK_TEXT_MAX, "%s/%u", ip, network->bits - skipped);
    }
    return text;
}

bool network_has(const struct network *network, const struct ip *ip)
{
    if (network_is_v4(network) != ip_is_v4(ip)) {
        return false;
    }
    struct network host = {*ip, network->bits};
    struct ip first = network_end(&host, 0);
    return ip_cmp(&first, &network->address) == 0;
}

struct geo *geo_new(struct arena *arena, const struct variable *address)
{
    struct geo *geo = arena_zalloc(arena, sizeof(*geo));
    geo->arena = arena;
    geo->address = address;
    return geo;
}

/* The key of by_bounds, in `buf`. */
static struct str bounds_key(const struct ip *first, const struct ip *last,
                             char buf[2 * sizeof(struct ip)])
{
    memcpy(buf, first->b, sizeof(first->b));
    memcpy(buf + sizeof(first->b), last->b, sizeof(last->b));
    return (struct str){buf, 2 * sizeof(struct ip)};
}

/* The newest entry with these bounds that is still there, or NULL. */
static struct entry *entry_find(const struct geo *geo, const struct ip *first,
                                const struct ip *last)
{
    char buf[2 * sizeof(struct ip)];
    struct entry *entry = strmap_get(&geo->by_bounds, bounds_key(first, last, buf));
    return entry && !entry->deleted && !entry->hole ? entry : NULL;
}

static struct entry *geo_entry_add(struct geo *geo, const struct ip *first, const struct ip *last,
                                   unsigned long priority)
{
    struct entry *entry = arena_zalloc(geo->arena, sizeof(*entry));
    entry->first = *first;
    entry->last = *last;
    entry->priority = priority;
    entry->place = geo->place;
    struct entry **slot = vec_push(geo->arena, &geo->entries, &geo->n, sizeof(*geo->entries));
    *slot = entry;
    char buf[2 * sizeof(struct ip)];
    struct str key = bounds_key(first, last, buf);
    strmap_put(&geo->by_bounds, geo->arena, arena_dup(geo->arena, key), entry);
    return entry;
}

void geo_set_place(struct geo *geo, struct line_place place)
{
    geo->place = place;
}

void geo_add(struct geo *geo, const struct network *network, struct str value, bool *replaced)
{
    assert(!geo->is_ranges);
    struct ip last = network_end(network, 0xff);
    struct entry *entry = entry_find(geo, &network->address, &last);
    *replaced = entry != NULL;
    if (!entry) {
        entry = geo_entry_add(geo, &network->address, &last, 2UL * network->bits);
    }
    entry->value = arena_dup(geo->arena, value);
}

bool geo_delete(struct geo *geo, const struct network *network)
{
    struct ip last = network_end(network, 0xff);
    struct entry *entry = entry_find(geo, &network->address, &last);
    if (!entry) {
        return false;
    }
    entry->deleted = true;
    return true;
}

void geo_add_range(struct geo *geo, const struct ip *first, const struct ip *last, struct str value)
{
    assert(ip_cmp(first, last) <= 0);
    geo->is_ranges = true;
    geo_entry_add(geo, first, last, geo->n)->value = arena_dup(geo->arena, value);
}

bool geo_delete_range(struct geo *geo, const struct ip *first, const struct ip *last)
{
    if (!entry_find(geo, first, last)) {
        return false;
    }
    /* As in nginx, what an earlier, larger range said here does not come back. */
    geo_entry_add(geo, first, last, geo->n)->hole = true;
    return true;
}

static struct template text_template(struct geo *geo, struct str text)
{
    text = arena_dup(geo->arena, text);
    return (struct template){.source = text, .constant = true, .text = text};
}

void geo_set_default(struct geo *geo, struct str value)
{
    geo->otherwise = text_template(geo, value);
    geo->otherwise_place = geo->place;
    if (!geo->is_ranges) {
        /* nginx's default is these two networks: what is said last about them holds. */
        const struct network v4 = {V4_FIRST, V4_PREFIX};
        const struct network v6 = {{{0}}, 0};
        geo_delete(geo, &v4);
        geo_delete(geo, &v6);
    }
}

void geo_add_proxy(struct geo *geo, const struct network *network)
{
    struct network *slot =
        vec_push(geo->arena, &geo->proxies, &geo->proxies_n, sizeof(*geo->proxies));
    *slot = *network;
}

void geo_set_proxy_recursive(struct geo *geo, const struct variable *forwarded, bool recursive)
{
    geo->forwarded = forwarded;
    geo->recursive = recursive;
}

static int entry_order(const void *a, const void *b)
{
    const struct entry *const *x = a;
    const struct entry *const *y = b;
    return ip_cmp(&(*x)->first, &(*y)->first);
}

/* A heap of the entries that cover the current address, the one that holds on top. */
struct heap {
    const struct entry **items;
    size_t n;
};

static void heap_push(struct heap *heap, const struct entry *entry)
{
    size_t i = heap->n++;
    while (i > 0 && heap->items[(i - 1) / 2]->priority < entry->priority) {
        heap->items[i] = heap->items[(i - 1) / 2];
        i = (i - 1) / 2;
    }
    heap->items[i] = entry;
}

static void heap_pop(struct heap *heap)
{
    assert(heap->n > 0);
    const struct entry *moved = heap->items[--heap->n];
    size_t i = 0;
    for (size_t child; (child = 2 * i + 1) < heap->n; i = child) {
        if (child + 1 < heap->n &&
            heap->items[child + 1]->priority > heap->items[child]->priority) {
            child++;
        }
        if (heap->items[child]->priority <= moved->priority) {
            break;
        }
        heap->items[i] = heap->items[child];
    }
    heap->items[i] = moved;
}

static void span_add(struct geo *geo, const struct ip *first, const struct ip *last,
                     const struct entry *entry)
{
    assert(ip_cmp(first, last) <= 0);
    assert(geo->spans_n == 0 || ip_cmp(&geo->spans[geo->spans_n - 1].last, first) < 0);
    struct span *span = vec_push(geo->arena, &geo->spans, &geo->spans_n, sizeof(*geo->spans));
    *span = (struct span){*first, *last, entry};
}

/* Walks up the addresses; `sorted` are n entries by their first address. */
static void flatten(struct geo *geo, struct entry *const *sorted, size_t n, struct heap *heap)
{
    struct ip at = {{0}};
    for (size_t i = 0; i < n || heap->n;) {
        if (heap->n == 0) {
            at = sorted[i]->first;
        }
        for (; i < n && ip_cmp(&sorted[i]->first, &at) <= 0; i++) {
            heap_push(heap, sorted[i]);
        }
        assert(heap->n > 0);
        const struct entry *top = heap->items[0];
        if (ip_cmp(&top->last, &at) < 0) {
            heap_pop(heap);
            continue;
        }
        struct ip last = top->last;
        if (i < n && ip_cmp(&sorted[i]->first, &last) <= 0) {
            last = ip_previous(sorted[i]->first);
        }
        span_add(geo, &at, &last, top);
        at = ip_next(last);
        if (ip_cmp(&at, &last) < 0) { /* that was the last address there is */
            break;
        }
    }
}

/* "10.0.0.0/8", or "10.0.0.1-10.0.0.9" */
static struct str entry_text(const struct entry *entry, struct arena *arena)
{
    char text[NETWORK_TEXT_MAX];
    struct network network = {entry->first, 0};
    struct ip last = {{0}};
    for (; network.bits < IP_BITS; network.bits++) {
        struct ip first = network_end(&network, 0);
        last = network_end(&network, 0xff);
        if (ip_cmp(&first, &entry->first) == 0 && ip_cmp(&last, &entry->last) == 0) {
            break;
        }
    }
    struct str first = arena_dup(arena, str_of(network_text(&network, text)));
    if (network.bits < IP_BITS || ip_cmp(&entry->first, &entry->last) == 0) {
        return first;
    }
    network.address = entry->last;
    return arena_printf(arena, "%.*s-%s", STR_ARG(first), network_text(&network, text));
}

static void add_way(struct geo *geo, const struct entry *entry)
{
    if (entry->deleted || entry->hole) {
        return;
    }
    struct template value = text_template(geo, entry->value);
    struct str network = entry_text(entry, geo->arena);
    struct str key = arena_printf(geo->arena, "is of %.*s", STR_ARG(network));
    ways_add(&geo->ways, geo->arena, &value, key, entry->place);
}

void geo_seal(struct geo *geo)
{
    assert(!geo->spans); /* sealed once */
    if (!geo->is_ranges) {
        /* IPv6 networks are shorter than any IPv4 network here: none reaches into the IPv4 block.
         */
        struct entry *v4 = geo_entry_add(geo, &V4_FIRST, &V4_LAST, 2 * V4_PREFIX - 1);
        v4->hole = true;
    }
    struct entry **sorted = must_have(calloc(geo->n + 1, sizeof(struct entry *)));
    struct heap heap = {must_have(calloc(geo->n + 1, sizeof(struct entry *))), 0};
    size_t n = 0;
    for (size_t i = 0; i < geo->n; i++) {
        if (!geo->entries[i]->deleted) {
            sorted[n++] = geo->entries[i];
        }
    }
    qsort(sorted, n, sizeof(*sorted), entry_order);
    flatten(geo, sorted, n, &heap);
    free(heap.items);
    free(sorted);
    for (size_t i = 0; i < geo->n; i++) {
        add_way(geo, geo->entries[i]);
    }
}

/* NULL: no line is for it, so that the default holds. */
static const struct entry *find_entry(const struct geo *geo, const struct ip *ip)
{
    size_t low = 0;
    size_t high = geo->spans_n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct span *span = &geo->spans[middle];
        if (ip_cmp(ip, &span->first) < 0) {
            high = middle;
        } else if (ip_cmp(ip, &span->last) > 0) {
            low = middle + 1;
        } else {
            return span->entry->hole ? NULL : span->entry;
        }
    }
    return NULL;
}

struct str geo_find(const struct geo *geo, const struct ip *ip)
{
    const struct entry *entry = find_entry(geo, ip);
    return entry ? entry->value : geo->otherwise.text;
}

static bool is_trusted(const struct geo *geo, const struct ip *ip)
{
    for (size_t i = 0; i < geo->proxies_n; i++) {
        if (network_has(&geo->proxies[i], ip)) {
            return true;
        }
    }
    return false;
}

/* "a.b.c.d", "a.b.c.d:port", "v6", "[v6]:port"; no "[v6]" alone, as in nginx. */
static bool forwarded_parse(struct str text, struct ip *out)
{
    if (ip_parse(text, out)) {
        return true;
    }
    size_t colon = str_rfind(text, ':');
    uint64_t port;
    if (colon == text.n || !str_to_u64(str_skip(text, colon + 1), 65535, &port) || port == 0) {
        return false;
    }
    struct str address = str_head(text, colon);
    if (address.n > 1 && address.p[0] == '[' && address.p[address.n - 1] == ']') {
        address = str_skip(str_head(address, address.n - 1), 1);
        return str_find(address, ':') < address.n && ip_parse(address, out);
    }
    return str_find(address, ':') == address.n && ip_parse(address, out);
}

/* Takes the last word, ended by blanks or commas, off the list. */
static struct str forwarded_take(struct str *list)
{
    while (list->n && (list->p[list->n - 1] == ' ' || list->p[list->n - 1] == ',')) {
        list->n--;
    }
    size_t start = list->n;
    while (start && list->p[start - 1] != ' ' && list->p[start - 1] != ',') {
        start--;
    }
    struct str word = str_skip(*list, start);
    list->n = start;
    return word;
}

/* While the address is a proxy we trust, the one before it in X-Forwarded-For speaks. */
static void forwarded_apply(const struct geo *geo, struct str list, struct ip *ip)
{
    for (unsigned i = 0; i < FORWARDED_DEPTH && is_trusted(geo, ip); i++) {
        struct ip before;
        if (!forwarded_parse(forwarded_take(&list), &before)) {
            return;
        }
        *ip = before;
        if (!geo->recursive) {
            return;
        }
    }
}

static struct value geo_choose(const struct geo *geo, struct scope *scope)
{
    struct str subject = arena_concat(scope->arena, STR("$"), geo->address->name);
    return ways_choose(&geo->ways, scope, subject, NULL, &geo->otherwise, geo->otherwise_place);
}

struct value geo_eval(const struct geo *geo, struct scope *scope)
{
    struct value address = scope_get(scope, geo->address);
    if (address.state == VALUE_UNKNOWN) {
        return geo_choose(geo, scope);
    }
    struct ip ip;
    if (!ip_parse(address.s, &ip)) {
        ip = V4_LAST;
    } else if (geo->proxies_n && geo->forwarded) {
        struct value list = scope_get(scope, geo->forwarded);
        if (list.state == VALUE_UNKNOWN && is_trusted(geo, &ip)) {
            return geo_choose(geo, scope);
        }
        forwarded_apply(geo, list.s, &ip);
    }
    if (geo->is_ranges && !ip_is_v4(&ip)) {
        ip = V4_LAST; /* nginx's ranges know IPv4 only */
    }
    const struct entry *entry = find_entry(geo, &ip);
    struct str value = entry ? entry->value : geo->otherwise.text;
    struct network host = {ip, IP_BITS};
    char text[NETWORK_TEXT_MAX];
    if (scope->host->note) {
        scope_note(scope, entry ? entry->place : geo->otherwise_place,
                   "geo: the address is %s, which gives \"%.*s\"", network_text(&host, text),
                   STR_ARG(value));
    }
    return value_of(value);
}
