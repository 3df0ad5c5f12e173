/* SPDX-License-Identifier: Apache-2.0 */
/* The upstream block, its server lines, and resolver. */
#include <assert.h>

#include "base/vec.h"
#include "conf/value.h"
#include "modules/proxy/proxy_conf.h"
#include "modules/proxy/proxy_setters_conf.h"

enum {
    HTTP_PORT = 80,
    DNS_PORT = 53,
    KEEPALIVE = 32, /* as nginx since 1.29.7 */
    KEEPALIVE_REQUESTS = 1000,
    KEEPALIVE_TIME_MS = 3600 * 1000,
    KEEPALIVE_TIMEOUT_MS = 60 * 1000,
    FAIL_TIMEOUT_MS = 10 * 1000,
};

struct upstream_group *upstream_conf_group(struct settings *settings, struct str name)
{
    struct upstream_group *group = settings_add_group(settings, name);
    group->keepalive = KEEPALIVE;
    group->keepalive_requests = KEEPALIVE_REQUESTS;
    group->keepalive_time_ms = KEEPALIVE_TIME_MS;
    group->keepalive_timeout_ms = KEEPALIVE_TIMEOUT_MS;
    return group;
}

void upstream_conf_add_peers(struct upstream_group *group, struct arena *arena,
                             const struct address *addresses, size_t n, const struct peer *like)
{
    assert(n > 0 && like->weight > 0);
    for (size_t i = 0; i < n; i++) {
        char text[ADDRESS_TEXT_MAX];
        struct peer *peer = vec_push(arena, &group->peers, &group->n, sizeof(*peer));
        *peer = *like;
        peer->address = addresses[i];
        peer->name = arena_dup(arena, address_text(&addresses[i], text));
    }
}

/* --- server --- */

static bool set_unsigned(struct str value, unsigned least, unsigned *out)
{
    uint64_t number;
    if (!str_to_u64(value, INT32_MAX, &number) || number < least) {
        return false;
    }
    *out = (unsigned)number;
    return true;
}

/* Words that nginx knows and yett does not, yet. */
static bool is_later(struct str word)
{
    static const char *const later[] = {"resolve", "service=", "route=", "slow_start=", "drain"};
    for (size_t i = 0; i < COUNT_OF(later); i++) {
        if (str_starts(word, str_of(later[i]))) {
            return true;
        }
    }
    return false;
}

static bool set_parameter(struct str word, struct peer *peer, struct error *err)
{
    struct str value = word;
    struct str name = str_split(&value, '=');
    bool ok = false;
    if (str_eq(word, STR("backup"))) {
        ok = peer->backup = true;
    } else if (str_eq(word, STR("down"))) {
        ok = peer->down = true;
    } else if (str_eq(name, STR("weight"))) {
        ok = set_unsigned(value, 1, &peer->weight);
    } else if (str_eq(name, STR("max_conns"))) {
        ok = set_unsigned(value, 0, &peer->max_conns);
    } else if (str_eq(name, STR("max_fails"))) {
        ok = set_unsigned(value, 0, &peer->max_fails);
    } else if (str_eq(name, STR("fail_timeout"))) {
        ok = value_msec(value, &peer->fail_timeout_ms);
    } else if (is_later(word)) {
        return error_set(err, "parameter \"%.*s\" is not supported yet", STR_ARG(word));
    }
    return ok || error_set(err, "invalid parameter \"%.*s\"", STR_ARG(word));
}

static bool split_port(struct str text, struct str *host, uint16_t *port)
{
    size_t colon = str_rfind(text, ':');
    uint64_t number;
    *host = str_head(text, colon);
    if (colon == text.n) {
        return true;
    }
    if (!str_to_u64(str_skip(text, colon + 1), UINT16_MAX, &number) || number == 0) {
        return false;
    }
    *port = (uint16_t)number;
    return true;
}

/* An address, or a name that the system's resolver knows now: with all its addresses. */
static bool find_addresses(struct conf_scope *scope, struct str text, uint16_t port,
                           const char *what, struct address **out, size_t *n, struct error *err)
{
    struct str host;
    struct error why;
    *out = arena_alloc(scope->arena, sizeof(**out));
    *n = 1;
    if (address_parse(text, port, *out)) {
        return true;
    }
    if (!split_port(text, &host, &port)) {
        return error_set(err, "invalid port in %s \"%.*s\"", what, STR_ARG(text));
    }
    return (host.n && address_lookup(host, port, scope->arena, out, n, &why)) ||
           error_set(err, "host not found in %s \"%.*s\"", what, STR_ARG(text));
}

static bool set_upstream_server(struct conf_scope *scope, const struct directive *row, void *field,
                                struct error *err)
{
    struct upstream_group *group = field;
    const struct conf_node *node = scope->node;
    struct peer like = {
        .server = node->args[0], .weight = 1, .max_fails = 1, .fail_timeout_ms = FAIL_TIMEOUT_MS};
    for (size_t i = 1; i < node->n; i++) {
        if (!set_parameter(node->args[i], &like, err)) {
            return false;
        }
    }
    struct address *addresses;
    size_t n;
    if (!find_addresses(scope, node->args[0], HTTP_PORT, "upstream", &addresses, &n, err)) {
        return false;
    }
    upstream_conf_add_peers(group, scope->arena, addresses, n, &like);
    return true;
}

/* "number [local]": connections are never shared by locations that differ in what matters. */
static bool set_keepalive(struct conf_scope *scope, const struct directive *row, void *field,
                          struct error *err)
{
    const struct conf_node *node = scope->node;
    if (node->n == 2 && !str_eq(node->args[1], STR("local"))) {
        return error_set(err, "invalid parameter \"%.*s\"", STR_ARG(node->args[1]));
    }
    return set_number(scope, row, field, err);
}

#define FIELD(name) offsetof(struct upstream_group, name)
#define LATER(directive_name)                                                                      \
    {                                                                                              \
        .name = (directive_name), .contexts = CONTEXT_UPSTREAM, .max_args = ARGS_ANY,              \
        .support = SUPPORT_LATER                                                                   \
    }
#define IN_TURN(directive_name, max, words)                                                        \
    {                                                                                              \
        .name = (directive_name), .contexts = CONTEXT_UPSTREAM, .max_args = (max),                 \
        .support = SUPPORT_ACCEPTED, .syntax = (words), .note = "yett uses weighted round-robin"   \
    }

static const struct directive DIRECTIVES[] = {
    {.name = "server",
     .contexts = CONTEXT_UPSTREAM,
     .min_args = 1,
     .max_args = ARGS_ANY,
     .repeats = true,
     .set = set_upstream_server,
     .syntax = "address[:port] | unix:path [weight=number] [max_conns=number] [max_fails=number] "
               "[fail_timeout=time] [backup] [down]"},
    {.name = "keepalive",
     .contexts = CONTEXT_UPSTREAM,
     .min_args = 1,
     .max_args = 2,
     .set = set_keepalive,
     .offset = FIELD(keepalive),
     .initial = "32",
     .syntax = "connections [local]",
     .note =
         "The number of idle connections of each thread. Locations with different `proxy_ssl_*` "
         "settings do not share connections."},
    {.name = "keepalive_requests",
     .contexts = CONTEXT_UPSTREAM,
     .min_args = 1,
     .max_args = 1,
     .set = set_number,
     .offset = FIELD(keepalive_requests),
     .initial = "1000",
     .syntax = "number"},
    {.name = "keepalive_time",
     .contexts = CONTEXT_UPSTREAM,
     .min_args = 1,
     .max_args = 1,
     .set = set_msec,
     .offset = FIELD(keepalive_time_ms),
     .initial = "1h",
     .syntax = "time"},
    {.name = "keepalive_timeout",
     .contexts = CONTEXT_UPSTREAM,
     .min_args = 1,
     .max_args = 1,
     .set = set_msec,
     .offset = FIELD(keepalive_timeout_ms),
     .initial = "60s",
     .syntax = "time"},
    {.name = "zone",
     .contexts = CONTEXT_UPSTREAM,
     .min_args = 1,
     .max_args = 2,
     .support = SUPPORT_ACCEPTED,
     .syntax = "name [size]",
     .note = "each thread counts failures separately"},
    /* How load is spread cannot change an answer; whether a client stays with a backend can. */
    IN_TURN("least_conn", 0, ""),
    IN_TURN("least_time", 2, "header | last_byte [inflight]"),
    IN_TURN("random", 2, "[two [method]]"),
    LATER("hash"),
    LATER("ip_hash"),
    LATER("sticky"),
    LATER("state"),
    LATER("queue"),
    LATER("ntlm"),
};

const struct directive_table upstream_table = {"Groups of backends", DIRECTIVES,
                                               COUNT_OF(DIRECTIVES), LEVEL_UPSTREAM, 0};

/* --- upstream --- */

static bool check_group(const struct upstream_group *group, struct error *err)
{
    for (size_t i = 0; i < group->n; i++) {
        if (!group->peers[i].backup) {
            return true;
        }
    }
    return group->n ? error_set(err, "no servers in upstream \"%.*s\"", STR_ARG(group->name))
                    : error_set(err, "no servers are inside upstream");
}

bool set_upstream_block(struct conf_scope *scope, const struct directive *row, void *field,
                        struct error *err)
{
    const struct conf_node *node = scope->node;
    if (settings_group(loader_of(scope)->settings, node->args[0])) {
        return error_set(err, "duplicate upstream \"%.*s\"", STR_ARG(node->args[0]));
    }
    struct upstream_group *group = upstream_conf_group(loader_of(scope)->settings, node->args[0]);
    const struct conf_tables tables = {&upstream_table, 1};
    struct conf_level level = {
        .context = CONTEXT_UPSTREAM,
        .structs = {[LEVEL_UPSTREAM] = group},
        .seen = arena_zalloc(scope->arena, conf_tables_rows(&tables)),
    };
    return conf_apply_all(&tables, scope, &level, node->children, err) && check_group(group, err);
}

/* --- resolver --- */

static bool set_resolver_option(struct str word, struct resolver_settings *resolver,
                                bool *is_option, struct error *err)
{
    struct str value = word;
    struct str name = str_split(&value, '=');
    bool on = str_eq(value, STR("on"));
    bool is_flag = on || str_eq(value, STR("off"));
    bool ok = true;
    *is_option = true;
    if (str_eq(name, STR("valid"))) {
        ok = value_msec(value, &resolver->valid_ms);
    } else if (str_eq(name, STR("ipv4"))) {
        resolver->ipv4 = on;
        ok = is_flag;
    } else if (str_eq(name, STR("ipv6"))) {
        resolver->ipv6 = on;
        ok = is_flag;
    } else if (str_eq(name, STR("status_zone"))) {
        ok = value.n > 0; /* it only counts, for pages that there are not */
    } else {
        *is_option = false;
    }
    return ok || error_set(err, "invalid parameter: %.*s", STR_ARG(word));
}

bool set_resolver(struct conf_scope *scope, const struct directive *row, void *field,
                  struct error *err)
{
    struct location_settings *location = loader_of(scope)->block.location;
    struct resolver_settings *resolver = arena_zalloc(scope->arena, sizeof(*resolver));
    resolver->ipv4 = resolver->ipv6 = true;
    for (size_t i = 0; i < scope->node->n; i++) {
        struct str word = scope->node->args[i];
        bool is_option;
        if (!set_resolver_option(word, resolver, &is_option, err)) {
            return false;
        }
        struct address *found;
        size_t n;
        if (is_option) {
            continue;
        }
        if (!find_addresses(scope, word, DNS_PORT, "resolver", &found, &n, err)) {
            return false;
        }
        for (size_t a = 0; a < n; a++) {
            struct address *server =
                vec_push(scope->arena, &resolver->servers, &resolver->servers_n, sizeof(*server));
            *server = found[a];
        }
    }
    if (!resolver->ipv4 && !resolver->ipv6) {
        return error_set(err, "\"ipv4\" and \"ipv6\" cannot both be \"off\"");
    }
    if (resolver->servers_n == 0) {
        return error_set(err, "no name servers defined");
    }
    assert(resolver->timeout_ms == 0); /* resolver_timeout may come later: complete_resolver */
    location->resolver = resolver;
    return true;
}

bool set_resolver_timeout(struct conf_scope *scope, const struct directive *row, void *field,
                          struct error *err)
{
    struct location_settings *location = loader_of(scope)->block.location;
    return set_msec(scope, row, &location->resolver_timeout_ms, err);
}
