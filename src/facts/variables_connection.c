/* SPDX-License-Identifier: Apache-2.0 */
/* Variables of the client's connection. */
#include <assert.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include "base/clock.h"
#include "facts/variable_getters.h"
#include "gate/connection.h"
#include "net/address.h"

static struct connection *connection_of(void *facts)
{
    const struct request *request = facts;
    return request->conn;
}

struct value variable_binary_remote_addr(void *facts, struct arena *arena,
                                         const struct builtin *row, struct str suffix)
{
    const struct connection *conn = connection_of(facts);
    const struct address *peer = &conn->peer;
    switch (peer->u.sa.sa_family) {
    case AF_INET:
        return value_of(
            (struct str){(const char *)&peer->u.in.sin_addr, sizeof(peer->u.in.sin_addr)});
    case AF_INET6:
        return value_of(
            (struct str){(const char *)&peer->u.in6.sin6_addr, sizeof(peer->u.in6.sin6_addr)});
    default: return value_of(conn->peer_text);
    }
}

struct value variable_remote_addr(void *facts, struct arena *arena, const struct builtin *row,
                                  struct str suffix)
{
    return value_of(connection_of(facts)->peer_text);
}

/* nginx: empty, but there, for what has no port. */
static struct value port_value(const struct address *address, struct arena *arena)
{
    uint16_t port = address_port(address);
    return port ? value_of_u64(port, arena) : value_of(STR(""));
}

struct value variable_remote_port(void *facts, struct arena *arena, const struct builtin *row,
                                  struct str suffix)
{
    return port_value(&connection_of(facts)->peer, arena);
}

struct value variable_server_addr(void *facts, struct arena *arena, const struct builtin *row,
                                  struct str suffix)
{
    char text[ADDRESS_TEXT_MAX];
    const struct address *local = connection_local(connection_of(facts));
    bool is_unix =
        local->u.sa.sa_family == AF_UNIX; /* here nginx shows the path, unlike in $remote_addr */
    return value_of(
        arena_dup(arena, is_unix ? address_text(local, text) : address_host(local, text)));
}

struct value variable_server_port(void *facts, struct arena *arena, const struct builtin *row,
                                  struct str suffix)
{
    return port_value(connection_local(connection_of(facts)), arena);
}

struct value variable_connection(void *facts, struct arena *arena, const struct builtin *row,
                                 struct str suffix)
{
    return value_of_u64(connection_of(facts)->id, arena);
}

struct value variable_connection_requests(void *facts, struct arena *arena,
                                          const struct builtin *row, struct str suffix)
{
    const struct request *request = facts;
    return value_of_u64(request->number, arena);
}

struct value variable_connection_time(void *facts, struct arena *arena, const struct builtin *row,
                                      struct str suffix)
{
    assert(connection_of(facts)->start_ms <= clock_now().mono_ms);
    return value_of_ms(clock_now().mono_ms - connection_of(facts)->start_ms, arena);
}

struct value variable_tcpinfo(void *facts, struct arena *arena, const struct builtin *row,
                              struct str suffix)
{
    struct tcp_info info;
    socklen_t len = sizeof(info);
    if (getsockopt(connection_of(facts)->transport.fd, IPPROTO_TCP, TCP_INFO, &info, &len) != 0 ||
        len < row->data + sizeof(uint32_t)) {
        return VALUE_IS_ABSENT;
    }
    uint32_t field;
    assert(row->data + sizeof(field) <= sizeof(info));
    memcpy(&field, (const char *)&info + row->data, sizeof(field));
    return value_of_u64(field, arena);
}
