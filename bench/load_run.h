/* SPDX-License-Identifier: Apache-2.0 */
/* A run: connections of one target driven through a number of operations, and what came of it. */
#ifndef BENCH_LOAD_RUN_H
#define BENCH_LOAD_RUN_H

#include "bench/load_connection.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct run {
    struct target target;
    struct connection *connections;
    size_t connection_count;
    int epoll;
    int timeout_ms;                   /* without any progress, the operations in flight fail */
    uint64_t started;                 /* operations of the current phase */
    uint64_t completed;               /* operations of the current phase that ended as expected */
    uint64_t failures[FAILURE_COUNT]; /* of all phases */
    uint64_t failed;                  /* sum of `failures` */
    /* As the last handshake negotiated them; static strings of OpenSSL. */
    const char *protocol;
    const char *cipher;
    const char *group;
};

/* Connections are made, none is opened. `target` is copied. False if epoll cannot be had. */
bool run_init(struct run *run, const struct target *target, size_t connection_count,
              int timeout_ms);
void run_deinit(struct run *run);

/* One operation on each connection, no more than `concurrency` at once. */
void run_prepare(struct run *run, size_t concurrency);

/* `count` operations, each connection one after the other; stops early if too many fail. */
void run_measure(struct run *run, uint64_t count);

/* Counts each kept connection that the server has closed as a failure. */
void run_check_alive(struct run *run);

/* Bytes read from the server inside TLS, since `run_init`. */
uint64_t run_bytes(const struct run *run);

#endif
