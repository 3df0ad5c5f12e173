/* SPDX-License-Identifier: Apache-2.0 */
/* A request on a connection without a socket, in a server whose settings were read from a text. */
#ifndef TEST_GATE_LIVE_H
#define TEST_GATE_LIVE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/container.h"
#include "facts/variables.h"
#include "gate/connection.h"
#include "gate/h1/h1.h"
#include "load/level.h"
#include "modules/modules.h"

struct live {
    struct address local;
    struct settings settings;
    struct live_state state;
    struct loader loader;
    struct location location;
    struct server server;
    struct gate gate;
    struct connection conn;
    struct request *request;
    char scratch[GATE_SCRATCH];
    char notice[256]; /* the last one */
};

#define assert_str(got, want)                                                                      \
    do {                                                                                           \
        struct str got_ = (got);                                                                   \
        const char *want_ = (want);                                                                \
        if (!str_eq(got_, str_of(want_))) {                                                        \
            fail_msg("\"%.*s\" is not \"%s\"", STR_ARG(got_), want_);                              \
        }                                                                                          \
    } while (0)

static inline void live_hear(void *owner, const char *text)
{
    struct live *live = CONTAINER_OF((struct loader *)owner, struct live, loader);
    snprintf(live->notice, sizeof(live->notice), "%s", text);
}

/* Reads the text as what stands in a server, or in a location with that name, or in "http";
 * relative to /prefix. */
static inline bool live_load(struct live *live, const char *name, const char *text,
                             struct error *err)
{
    static const struct log SILENT = {NULL, 0};
    struct location_settings *root = &live->server.root;
    struct loader *loader = &live->loader;
    *live = (struct live){0};
    clock_update();
    arena_init(&live->settings.arena, 0);
    loader_init(loader, &live->settings, &live->state, &all_modules);
    live->settings.log = &SILENT;
    loader->warnings = SILENT;
    loader->block = (struct block){.server_settings = &live->server.settings, .location = root};
    live->settings.prefix = live->settings.conf_prefix = "/prefix/";
    struct conf_scope scope = {
        .arena = &live->settings.arena,
        .prefix = "/prefix/",
        .conf_prefix = "/prefix/",
        .vars = &live->settings.vars,
        .first = true,
        .owner = loader,
        .notice = live_hear,
    };
    level_begin_http(loader, root);
    assert_true(level_set_initial(&scope, &loader->block, err));
    struct conf_level level = level_of(loader, &loader->block, CONTEXT_SERVER);
    root->files.root_level = NULL;
    if (name && strcmp(name, "http") == 0) {
        level.context = CONTEXT_HTTP;
    } else if (name) {
        level.context = CONTEXT_LOCATION;
        live->location.name = str_of(name);
        live->location.kind = name[0] == '~'   ? LOCATION_REGEX
                              : name[0] == '@' ? LOCATION_NAMED
                                               : LOCATION_PREFIX;
        root->location = &live->location;
    }
    struct conf_tree tree;
    return conf_tree_parse(str_of(text), "test.conf", &live->settings.arena, &tree, err) &&
           conf_apply_all(loader->tables, &scope, &level, tree.first, err) &&
           level_complete(loader, root, err) && variables_check(&live->settings.vars, NULL, err);
}

/* A request as it came; malformed when it cannot be parsed. */
static inline struct request *live_request(struct live *live, const char *head)
{
    struct connection *conn = &live->conn;
    static const struct head_options OPTIONS = {true, false};
    int status;
    const char *reason;
    live->gate.settings = &live->settings;
    live->gate.scratch = live->scratch;
    conn->gate = &live->gate;
    conn->protocol = &h1_protocol;
    conn->server = &live->server;
    conn->id = 7;
    conn->transport.fd = -1;
    conn->output.spare = &live->gate.output_bufs;
    conn->local = &live->local;
    assert_true(address_parse(STR("127.0.0.1"), 8080, conn->local));
    assert_true(address_parse(STR("192.0.2.1"), 40000, &conn->peer));
    conn->peer_text = address_host(&conn->peer, conn->peer_buf);

    struct request *request = request_new(conn);
    live->request = request;
    request->body.state = REQUEST_BODY_COMPLETE;
    request->malformed = !request_head_parse(str_of(head), &OPTIONS, &request->arena,
                                             &request->head, &status, &reason);
    struct uri uri;
    if (request->malformed || !uri_parse(request->head.target, true, &request->arena, &uri)) {
        request->malformed = true;
        return request;
    }
    request->walk.method = request->head.method;
    request->walk.method_name = request->head.method_name;
    request->walk.path = uri.path;
    request->walk.args = uri.args;
    if (request->head.has_host &&
        !host_normalize(request->head.host, &request->arena, &request->walk.host)) {
        request->malformed = true;
    }
    return request;
}

static inline struct str live_value(struct live *live, const char *text)
{
    struct template compiled;
    struct error err;
    assert_true(template_compile(str_of(text), &live->settings.vars, &live->settings.arena, NULL, 0,
                                 &compiled, &err));
    /* Variables may be new: values are asked from a scope that has room for them. */
    struct request *request = live->request;
    struct captures captures = request->walk.scope.captures;
    scope_init(&request->walk.scope, &live->settings.vars, &request->arena, &live_scope_host,
               request);
    request->walk.scope.captures = captures;
    return template_eval(&compiled, &request->walk.scope).s;
}

/* Answers from the files of the server's settings; what would be sent. */
static inline struct str live_answer(struct live *live, const char *head)
{
    live_request(live, head);
    live->request->walk.step = WALK_TRY_FILES;
    request_run(live->request);
    return buf_view(&live->conn.output.bytes);
}

/* Ends the request, and with it its line in the log. */
static inline void live_end(struct live *live)
{
    if (live->request) {
        request_abort(live->request);
        live->request = NULL;
    }
    output_deinit(&live->conn.output);
}

static inline void live_deinit(struct live *live)
{
    live_end(live);
    spare_deinit(&live->gate.arena_blocks);
    spare_deinit(&live->gate.requests);
    spare_bufs_deinit(&live->gate.output_bufs);
    live_state_deinit(&live->state);
    variables_deinit(&live->settings.vars);
    arena_deinit(&live->settings.arena);
}

#endif
