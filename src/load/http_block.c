/* SPDX-License-Identifier: Apache-2.0 */
/* http, server, location, if, limit_except: each level starts as a copy of the one around it. */
#include <assert.h>
#include <stdlib.h>

#include "base/vec.h"
#include "http/method.h"
#include "load/level.h"
#include "script/rewrite_conf.h"

/* Reads what stands between the braces into `inner`. */
static bool read_block(struct conf_scope *scope, unsigned context, const struct block *inner,
                       struct error *err)
{
    struct loader *loader = loader_of(scope);
    struct block outer = loader->block;
    struct conf_level level = level_of(loader, inner, context);
    loader->block = *inner;
    bool ok = conf_apply_all(loader->tables, scope, &level, scope->node->children, err);
    assert(loader->block.location == inner->location); /* each block inside put it back */
    loader->block = outer;
    return ok;
}

static void http_block_remember(struct loader *loader, struct location_settings *location)
{
    struct location_settings **slot =
        vec_push(&loader->settings->arena, &loader->locations, &loader->locations_n, sizeof(*slot));
    *slot = location;
}

/* --- http --- */

/* Servers come last, whatever the order in the file: they may name upstreams, maps and formats
 * below them. */
static void put_servers_last(struct conf_node *http)
{
    struct conf_node *others = NULL, *servers = NULL;
    struct conf_node **others_end = &others, **servers_end = &servers;
    for (struct conf_node *node = http->children; node; node = node->next) {
        struct conf_node ***end = str_eq(node->name, STR("server")) ? &servers_end : &others_end;
        **end = node;
        *end = &node->next;
    }
    *servers_end = NULL;
    *others_end = servers;
    http->children = others;
}

bool set_http_block(struct conf_scope *scope, const struct directive *row, void *field,
                    struct error *err)
{
    (void)row;
    (void)field;
    struct loader *loader = loader_of(scope);
    assert(!loader->block.location); /* nothing is around it */
    struct location_settings *location = arena_zalloc(scope->arena, sizeof(*location));
    struct server_settings *server = arena_zalloc(scope->arena, sizeof(*server));
    struct block block = {.server_settings = server, .location = location};
    level_begin_http(loader, location);
    put_servers_last((struct conf_node *)(uintptr_t)scope->node); /* the tree is the loader's */
    return level_set_initial(scope, &block, err) && read_block(scope, CONTEXT_HTTP, &block, err);
}

/* --- server --- */

/* Longest name first, so that the first that fits is the best; exact before prefix. */
static int compare_prefixes(const void *a, const void *b)
{
    const struct location *x = *(struct location *const *)a;
    const struct location *y = *(struct location *const *)b;
    if ((x->kind == LOCATION_EXACT) != (y->kind == LOCATION_EXACT)) {
        return x->kind == LOCATION_EXACT ? -1 : 1;
    }
    return x->name.n == y->name.n ? 0 : x->name.n > y->name.n ? -1 : 1;
}

static void sort_locations(struct locations *locations)
{
    if (locations->prefixes_n) {
        qsort(locations->prefixes, locations->prefixes_n, sizeof(struct location *),
              compare_prefixes);
    }
}

bool set_server_block(struct conf_scope *scope, const struct directive *row, void *field,
                      struct error *err)
{
    (void)row;
    (void)field;
    struct loader *loader = loader_of(scope);
    assert(!loader->block.server && loader->block.server_settings); /* in `http` */
    struct server *server = arena_zalloc(scope->arena, sizeof(*server));
    server->settings = *loader->block.server_settings;
    level_begin(loader, &server->root, loader->block.location);
    server->file = scope->node->file;
    server->line = scope->node->line;
    server->number = loader->settings->servers_n;
    struct server **slot = vec_push(scope->arena, &loader->settings->servers,
                                    &loader->settings->servers_n, sizeof(*slot));
    *slot = server;
    http_block_remember(loader, &server->root);

    size_t listens = loader->listens_n;
    struct block block = {
        .server_settings = &server->settings,
        .location = &server->root,
        .locations = &server->locations,
        .server = server,
    };
    if (!read_block(scope, CONTEXT_SERVER, &block, err)) {
        return false;
    }
    sort_locations(&server->locations);
    for (; listens < loader->listens_n; listens++) {
        if (loader->listens[listens].server == server) {
            return true;
        }
    }
    loader->block.server = server;
    bool ok = listen_default(loader, scope->node, err);
    loader->block.server = NULL;
    return ok;
}

/* --- location --- */

static bool parse_modifier(struct conf_scope *scope, struct location *location, bool *ignore_case,
                           struct error *err)
{
    assert(scope->node->n == 2); /* the row takes no more */
    struct str modifier = scope->node->args[0];
    *ignore_case = false;
    if (str_eq(modifier, STR("="))) {
        location->kind = LOCATION_EXACT;
    } else if (str_eq(modifier, STR("^~"))) {
        location->kind = LOCATION_PREFIX_FINAL;
    } else if (str_eq(modifier, STR("~")) || str_eq(modifier, STR("~*"))) {
        location->kind = LOCATION_REGEX;
        *ignore_case = modifier.n == 2;
    } else {
        return error_set(err, "invalid location modifier \"%.*s\"", STR_ARG(modifier));
    }
    location->name = scope->node->args[1];
    return true;
}

/* "=/x", "~x", "^~/x", "@x" and "/x" in one word. */
static void parse_joined(struct conf_scope *scope, struct location *location, bool *ignore_case)
{
    struct str name = scope->node->args[0];
    *ignore_case = false;
    location->kind = LOCATION_PREFIX;
    if (str_starts(name, STR("="))) {
        location->kind = LOCATION_EXACT;
        name = str_skip(name, 1);
    } else if (str_starts(name, STR("^~"))) {
        location->kind = LOCATION_PREFIX_FINAL;
        name = str_skip(name, 2);
    } else if (str_starts(name, STR("~"))) {
        *ignore_case = str_starts(name, STR("~*"));
        location->kind = LOCATION_REGEX;
        name = str_skip(name, *ignore_case ? 2 : 1);
    } else if (str_starts(name, STR("@"))) {
        location->kind = LOCATION_NAMED;
    }
    location->name = name;
}

/* What nginx refuses of a location inside another. */
static bool check_nesting(const struct location *location, const struct location *parent,
                          struct error *err)
{
    if (!parent) {
        return true;
    }
    if (parent->kind == LOCATION_EXACT) {
        return error_set(err, "location \"%.*s\" cannot be inside the exact location \"%.*s\"",
                         STR_ARG(location->name), STR_ARG(parent->name));
    }
    if (parent->kind == LOCATION_NAMED) {
        return error_set(err, "location \"%.*s\" cannot be inside the named location \"%.*s\"",
                         STR_ARG(location->name), STR_ARG(parent->name));
    }
    if (location->kind == LOCATION_NAMED) {
        return error_set(err, "named location \"%.*s\" can be on the server level only",
                         STR_ARG(location->name));
    }
    if (location->kind != LOCATION_REGEX && parent->kind != LOCATION_REGEX &&
        !str_starts(location->name, parent->name)) {
        return error_set(err, "location \"%.*s\" is outside location \"%.*s\"",
                         STR_ARG(location->name), STR_ARG(parent->name));
    }
    return true;
}

static bool http_block_same_kind(const struct location *a, const struct location *b)
{
    return (a->kind == LOCATION_EXACT) == (b->kind == LOCATION_EXACT) && str_eq(a->name, b->name);
}

static bool add_location(struct conf_scope *scope, struct locations *locations,
                         struct location *location, struct error *err)
{
    assert((location->kind == LOCATION_REGEX) == (location->regex != NULL));
    struct location ***list = &locations->prefixes;
    size_t *n = &locations->prefixes_n;
    if (location->kind == LOCATION_REGEX) {
        list = &locations->regexes;
        n = &locations->regexes_n;
    } else if (location->kind == LOCATION_NAMED) {
        list = &locations->named;
        n = &locations->named_n;
    }
    for (size_t i = 0; location->kind != LOCATION_REGEX && i < *n; i++) {
        if (http_block_same_kind((*list)[i], location)) {
            return error_set(err, "duplicate location \"%.*s\"", STR_ARG(location->name));
        }
    }
    struct location **slot = vec_push(scope->arena, list, n, sizeof(*slot));
    *slot = location;
    return true;
}

bool set_location_block(struct conf_scope *scope, const struct directive *row, void *field,
                        struct error *err)
{
    (void)row;
    (void)field;
    struct loader *loader = loader_of(scope);
    struct location *location = arena_zalloc(scope->arena, sizeof(*location));
    location->file = scope->node->file;
    location->line = scope->node->line;
    bool ignore_case;
    if (scope->node->n == 1) {
        parse_joined(scope, location, &ignore_case);
    } else if (!parse_modifier(scope, location, &ignore_case, err)) {
        return false;
    }
    location->ignore_case = ignore_case;
    if (!check_nesting(location, loader->block.parent, err)) {
        return false;
    }
    if (location->kind == LOCATION_REGEX &&
        !variables_regex(scope->vars, location->name, ignore_case, &location->regex, err)) {
        return false;
    }
    level_begin(loader, &location->settings, loader->block.location);
    location->settings.location = location;
    location->parent = loader->block.parent;
    http_block_remember(loader, &location->settings);
    struct block block = loader->block;
    block.server_settings = NULL;
    block.location = &location->settings;
    block.locations = &location->nested;
    block.parent = location;
    if (!add_location(scope, loader->block.locations, location, err) ||
        !read_block(scope, CONTEXT_LOCATION, &block, err)) {
        return false;
    }
    sort_locations(&location->nested);
    location->auto_redirect = location->kind != LOCATION_REGEX &&
                              location->settings.slash_redirect &&
                              str_ends(location->name, STR("/"));
    return true;
}

/* --- if --- */

bool set_if_block(struct conf_scope *scope, const struct directive *row, void *field,
                  struct error *err)
{
    (void)row;
    (void)field;
    struct loader *loader = loader_of(scope);
    struct block block = loader->block;
    bool in_server = scope->context == CONTEXT_SERVER;
    assert(in_server || scope->context == CONTEXT_LOCATION); /* an `if` holds no other */
    struct location_settings *inside = arena_zalloc(scope->arena, sizeof(*inside));
    level_begin_part(loader, inside, loader->block.location);
    block.server_settings = NULL;
    block.location = inside;
    block.locations = NULL;
    struct program *body;
    if (!rewrite_conf_if(scope, &loader->block.location->program, &body, in_server ? NULL : inside,
                         err)) {
        return false;
    }
    if (!in_server) {
        http_block_remember(loader, inside);
    }
    if (!read_block(scope, in_server ? CONTEXT_SERVER_IF : CONTEXT_LOCATION_IF, &block, err)) {
        return false;
    }
    *body = inside->program;
    return true;
}

/* --- limit_except --- */

bool set_limit_except_block(struct conf_scope *scope, const struct directive *row, void *field,
                            struct error *err)
{
    (void)row;
    (void)field;
    struct loader *loader = loader_of(scope);
    struct location_settings *outside = loader->block.location;
    unsigned methods = 0;
    for (size_t i = 0; i < scope->node->n; i++) {
        enum method method = method_of(scope->node->args[i]);
        if (method == METHOD_OTHER) {
            return error_set(err, "invalid method \"%.*s\"", STR_ARG(scope->node->args[i]));
        }
        methods |= method;
    }
    if (methods & METHOD_GET) {
        methods |= METHOD_HEAD;
    }
    assert(methods && !outside->limited); /* its row is there once */
    struct location_settings *inside = arena_zalloc(scope->arena, sizeof(*inside));
    level_begin_part(loader, inside, outside);
    http_block_remember(loader, inside);
    struct block block = loader->block;
    block.server_settings = NULL;
    block.location = inside;
    block.locations = NULL;
    outside->limit_except = methods;
    outside->limited = inside;
    return read_block(scope, CONTEXT_LIMIT_EXCEPT, &block, err);
}
