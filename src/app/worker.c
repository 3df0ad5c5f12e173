/* SPDX-License-Identifier: Apache-2.0 */
#include "app/worker.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/channel.h"
#include "app/logs.h"
#include "app/signals.h"
#include "base/clock.h"
#include "base/container.h"
#include "gate/gate.h"

/* Only ever rises. */
enum command { COMMAND_SERVE, COMMAND_QUIT, COMMAND_STOP };

struct worker_thread {
    struct worker *worker;
    pthread_t id;
    struct loop loop;
    struct gate *gate;
    uv_async_t wake;
    atomic_int command; /* what it was told */
    int obeyed;         /* what it did about it; its own */
    bool ended;         /* its gate is done; its own */
};

struct worker {
    const struct settings *settings;
    struct gate_shared shared;
    struct worker_thread *threads;
    size_t threads_n;
    atomic_size_t running;
    struct watch signals; /* in the first thread's loop */
    struct watch parent;
};

static void close_parent(struct worker *worker)
{
    if (worker->parent.fd >= 0) {
        watch_close(&worker->parent, NULL);
    }
}

/* The first thread stays for signals until it is the last: its loop ends with these watches. */
static void end_if_last(struct worker_thread *thread)
{
    struct worker *worker = thread->worker;
    bool first = thread == &worker->threads[0];
    if (!thread->ended || uv_is_closing((uv_handle_t *)&thread->wake) ||
        (first && atomic_load(&worker->running) > 0)) {
        return;
    }
    uv_close((uv_handle_t *)&thread->wake, NULL);
    if (first) {
        watch_close(&worker->signals, NULL);
        close_parent(worker);
    }
}

static void on_gate_done(void *arg)
{
    struct worker_thread *thread = arg;
    thread->ended = true;
    atomic_fetch_sub(&thread->worker->running, 1);
    if (thread != &thread->worker->threads[0]) {
        uv_async_send(&thread->worker->threads[0].wake);
    }
    end_if_last(thread);
}

static void on_wake(uv_async_t *wake)
{
    struct worker_thread *thread = CONTAINER_OF(wake, struct worker_thread, wake);
    int command = atomic_load(&thread->command);
    bool was_quitting = thread->obeyed == COMMAND_QUIT;
    if (command > thread->obeyed && !thread->ended) {
        thread->obeyed = command;
        if (command == COMMAND_QUIT) {
            gate_quit(thread->gate, on_gate_done, thread);
        } else if (!was_quitting || thread->gate->connections_n) {
            /* A quitting gate without connections is already closing its handles. */
            gate_stop(thread->gate, on_gate_done, thread);
        }
    }
    end_if_last(thread);
}

/* Loops are closed after all threads have ended, so waking one that ended already is harmless. */
static void command_all(struct worker *worker, int command)
{
    for (size_t i = 0; i < worker->threads_n; i++) {
        struct worker_thread *thread = &worker->threads[i];
        if (atomic_load(&thread->command) < command) {
            atomic_store(&thread->command, command);
            uv_async_send(&thread->wake);
        }
    }
}

static void on_stop(struct worker *worker)
{
    log_write(worker->settings->log, LEVEL_NOTICE, 0, "exiting");
    command_all(worker, COMMAND_STOP);
}

static void on_quit(struct worker *worker)
{
    log_write(worker->settings->log, LEVEL_NOTICE, 0, "gracefully shutting down");
    command_all(worker, COMMAND_QUIT);
}

static void on_reopen(struct worker *worker)
{
    const struct settings *settings = worker->settings;
    log_write(settings->log, LEVEL_NOTICE, 0, "reopening logs");
    logs_reopen(settings->log_files, settings->log_files_n, settings->log);
}

static void (*const ACTIONS[])(struct worker *worker) = {
    [SIGTERM] = on_stop,
    [SIGINT] = on_stop,
    [SIGQUIT] = on_quit,
    [SIGUSR1] = on_reopen,
};

static void signals_ready(struct watch *watch, int events)
{
    (void)events;
    struct worker *worker = CONTAINER_OF(watch, struct worker, signals);
    int signo;
    while (watch->fd >= 0 && (signo = signals_next(watch->fd)) != 0) {
        if ((size_t)signo < COUNT_OF(ACTIONS) && ACTIONS[signo]) {
            ACTIONS[signo](worker);
        }
    }
}

/* Nothing is ever sent to a worker: readable means that the parent is gone, and nobody else tells.
 */
static void parent_ready(struct watch *watch, int events)
{
    (void)events;
    struct worker *worker = CONTAINER_OF(watch, struct worker, parent);
    log_write(worker->settings->log, LEVEL_ALERT, 0, "the parent process is gone: finishing");
    close_parent(worker);
    command_all(worker, COMMAND_QUIT);
}

static bool thread_init(struct worker *worker, struct worker_thread *thread, const int *sockets,
                        struct error *err)
{
    thread->worker = worker;
    if (!loop_init(&thread->loop, err)) {
        return false;
    }
    int code = uv_async_init(&thread->loop.uv, &thread->wake, on_wake);
    if (code != 0) {
        return error_set(err, "uv_async_init() failed (%s)", uv_strerror(code));
    }
    return gate_new(&thread->loop, worker->settings, &worker->shared, sockets, &thread->gate, err);
}

static void *thread_main(void *arg)
{
    struct worker_thread *thread = arg;
    clock_update();
    loop_run(&thread->loop);
    return NULL;
}

static bool worker_init(struct worker *worker, const int *sockets, int channel, struct error *err)
{
    worker->threads_n = worker->settings->threads ? worker->settings->threads : 1;
    worker->threads = calloc(worker->threads_n, sizeof(*worker->threads));
    if (!worker->threads) {
        abort();
    }
    atomic_store(&worker->running, worker->threads_n);
    for (size_t i = 0; i < worker->threads_n; i++) {
        if (!thread_init(worker, &worker->threads[i], sockets, err)) {
            return false;
        }
    }
    for (size_t i = 0; i < worker->settings->listeners_n; i++) {
        close(sockets[i]); /* each thread has its own */
    }
    int fd = signals_open(err);
    struct loop *first = &worker->threads[0].loop;
    if (fd < 0 || !watch_init(&worker->signals, first, fd, signals_ready, err) ||
        !watch_init(&worker->parent, first, channel, parent_ready, err)) {
        return false;
    }
    watch_arm(&worker->signals, WATCH_READ);
    watch_arm(&worker->parent, WATCH_READ);
    return true;
}

static bool start_threads(struct worker *worker, struct error *err)
{
    for (size_t i = 1; i < worker->threads_n; i++) {
        struct worker_thread *thread = &worker->threads[i];
        int code = pthread_create(&thread->id, NULL, thread_main, thread);
        if (code != 0) {
            return error_errno(err, code, "pthread_create() of thread %zu of %zu", i + 1,
                               worker->threads_n);
        }
    }
    return true;
}

/* All loops were run to their end: every handle is closed. */
static void worker_deinit(struct worker *worker)
{
    for (size_t i = 0; i < worker->threads_n; i++) {
        struct worker_thread *thread = &worker->threads[i];
        if (i > 0) {
            pthread_join(thread->id, NULL);
        }
        gate_free(thread->gate);
        loop_deinit(&thread->loop);
    }
    free(worker->threads);
}

int worker_run(const struct settings *settings, const int *sockets, int channel)
{
    struct worker worker = {.settings = settings};
    struct error err;
    atomic_init(&worker.shared.next_connection, 1); /* 0 is for lines about no connection */
    /* A failure leaves everything to the end of the process. */
    if (!worker_init(&worker, sockets, channel, &err) || !start_threads(&worker, &err)) {
        if (!channel_send_text(channel, CHANNEL_FAILED, err.text, &err)) {
            log_write(settings->log, LEVEL_EMERG, 0, "%s", err.text);
        }
        return 1;
    }
    if (!channel_send_text(channel, CHANNEL_READY, "", &err)) {
        log_write(settings->log, LEVEL_ALERT, 0, "%s",
                  err.text); /* and the parent's end is seen next */
    }
    thread_main(&worker.threads[0]);
    worker_deinit(&worker);
    return 0;
}
