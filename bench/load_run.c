/* SPDX-License-Identifier: Apache-2.0 */
/* The event loop: a connection that ends an operation begins the next, as long as some are left. */
#include "bench/load_run.h"

#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

/* After so many failures the rest would only repeat them. */
static const uint64_t failures_enough = 16;

/* What is left of one phase. */
struct phase {
    uint64_t left;      /* operations to begin */
    uint64_t in_flight; /* operations begun and not ended */
    bool each_once;     /* a connection that ends its operation does not begin another */
    size_t next;        /* connections before this one have begun */
};

bool run_init(struct run *run, const struct target *target, size_t connection_count, int timeout_ms)
{
    *run = (struct run){.target = *target,
                        .connection_count = connection_count,
                        .timeout_ms = timeout_ms,
                        .epoll = epoll_create1(EPOLL_CLOEXEC)};
    run->connections = calloc(connection_count, sizeof(*run->connections));
    if (run->connections == NULL || run->epoll == -1) {
        return false;
    }
    for (size_t i = 0; i < connection_count; i++) {
        connection_init(&run->connections[i]);
    }
    return true;
}

void run_deinit(struct run *run)
{
    for (size_t i = 0; run->connections != NULL && i < run->connection_count; i++) {
        connection_deinit(&run->connections[i]);
    }
    free(run->connections);
    if (run->epoll != -1) {
        close(run->epoll);
    }
}

static void failure_count(struct run *run, const struct connection *connection)
{
    if (run->failed == 0) {
        fprintf(stderr, "yett-load: %s: %s\n", failure_name(connection->failure),
                connection->detail);
    }
    run->failures[connection->failure]++;
    run->failed++;
}

static void negotiated_note(struct run *run, const struct connection *connection)
{
    if (connection->step > STEP_HANDSHAKE && run->protocol == NULL) {
        run->protocol = SSL_get_version(connection->ssl);
        run->cipher = SSL_get_cipher_name(connection->ssl);
        run->group =
            SSL_group_to_name(connection->ssl, (int)SSL_get_negotiated_group(connection->ssl));
    }
}

static enum progress operation_end(struct run *run, struct phase *phase,
                                   const struct connection *connection, enum progress progress)
{
    if (progress == PROGRESS_WAIT) {
        return progress;
    }
    phase->in_flight--;
    if (progress == PROGRESS_DONE) {
        run->completed++;
    } else {
        failure_count(run, connection);
    }
    return progress;
}

/* Begins operations on this connection, or each on the next one, until one has to wait. */
static void operations_begin(struct run *run, struct phase *phase, struct connection *connection)
{
    enum progress progress = PROGRESS_DONE;

    while (progress != PROGRESS_WAIT && phase->left > 0 && run->failed < failures_enough) {
        phase->left--;
        phase->in_flight++;
        run->started++;
        progress = connection_begin(connection, &run->target, run->epoll);
        progress = operation_end(run, phase, connection, progress);
        if (phase->each_once && phase->next == run->connection_count) {
            return;
        }
        /* A server that answers at once ends an operation before it ever waits. */
        if (phase->each_once && progress != PROGRESS_WAIT) {
            connection = &run->connections[phase->next++];
        }
    }
}

static void connection_event(struct run *run, struct phase *phase, struct connection *connection)
{
    if (connection->step == STEP_CLOSED || connection->step == STEP_KEPT) {
        return;
    }
    enum progress progress = connection_advance(connection, &run->target);
    negotiated_note(run, connection);
    if (operation_end(run, phase, connection, progress) == PROGRESS_WAIT) {
        return;
    }
    if (phase->each_once && phase->next < run->connection_count) {
        connection = &run->connections[phase->next++];
    } else if (phase->each_once) {
        return;
    }
    operations_begin(run, phase, connection);
}

static void phase_time_out(struct run *run, struct phase *phase)
{
    for (size_t i = 0; i < run->connection_count; i++) {
        struct connection *connection = &run->connections[i];
        if (connection->step == STEP_CLOSED || connection->step == STEP_KEPT) {
            continue;
        }
        bool drain = connection->step == STEP_DRAIN;
        connection_fail(connection, drain ? FAILURE_NOT_CLOSED : FAILURE_TIMEOUT,
                        drain ? "the server keeps the connection open" : "no answer in time");
        operation_end(run, phase, connection, PROGRESS_FAILED);
    }
}

static void phase_run(struct run *run, struct phase *phase, size_t concurrency)
{
    struct epoll_event events[256];

    run->started = 0;
    run->completed = 0;
    while (phase->next < concurrency && phase->next < run->connection_count) {
        operations_begin(run, phase, &run->connections[phase->next++]);
    }
    while (phase->in_flight > 0) {
        int count =
            epoll_wait(run->epoll, events, sizeof(events) / sizeof(events[0]), run->timeout_ms);
        if (count == 0) {
            phase_time_out(run, phase);
        }
        for (int i = 0; i < count; i++) {
            connection_event(run, phase, events[i].data.ptr);
        }
    }
}

void run_prepare(struct run *run, size_t concurrency)
{
    struct phase phase = {.left = run->connection_count, .each_once = true};

    phase_run(run, &phase, concurrency);
}

void run_measure(struct run *run, uint64_t count)
{
    struct phase phase = {.left = count};

    phase_run(run, &phase, run->connection_count);
}

void run_check_alive(struct run *run)
{
    for (size_t i = 0; i < run->connection_count; i++) {
        if (!connection_is_alive(&run->connections[i])) {
            connection_fail(&run->connections[i], FAILURE_CLOSED, "the server closed while idle");
            failure_count(run, &run->connections[i]);
        }
    }
}

uint64_t run_bytes(const struct run *run)
{
    uint64_t bytes = 0;

    for (size_t i = 0; i < run->connection_count; i++) {
        bytes += run->connections[i].bytes;
    }
    return bytes;
}
