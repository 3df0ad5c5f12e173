/* SPDX-License-Identifier: Apache-2.0 */
#include "app/worker.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/channel.h"
#include "app/crl_watch.h"
#include "app/kept_staples.h"
#include "app/logs.h"
#include "app/signals.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/container.h"
#include "base/memory_file.h"
#include "base/must.h"
#include "gate/gate.h"
#include "gate/h1/h1.h"
#include "gate/h2/h2.h"
#include "site/demand.h"
#include "tls/crl_files.h"

/* Only ever rises. */
enum command { COMMAND_WAIT, COMMAND_SERVE, COMMAND_QUIT, COMMAND_STOP };

enum { DEMANDS_MAX = 64 * 1024 * 1024 };

struct worker_thread {
    struct worker *worker;
    pthread_t id;
    struct loop loop;
    struct gate *gate;
    uv_async_t wake;
    atomic_int command;                /* what it was told */
    int obeyed;                        /* what it did about it; its own */
    _Atomic(struct demands *) demands; /* given to it, and not taken yet */
    atomic_bool judge;                 /* other lists are in force, and it has not looked yet */
    bool ended;                        /* its gate is done; its own */
};

struct worker {
    const struct settings *settings;
    const struct live_state *live;
    struct gate_shared shared;
    struct worker_thread *threads;
    size_t threads_n;
    atomic_size_t running;
    atomic_size_t accepting; /* threads that do, or will */
    int accepts;             /* open until none does; the first thread's, like what follows */
    struct watch signals;
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

static void wake_first(struct worker *worker)
{
    uv_async_send(&worker->threads[0].wake);
}

static void on_gate_done(void *arg)
{
    struct worker_thread *thread = arg;
    assert(!thread->ended && thread->obeyed >= COMMAND_QUIT);
    thread->ended = true;
    size_t ran = atomic_fetch_sub(&thread->worker->running, 1);
    assert(ran > 0);
    if (thread != &thread->worker->threads[0]) {
        wake_first(thread->worker);
    }
    end_if_last(thread);
}

/* To the parent, once no thread accepts any more. */
static void say_closed(struct worker *worker)
{
    struct error err;
    if (atomic_load(&worker->accepting) > 0 || worker->accepts < 0) {
        return;
    }
    channel_close_end(&worker->accepts);
    if (worker->parent.fd >= 0 &&
        !channel_send(worker->parent.fd, CHANNEL_CLOSED, STR(""), -1, &err)) {
        log_write(worker->settings->log, LEVEL_ALERT, 0, "%s", err.text);
    }
}

static void obey(struct worker_thread *thread, int command)
{
    int before = thread->obeyed;
    assert(command > before && command <= COMMAND_STOP);
    thread->obeyed = command;
    if (command == COMMAND_SERVE) {
        gate_serve(thread->gate);
        return;
    }
    if (command == COMMAND_QUIT) {
        gate_quit(thread->gate, on_gate_done, thread);
    } else if (before < COMMAND_QUIT || thread->gate->connections_n) {
        /* A quitting gate without connections is already closing its handles. */
        gate_stop(thread->gate, on_gate_done, thread);
    }
    if (before < COMMAND_QUIT) {
        size_t accepted = atomic_fetch_sub(&thread->worker->accepting, 1);
        assert(accepted > 0);
        wake_first(thread->worker);
    }
}

static void on_wake(uv_async_t *wake)
{
    struct worker_thread *thread = CONTAINER_OF(wake, struct worker_thread, wake);
    int command = atomic_load(&thread->command);
    struct demands *demands = atomic_exchange(&thread->demands, NULL);
    if (demands) {
        gate_take_demands(thread->gate, demands);
    }
    if (atomic_exchange(&thread->judge, false) && !thread->ended) {
        gate_judge_again(thread->gate);
    }
    if (command > thread->obeyed && !thread->ended) {
        obey(thread, command);
    }
    if (thread == &thread->worker->threads[0]) {
        say_closed(thread->worker);
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

static void worker_on_stop(struct worker *worker)
{
    log_write(worker->settings->log, LEVEL_NOTICE, 0, "exiting");
    command_all(worker, COMMAND_STOP);
}

static void worker_on_quit(struct worker *worker)
{
    log_write(worker->settings->log, LEVEL_NOTICE, 0, "gracefully shutting down");
    command_all(worker, COMMAND_QUIT);
}

static void worker_on_reopen(struct worker *worker)
{
    const struct settings *settings = worker->settings;
    log_write(settings->log, LEVEL_NOTICE, 0, "reopening logs");
    logs_reopen(worker->live->log_files, worker->live->log_files_n, settings->log);
}

static void (*const ACTIONS[])(struct worker *worker) = {
    [SIGTERM] = worker_on_stop,
    [SIGINT] = worker_on_stop,
    [SIGQUIT] = worker_on_quit,
    [SIGUSR1] = worker_on_reopen,
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

static void worker_on_serve(void *owner, struct channel_message *message)
{
    command_all(owner, COMMAND_SERVE);
}

/* Each thread gets a list of its own. */
static void give_demands(struct worker *worker, struct str bytes)
{
    for (size_t i = 0; i < worker->threads_n; i++) {
        struct worker_thread *thread = &worker->threads[i];
        demands_free(atomic_exchange(&thread->demands, demands_copy(bytes)));
        uv_async_send(&thread->wake);
    }
}

static void worker_on_demands(void *owner, struct channel_message *message)
{
    struct worker *worker = owner;
    struct arena arena;
    struct error err;
    struct str bytes;
    arena_init(&arena, 0);
    if (!memory_file_read(message->fd, DEMANDS_MAX, &arena, &bytes, &err)) {
        log_write(worker->settings->log, LEVEL_ALERT, 0, "%s", err.text);
        bytes = STR(""); /* requirements unknown: no tunnel stays under the old ones */
    }
    give_demands(worker, bytes);
    arena_deinit(&arena);
}

/* To go on without them would be to let in whom they name: another worker is born with them. */
static void worker_on_lists(void *owner, struct channel_message *message)
{
    struct worker *worker = owner;
    struct error err;
    uint64_t slot;
    if (!str_to_u64(message->text, SIZE_MAX, &slot) ||
        !crl_files_take(worker->live->crls, slot, channel_take_fd(message), &err)) {
        log_write(worker->settings->log, LEVEL_EMERG, 0, "cannot use new CRLs: %s", err.text);
        _exit(1);
    }
    for (size_t i = 0; i < worker->threads_n; i++) {
        atomic_store(&worker->threads[i].judge, true);
        uv_async_send(&worker->threads[i].wake);
    }
    crl_watch_say_in_force(worker->live->crls, worker->settings->log, slot);
}

static const struct channel_handlers MESSAGES = {
    .take = {[CHANNEL_SERVE] = worker_on_serve,
             [CHANNEL_DEMANDS] = worker_on_demands,
             [CHANNEL_LISTS] = worker_on_lists},
};

static void parent_ready(struct watch *watch, int events)
{
    (void)events;
    struct worker *worker = CONTAINER_OF(watch, struct worker, parent);
    struct error err;
    enum io io;
    do {
        io = channel_receive(watch->fd, &MESSAGES, worker, &err);
    } while (io == IO_DONE);
    if (io == IO_WANT_READ) {
        return;
    }
    log_write(worker->settings->log, LEVEL_ALERT, 0, "%s: gracefully shutting down",
              io == IO_CLOSED ? "the parent process is gone" : err.text);
    close_parent(worker);
    command_all(worker, COMMAND_QUIT); /* no other process tells them */
    /* New CRLs and requirements no longer arrive either: a request in flight could last for ever.
     */
    atomic_store(&worker->shared.alone_ms, clock_now().mono_ms);
    give_demands(worker, STR(""));
}

/* Called by the first thread, whose gate was made first and therefore fetches them. */
static void keep_staple(struct gate_shared *shared, const struct staple *staple,
                        struct str response)
{
    struct worker *worker = CONTAINER_OF(shared, struct worker, shared);
    char name[KEPT_STAPLE_NAME];
    struct error err;
    if (worker->parent.fd < 0 || !kept_staples_name(staple, name)) {
        return;
    }
    int fd = memory_file_new("staple", response, &err);
    if (fd < 0 || !channel_send(worker->parent.fd, CHANNEL_STAPLE, str_of(name), fd, &err)) {
        log_write(worker->settings->log, LEVEL_ALERT, 0, "%s", err.text);
    }
    channel_close_end(&fd);
}

/* The first is for clients that do not say which they speak. */
static const struct protocol *const PROTOCOLS[] = {&h1_protocol, &h2_protocol, NULL};

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
    return gate_new(&thread->loop, worker->settings, PROTOCOLS, &worker->shared, sockets,
                    &thread->gate, err);
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
    worker->threads = must_have(calloc(worker->threads_n, sizeof(*worker->threads)));
    atomic_store(&worker->running, worker->threads_n);
    atomic_store(&worker->accepting, worker->threads_n);
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
        assert(thread->ended); /* its loop had handles until then */
        gate_free(thread->gate);
        demands_free(atomic_load(&thread->demands));
        loop_deinit(&thread->loop);
    }
    free(worker->threads);
}

int worker_run(const struct loaded *loaded, const int *sockets, int channel, int accepts)
{
    struct worker worker = {.settings = loaded->settings,
                            .live = loaded->live,
                            .accepts = accepts,
                            .shared = {.live = loaded->live, .keep_staple = keep_staple}};
    struct error err, ignored;
    atomic_init(&worker.shared.next_connection, 1); /* 0 is for lines about no connection */
    /* A failure leaves everything to the end of the process. */
    if (!worker_init(&worker, sockets, channel, &err) || !start_threads(&worker, &err)) {
        if (!channel_send(channel, CHANNEL_FAILED, str_of(err.text), -1, &ignored)) {
            log_write(loaded->settings->log, LEVEL_EMERG, 0, "%s", err.text);
        }
        return 1;
    }
    if (!channel_send(channel, CHANNEL_READY, STR(""), -1, &err)) {
        log_write(loaded->settings->log, LEVEL_ALERT, 0, "%s",
                  err.text); /* and the parent's end is seen next */
    }
    thread_main(&worker.threads[0]);
    worker_deinit(&worker);
    return 0;
}
