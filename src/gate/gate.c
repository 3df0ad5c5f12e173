/* SPDX-License-Identifier: Apache-2.0 */
#include "gate/gate.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdlib.h>

#include "base/container.h"
#include "base/must.h"
#include "gate/accept.h"
#include "gate/connection.h"
#include "gate/ocsp_inquiry.h"
#include "gate/stapling.h"
#include "gate/tunnels.h"

/* Runs before the loop sleeps: whatever an event queued leaves now, in as few writes as possible.
 */
static void on_settle(uv_prepare_t *handle)
{
    struct gate *gate = CONTAINER_OF(handle, struct gate, settle);
    gate->turn++;
    while (gate->dirty) {
        struct connection *conn = gate->dirty;
        assert(conn->due && conn->phase != CONNECTION_CLOSED);
        gate->dirty = conn->next_dirty;
        connection_settle(conn);
    }
}

static void on_shutdown_timeout(struct deadline *deadline);
static void on_calm(struct deadline *deadline);

static bool start_listeners(struct gate *gate, const int *sockets, struct error *err)
{
    for (size_t i = 0; i < gate->settings->listeners_n; i++) {
        int fd = fcntl(sockets[i], F_DUPFD_CLOEXEC, 0);
        if (fd < 0) {
            return error_errno(err, errno, "fcntl(F_DUPFD_CLOEXEC)");
        }
        struct listener_watch *l = &gate->listeners[i];
        l->gate = gate;
        l->listener = gate->settings->listeners[i];
        if (!watch_init(&l->watch, gate->loop, fd, accept_ready, err)) {
            close(fd);
            return false;
        }
        deadline_init(&l->pause, gate->loop, accept_resume);
        gate->handles += 2;
    }
    return true;
}

bool gate_new(struct loop *loop, const struct settings *settings,
              const struct protocol *const *protocols, struct gate_shared *shared,
              const int *sockets, struct gate **out, struct error *err)
{
    struct gate *gate = must_calloc(1, sizeof(*gate));
    gate->loop = loop;
    gate->settings = settings;
    gate->protocols = protocols;
    gate->shared = shared;
    gate->listeners = must_calloc(settings->listeners_n, sizeof(*gate->listeners));
    gate->balances = must_calloc(settings->groups_n, sizeof(struct balance *));
    gate->input = must_calloc(1, GATE_SCRATCH);
    gate->scratch = must_calloc(1, GATE_SCRATCH);
    gate->idle = idle_pool_new(loop);
    for (size_t i = 0; i < settings->groups_n; i++) {
        gate->balances[i] = balance_new(settings->groups[i]);
    }
    uv_prepare_init(&loop->uv, &gate->settle);
    uv_prepare_start(&gate->settle, on_settle);
    deadline_init(&gate->shutdown, loop, on_shutdown_timeout);
    deadline_init(&gate->calm, loop, on_calm);
    in_flight_init(&gate->in_flight, loop);
    gate->handles = 4;
    gate->stapling = stapling_start(gate);
    *out = gate;
    return start_listeners(gate, sockets, err);
}

void gate_serve(struct gate *gate)
{
    for (size_t i = 0; i < gate->settings->listeners_n; i++) {
        watch_arm(&gate->listeners[i].watch, WATCH_READ);
    }
}

/* Every handle of the gate itself counts; when the last one is closed, `done` is called. */
static void gate_handle_closed(struct gate *gate)
{
    assert(gate->quitting && gate->handles > 0);
    if (--gate->handles == 0) {
        gate->done(gate->done_arg);
    }
}

static void on_prepare_closed(uv_handle_t *handle)
{
    gate_handle_closed(CONTAINER_OF((uv_prepare_t *)handle, struct gate, settle));
}

static void on_shutdown_closed(struct deadline *deadline)
{
    gate_handle_closed(CONTAINER_OF(deadline, struct gate, shutdown));
}

static void on_calm_closed(struct deadline *deadline)
{
    gate_handle_closed(CONTAINER_OF(deadline, struct gate, calm));
}

static void on_look_closed(struct deadline *deadline)
{
    gate_handle_closed(CONTAINER_OF(deadline, struct gate, in_flight.look));
}

static void on_listener_closed(struct watch *watch)
{
    gate_handle_closed(CONTAINER_OF(watch, struct listener_watch, watch)->gate);
}

static void on_pause_closed(struct deadline *deadline)
{
    gate_handle_closed(CONTAINER_OF(deadline, struct listener_watch, pause)->gate);
}

static void stop_listening(struct gate *gate)
{
    for (size_t i = 0; i < gate->settings->listeners_n; i++) {
        watch_close(&gate->listeners[i].watch, on_listener_closed);
        deadline_close(&gate->listeners[i].pause, on_pause_closed);
    }
}

struct resolver *gate_resolver_get(struct gate *gate, const struct resolver_settings *settings,
                                   struct error *err)
{
    struct gate_resolver **at = &gate->resolvers;
    for (; *at; at = &(*at)->next) {
        if ((*at)->settings == settings) {
            return (*at)->resolver;
        }
    }
    struct resolver *resolver;
    if (!resolver_new(gate->loop, settings, &resolver, err)) {
        return NULL;
    }
    struct gate_resolver *slot = must_have(malloc(sizeof(*slot)));
    *slot = (struct gate_resolver){settings, resolver, NULL};
    *at = slot;
    return resolver;
}

static void free_resolvers(struct gate *gate)
{
    while (gate->resolvers) {
        struct gate_resolver *slot = gate->resolvers;
        gate->resolvers = slot->next;
        resolver_free(slot->resolver);
        free(slot);
    }
}

void gate_grows_calm(struct gate *gate)
{
    enum { CALM_MS = 500 };
    if (!gate->ending) {
        deadline_set(&gate->calm, CALM_MS);
    }
}

static void on_calm(struct deadline *deadline)
{
    (void)deadline;
    (void)malloc_trim(0);
}

void gate_connection_gone(struct gate *gate)
{
    assert(gate->connections_n > 0);
    gate->connections_n--;
    if (!gate->quitting || gate->connections_n || gate->ending) {
        return;
    }
    assert(!gate->connections && !gate->dirty && !gate->in_flight.first && !gate->oldest_spare);
    gate->ending = true;
    inquiries_free(gate->inquiries);
    gate->inquiries = NULL;
    idle_pool_close(gate->idle);
    free_resolvers(gate);
    uv_close((uv_handle_t *)&gate->settle, on_prepare_closed);
    deadline_close(&gate->shutdown, on_shutdown_closed);
    deadline_close(&gate->calm, on_calm_closed);
    deadline_close(&gate->in_flight.look, on_look_closed);
}

void gate_judge_again(struct gate *gate)
{
    if (!gate->ending) {
        in_flight_judge(&gate->in_flight);
    }
}

static void begin_end(struct gate *gate, void (*done)(void *arg), void *arg)
{
    gate->done = done;
    gate->done_arg = arg;
    if (!gate->quitting) {
        gate->quitting = true;
        gate->connections_n++; /* the end itself: balanced below */
        stop_listening(gate);
        stapling_stop(gate->stapling);
    } else {
        gate->connections_n++;
    }
}

static void close_connections(struct gate *gate, bool idle_only)
{
    struct connection *next;
    for (struct connection *conn = gate->connections; conn; conn = next) {
        next = conn->next;
        if (!idle_only || connection_is_spare(conn)) {
            connection_close(conn);
        } else {
            connection_resume(conn); /* HTTP/2 tells the client to leave */
        }
    }
}

void gate_take_demands(struct gate *gate, struct demands *demands)
{
    demands_free(gate->demands);
    gate->demands = demands;
    tunnels_check_terms(gate);
}

/* --- spare connections --- */

static bool is_spare(const struct gate *gate, const struct connection *conn)
{
    return conn->older_spare || conn->newer_spare || gate->oldest_spare == conn;
}

void gate_spare_add(struct gate *gate, struct connection *conn)
{
    if (is_spare(gate, conn)) {
        return; /* HTTP/2 has things to send while it is idle */
    }
    assert(!conn->streams && conn->phase == CONNECTION_OPEN);
    assert(!gate->oldest_spare == !gate->newest_spare);
    conn->older_spare = gate->newest_spare;
    conn->newer_spare = NULL;
    *(gate->newest_spare ? &gate->newest_spare->newer_spare : &gate->oldest_spare) = conn;
    gate->newest_spare = conn;
}

void gate_spare_remove(struct gate *gate, struct connection *conn)
{
    if (!is_spare(gate, conn)) {
        return;
    }
    *(conn->older_spare ? &conn->older_spare->newer_spare : &gate->oldest_spare) =
        conn->newer_spare;
    *(conn->newer_spare ? &conn->newer_spare->older_spare : &gate->newest_spare) =
        conn->older_spare;
    conn->older_spare = conn->newer_spare = NULL;
}

bool gate_close_spare(struct gate *gate)
{
    if (!gate->oldest_spare) {
        return false;
    }
    connection_close(gate->oldest_spare);
    return true;
}

static void on_shutdown_timeout(struct deadline *deadline)
{
    close_connections(CONTAINER_OF(deadline, struct gate, shutdown), false);
}

void gate_quit(struct gate *gate, void (*done)(void *arg), void *arg)
{
    begin_end(gate, done, arg);
    if (gate->settings->shutdown_timeout_ms) {
        deadline_set(&gate->shutdown, gate->settings->shutdown_timeout_ms);
    }
    close_connections(gate, true);
    gate_connection_gone(gate);
}

void gate_stop(struct gate *gate, void (*done)(void *arg), void *arg)
{
    begin_end(gate, done, arg);
    close_connections(gate, false);
    gate_connection_gone(gate);
}

void gate_free(struct gate *gate)
{
    if (!gate) {
        return;
    }
    for (size_t i = 0; i < gate->settings->groups_n; i++) {
        balance_free(gate->balances[i]);
    }
    idle_pool_free(gate->idle);
    stapling_free(gate->stapling);
    demands_free(gate->demands);
    free(gate->balances);
    free(gate->listeners);
    free(gate->input);
    free(gate->scratch);
    spare_deinit(&gate->arena_blocks);
    spare_deinit(&gate->requests);
    spare_deinit(&gate->h2_streams);
    spare_bufs_deinit(&gate->output_bufs);
    free(gate);
}
