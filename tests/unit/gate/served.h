/* SPDX-License-Identifier: Apache-2.0 */
/* A gate in a loop whose turns the test takes; its clients are the other ends of socket pairs. */
#ifndef TEST_GATE_SERVED_H
#define TEST_GATE_SERVED_H

#include "live.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gate/h2/h2.h"

struct served {
    struct live live;
    struct loop loop;
    struct gate_shared shared;
    struct gate *gate;
    struct listener listener;
};

/* The text stands in the server. */
static const struct protocol *const PROTOCOLS[] = {&h1_protocol, &h2_protocol, NULL};

static inline void served_open(struct served *served, const char *text)
{
    struct error err;
    assert_true(loop_init(&served->loop, &err));
    if (!live_load(&served->live, NULL, text, &err)) {
        fail_msg("%s", err.text);
    }
    served->live.settings.connections = 100;
    served->listener = (struct listener){.fallback = &served->live.server, .text = STR("here")};
    served->shared = (struct gate_shared){0};
    assert_true(gate_new(&served->loop, &served->live.settings, PROTOCOLS, &served->shared, NULL,
                         &served->gate, &err));
}

static inline void served_done(void *arg)
{
    *(bool *)arg = true;
}

static inline void served_close(struct served *served)
{
    bool done = false;
    gate_stop(served->gate, served_done, &done);
    while (!done) {
        uv_run(&served->loop.uv, UV_RUN_ONCE);
    }
    gate_free(served->gate);
    live_deinit(&served->live);
    loop_deinit(&served->loop);
}

/* A client's end; the other is gate->connections. */
static inline int served_client(struct served *served)
{
    int ends[2];
    int room = 1024 * 1024; /* or what the system allows */
    struct address peer;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends), 0);
    assert_int_equal(setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &room, sizeof(room)), 0);
    assert_true(address_parse(STR("192.0.2.1"), 40000, &peer));
    connection_accept(served->gate, &served->listener, ends[1], &peer);
    return ends[0];
}

static inline void served_say(int fd, const char *text)
{
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
}

static inline void served_turn(struct served *served)
{
    uv_run(&served->loop.uv, UV_RUN_NOWAIT);
}

#endif
