/* SPDX-License-Identifier: Apache-2.0 */
/* How the chosen backend is connected to. */
#include "modules/proxy/forward_dial.h"

#include <assert.h>

#include "base/file.h"

enum { READ_SIZE = 64 * 1024 }; /* of a buffer that all connections share */

/* proxy_bind. As nginx, what is no address is logged and passed over. */
static const struct address *local_address(struct forward *forward)
{
    struct request *request = forward->request;
    struct str text = template_eval(&forward->settings->link.bind, &request->walk.scope).s;
    if (text.n == 0 || str_eq(text, STR("off"))) {
        return NULL;
    }
    if (!address_parse(text, 0, &forward->local)) {
        request_log(request, LEVEL_ERROR, "invalid local address \"%.*s\"", STR_ARG(text));
        return NULL;
    }
    return &forward->local;
}

/* Without port and brackets, which $proxy_host and $http_host may have. */
static struct str bare_name(struct str name)
{
    if (str_starts(name, STR("["))) {
        return str_head(str_skip(name, 1), str_find(name, ']') - 1);
    }
    return str_head(name, str_find(name, ':'));
}

static const char *peer_name(struct forward *forward)
{
    struct request *request = forward->request;
    const struct proxy_settings *settings = forward->settings;
    struct str name = settings->tls.name.source.n
                          ? template_eval(&settings->tls.name, &request->walk.scope).s
                          : request->tried_host;
    name = bare_name(name);
    return memchr(name.p ? name.p : "", '\0', name.n) ? "" : arena_cstr(&request->arena, name);
}

/* Of the file that variables name; as for other certificates, the configuration's folder is where
 * it is searched. */
static const char *own_path(struct request *request, struct str path)
{
    return path_resolve(&request->arena, str_of(request->conn->gate->settings->conf_prefix), path);
}

/* proxy_ssl_certificate with variables: read for this request, as nginx does. */
static bool forward_dial_load_keypair(struct forward *forward, const struct tls_keypair **out)
{
    struct request *request = forward->request;
    const struct proxy_settings *settings = forward->settings;
    struct str certificate = template_eval(&settings->tls.certificate, &request->walk.scope).s;
    struct str key = template_eval(&settings->tls.key, &request->walk.scope).s;
    struct error err;
    if (certificate.n == 0) {
        return true;
    }
    if (!forward->own_keypair &&
        !tls_keypair_load(own_path(request, certificate), own_path(request, key),
                          settings->tls.settings.password_file, &forward->own_keypair, &err)) {
        request_log(request, LEVEL_ERROR, "%s", err.text);
        return false;
    }
    *out = forward->own_keypair;
    return true;
}

static bool dial_tls(struct forward *forward, struct exchange_target *target)
{
    const struct proxy_settings *settings = forward->settings;
    struct tls_connect *connect = &target->tls_connect;
    assert(settings->tls.client); /* made at the load wherever the scheme may be https */
    target->tls = settings->tls.client;
    connect->name = peer_name(forward);
    connect->send_sni = settings->tls.server_name;
    connect->http2 = target->http2;
    connect->session_key = forward->pick.peer->name;
    connect->keypair = settings->tls.keypair;
    if (settings->tls.keypair || !settings->tls.certificate.source.n) {
        return true;
    }
    /* The next request may come as somebody else: this connection is not for it. */
    target->group = NULL;
    return forward_dial_load_keypair(forward, &connect->keypair);
}

bool forward_dial(struct forward *forward, struct exchange_target *target)
{
    const struct proxy_settings *settings = forward->settings;
    assert(forward->pick.peer);
    *target = (struct exchange_target){
        .peer = forward->pick.peer,
        .group = forward->own_balance ? NULL : forward->group,
        .local = settings->link.bind.source.n ? local_address(forward) : NULL,
        .socket_keepalive = settings->link.socket_keepalive,
        .timeouts = {.connect_ms = settings->link.connect_timeout_ms,
                     .send_ms = settings->link.send_timeout_ms,
                     .read_ms = settings->link.read_timeout_ms},
        .head_max = (size_t)settings->response.buffer_size,
        .read_size = READ_SIZE,
        .method = forward->method,
        .keep_alive = forward->keep_alive,
        .upgrade = forward->upgrade,
        .http2 = settings->request.version == HTTP_VERSION_2,
    };
    return !forward->url.tls || dial_tls(forward, target);
}
