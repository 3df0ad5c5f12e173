/* SPDX-License-Identifier: Apache-2.0 */
#include "gate/5_route.h"

#include "gate/6_decide.h"
#include "gate/8_respond.h"
#include "gate/body.h"
#include "gate/connection.h"

/* --- servers --- */

static const struct server *find_mask(const struct name_mask *masks, size_t n, struct str name,
                                      bool suffix)
{
    for (size_t i = 0; i < n; i++) {
        struct str rest = masks[i].rest;
        if (masks[i].with_self && str_eq(name, rest)) {
            return masks[i].server;
        }
        if (name.n <= rest.n + 1) {
            continue; /* the asterisk stands for at least one character */
        }
        size_t dot = suffix ? name.n - rest.n - 1 : rest.n;
        struct str part = suffix ? str_skip(name, dot + 1) : str_head(name, dot);
        if (name.p[dot] == '.' && str_eq(part, rest)) {
            return masks[i].server;
        }
    }
    return NULL;
}

const struct server *route_find_server(const struct listener *listener, struct str name,
                                       struct scope *scope, const struct regex **failed)
{
    const struct server *server = strmap_get(&listener->exact, name);
    if (!server) {
        server = find_mask(listener->suffixes, listener->suffixes_n, name, true);
    }
    if (!server) {
        server = find_mask(listener->prefixes, listener->prefixes_n, name, false);
    }
    for (size_t i = 0; !server && i < listener->regexes_n; i++) {
        const struct regex *regex = listener->regexes[i].regex;
        enum match match = scope ? scope_match(scope, regex, name) : regex_match(regex, name, NULL);
        if (match == MATCH_ERROR) {
            *failed = regex;
            return NULL;
        }
        if (match == MATCH_YES) {
            server = listener->regexes[i].server;
        }
    }
    return server;
}

/*
 * What the connection was let in under must be what this server asks for (RFC 9110, 7.4): another
 * demand was never put to this client, however good its certificate was elsewhere.
 */
static bool misdirected(const struct connection *conn, const struct server *server)
{
    if (!conn->transport.ssl || server == conn->server) {
        return false;
    }
    const struct tls_server *here = server->tls, *asked = conn->server->tls;
    if (!here || !asked) {
        return true; /* what is demanded there cannot be told */
    }
    return tls_server_verify_mode(here) != VERIFY_OFF && !tls_server_same_demand(here, asked);
}

/*
 * A connection that was accepted before a reload may bring its first request after it: the new
 * configuration's demands are made of it as well, by having the client come again.
 */
static bool terms_hold(const struct request *request)
{
    const struct connection *conn = request->conn;
    return !conn->transport.ssl || !conn->gate->demands ||
           demands_hold(conn->gate->demands, conn->listener, request->server);
}

/* Another connection is what the client needs (RFC 9110, 15.5.20). */
static enum next answer_misdirected(struct request *request)
{
    request->keep_alive = false;
    respond_status(request, 421);
    return NEXT_STEP;
}

enum next route_server(struct request *request)
{
    struct connection *conn = request->conn;
    const struct server *server = NULL;
    if (request->host.n) {
        const struct regex *failed = NULL;
        server = route_find_server(conn->listener, request->host, &request->scope, &failed);
        if (failed) {
            return NEXT_STEP; /* request_run ends it */
        }
        server = server ? server : conn->listener->fallback;
    } else if (!request->head.has_host) {
        server = strmap_get(&conn->listener->exact, STR(""));
    }
    if (server && misdirected(conn, server)) {
        request_log(request, LEVEL_INFO,
                    "client attempted to request the server name different from the one that was "
                    "negotiated");
        if (decide_refusal(request)) {
            /* error_page of a server that did not let the client in: not at a place it chose. */
            request->path = request->args = STR("");
        }
        return answer_misdirected(request);
    }
    if (server) {
        request->server = server;
        request->location = &server->root;
    }
    if (!terms_hold(request)) {
        request_log(request, LEVEL_INFO, "clients are let in on other terms since the reload");
        request->path = request->args = STR(""); /* nothing of the old server's is shown */
        return answer_misdirected(request);
    }
    request->step = STEP_CHECK_CLIENT;
    return NEXT_STEP;
}

/* --- locations --- */

const struct location *route_named(const struct server *server, struct str name)
{
    for (size_t i = 0; i < server->locations.named_n; i++) {
        if (str_eq(server->locations.named[i]->name, name)) {
            return server->locations.named[i];
        }
    }
    return NULL;
}

enum found { FOUND_NOTHING, FOUND_PREFIX, FOUND_FINAL, FOUND_REDIRECT, FOUND_ERROR };

static const struct location *find_prefix(const struct locations *locations, struct str path,
                                          const struct location **redirect)
{
    for (size_t i = 0; i < locations->prefixes_n; i++) {
        const struct location *location = locations->prefixes[i];
        if (location->kind == LOCATION_EXACT ? str_eq(path, location->name)
                                             : str_starts(path, location->name)) {
            return location;
        }
        if (location->auto_redirect && path.n + 1 == location->name.n &&
            str_starts(location->name, path)) {
            *redirect = location;
        }
    }
    return NULL;
}

static enum found find_location(struct request *request, const struct locations *locations);

static enum found find_regex(struct request *request, const struct locations *locations)
{
    for (size_t i = 0; i < locations->regexes_n; i++) {
        const struct location *location = locations->regexes[i];
        enum match match = scope_match(&request->scope, location->regex, request->path);
        if (match == MATCH_ERROR) {
            return FOUND_ERROR;
        }
        if (match == MATCH_YES) {
            request->location = &location->settings;
            enum found nested = find_location(request, &location->nested);
            return nested == FOUND_ERROR || nested == FOUND_REDIRECT ? nested : FOUND_FINAL;
        }
    }
    return FOUND_NOTHING;
}

/* Exact, then the longest prefix (and what is nested in it), then regular expressions in order: as
 * nginx documents. */
static enum found find_location(struct request *request, const struct locations *locations)
{
    const struct location *redirect = NULL;
    const struct location *prefix = find_prefix(locations, request->path, &redirect);
    if (redirect && (!prefix || prefix->name.n < request->path.n)) {
        request->location = &redirect->settings;
        return FOUND_REDIRECT;
    }
    bool final = false;
    if (prefix) {
        request->location = &prefix->settings;
        if (prefix->kind == LOCATION_EXACT) {
            return FOUND_FINAL;
        }
        enum found nested = find_location(request, &prefix->nested);
        if (nested != FOUND_NOTHING && nested != FOUND_PREFIX) {
            return nested;
        }
        final = prefix->kind == LOCATION_PREFIX_FINAL;
    }
    enum found regex = final ? FOUND_NOTHING : find_regex(request, locations);
    return regex != FOUND_NOTHING ? regex : prefix ? FOUND_PREFIX : FOUND_NOTHING;
}

static void redirect_to_slash(struct request *request)
{
    struct str name = request->location->location->name;
    struct str url = uri_escape(ESCAPE_URI, name, &request->arena);
    if (request->args.n) {
        const struct str parts[] = {url, request->args};
        url = arena_join(&request->arena, parts, 2, STR("?"));
    }
    respond_redirect(request, 301, url);
}

static bool body_too_large(const struct request *request)
{
    uint64_t max = request->location->client_max_body_size;
    return max && !request->body.dropped && request->body.framing.kind == BODY_LENGTH &&
           request->body.framing.length > max;
}

void route_limit_except(struct request *request)
{
    const struct location_settings *location = request->location;
    if (location->limit_except && !(location->limit_except & request->method)) {
        request->location = location->limited;
    }
}

enum next route_location(struct request *request)
{
    request->location = &request->server->root;
    enum found found = find_location(request, &request->server->locations);
    request->step = STEP_LOCATION_PROGRAM;
    if (found == FOUND_ERROR) {
        return NEXT_STEP; /* request_run ends it */
    }
    if (!request->internal && request->location->internal) {
        respond_status(request, 404);
        return NEXT_STEP;
    }
    route_limit_except(request);
    if (body_too_large(request)) {
        request_log(request, LEVEL_ERROR, "client intended to send too large body: %llu bytes",
                    (unsigned long long)request->body.framing.length);
        body_discard(request);
        respond_status(request, 413);
    } else if (found == FOUND_REDIRECT) {
        redirect_to_slash(request);
    }
    return NEXT_STEP;
}
