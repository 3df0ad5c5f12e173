/* SPDX-License-Identifier: Apache-2.0 */
#include "app/generation_worker.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/pidfd.h>
#include <time.h>
#include <unistd.h>

#include "app/title.h"
#include "app/worker.h"
#include "base/memory_file.h"
#include "pki/ocsp.h"
#include "tls/crl_files.h"

enum { RESTART_PAUSE_MS = 1000 }; /* a worker that lived shorter is not replaced sooner */

/*
 * The end of the channel to the master stays open, unused, for as long as the worker accepts: if
 * the generation dies, the master notices by it when no worker accepts any more.
 */
static int worker_main(struct generation *generation)
{
    channel_close_end(&generation->to_worker.parent);
    close(generation->signals);
    title_set("worker process");
    kept_staples_offer(&generation->staples, generation->loaded.live, time(NULL));
    kept_staples_deinit(&generation->staples);
    return worker_run(&generation->loaded, generation->listening, generation->to_worker.child,
                      generation->master);
}

struct worker_answer {
    bool ready;
    struct error *err;
};

static void on_worker_ready(void *owner, struct channel_message *message)
{
    ((struct worker_answer *)owner)->ready = true;
}

static void on_worker_failed(void *owner, struct channel_message *message)
{
    struct worker_answer *answer = owner;
    (void)!error_set(answer->err, "%s", message->text.p);
}

static const struct channel_handlers WORKER_STARTS = {
    .take = {[CHANNEL_READY] = on_worker_ready, [CHANNEL_FAILED] = on_worker_failed},
};

/* The first that a worker says is that it is ready, or why not. */
static bool await_worker(struct generation *generation, struct error *err)
{
    struct worker_answer answer = {false, err};
    struct pollfd end = {generation->to_worker.parent, POLLIN, 0};
    while (poll(&end, 1, -1) < 0 && errno == EINTR) {
    }
    if (channel_receive(end.fd, &WORKER_STARTS, &answer, err) == IO_CLOSED) {
        return error_set(err, "the worker process exited before it was ready");
    }
    return answer.ready;
}

/* A worker that cannot hear it has ended, which is seen next. */
void generation_send_to_worker(const struct generation *generation, enum channel_kind kind, int fd)
{
    struct error err;
    int end = generation->to_worker.parent;
    if (end >= 0 && !channel_send(end, kind, STR(""), fd, &err)) {
        log_write(generation->loaded.settings->log, LEVEL_ALERT, 0, "%s", err.text);
    }
}

/* So that the generations to come do not fall back behind them. */
bool generation_send_crls_up(const struct generation *generation, size_t i, struct error *err)
{
    const struct crl_files *crls = generation->loaded.live->crls;
    return channel_send(generation->master, CHANNEL_LISTS, str_of(crl_files_name(crls, i)),
                        crl_files_image(crls, i), err);
}

/* A worker that was told to end closes its end of the channel last: it serves no client any more.
 */
static bool worker_is_exiting(const struct generation *generation)
{
    struct pollfd end = {.fd = generation->to_worker.parent};
    return generation->ending && poll(&end, 1, 0) == 1 && end.revents & (POLLHUP | POLLERR);
}

/*
 * CRLs that do not reach the worker would not be in force there: it is replaced by one that starts
 * with them. Without a worker, no client is accepted under the old ones.
 */
bool generation_on_crls(void *arg, size_t i, int image)
{
    struct generation *generation = arg;
    struct error err;
    if (!generation->ending && generation->master >= 0 &&
        !generation_send_crls_up(generation, i, &err)) {
        log_write(generation->loaded.settings->log, LEVEL_ALERT, 0, "%s", err.text);
    }
    char number[24];
    int n = snprintf(number, sizeof(number), "%zu", i);
    assert(n > 0 && (size_t)n < sizeof(number));
    int end = generation->to_worker.parent;
    if (!generation->worker || end < 0) {
        return false;
    }
    bool told = channel_send(end, CHANNEL_LISTS, (struct str){number, (size_t)n}, image, &err);
    if (!told && !worker_is_exiting(generation)) {
        log_write(generation->loaded.settings->log, LEVEL_ALERT, 0,
                  "cannot send new CRLs to worker process %d (%s): replacing it",
                  (int)generation->worker, err.text);
        kill(generation->worker, SIGKILL);
    }
    return told;
}

/* So that the master can stop it when this process cannot. */
static void send_worker_up(const struct generation *generation)
{
    struct error err;
    int fd = pidfd_open(generation->worker, 0);
    if (generation->master >= 0 &&
        !channel_send(generation->master, CHANNEL_WORKER, STR(""), fd, &err)) {
        log_write(generation->loaded.settings->log, LEVEL_ALERT, 0, "%s", err.text);
    }
    channel_close_end(&fd);
}

bool generation_start_worker(struct generation *generation, struct error *err)
{
    assert(!generation->worker); /* one at a time */
    channel_close_end(&generation->to_worker.parent);
    if (!channel_open(&generation->to_worker, err)) {
        return false;
    }
    generation->worker_since_ms = generation_now_ms();
    pid_t pid = fork();
    if (pid < 0) {
        (void)!error_errno(err, errno, "fork() of the worker process");
        channel_close_end(&generation->to_worker.child);
        return false;
    }
    if (pid == 0) {
        /* Threads may still run after a failed start: no destructors. */
        int status = worker_main(generation);
        if (status != 0) {
            _exit(status);
        }
        exit(0);
    }
    generation->worker = pid;
    channel_close_end(&generation->to_worker.child);
    if (!await_worker(generation, err)) {
        return false;
    }
    send_worker_up(generation);
    if (generation->serves) {
        generation_send_to_worker(generation, CHANNEL_SERVE, -1); /* in the place of one that did */
    }
    return true;
}

void generation_schedule_restart(struct generation *generation)
{
    assert(!generation->worker && !generation->ending);
    uint64_t now = generation_now_ms();
    bool young = now - generation->worker_since_ms < RESTART_PAUSE_MS;
    generation->restart_at_ms = now + (young ? RESTART_PAUSE_MS : 0);
}

void generation_restart_worker(struct generation *generation)
{
    struct error err;
    const struct log *log = generation->loaded.settings->log;
    generation->restart_at_ms = 0;
    if (generation_start_worker(generation, &err)) {
        log_write(log, LEVEL_NOTICE, 0, "started worker process %d", (int)generation->worker);
        return;
    }
    log_write(log, LEVEL_EMERG, 0, "%s: cannot start the worker process, trying again", err.text);
    if (!generation->worker) {
        generation_schedule_restart(generation); /* else its end is seen, and does so */
    }
}

void generation_tell_worker(struct generation *generation, int signo)
{
    if (generation->worker) {
        kill(generation->worker, signo);
    }
}

/* --- what it says --- */

static void on_worker_closed(void *owner, struct channel_message *message)
{
    struct generation *generation = owner;
    struct error err;
    if (generation->master >= 0 &&
        !channel_send(generation->master, CHANNEL_CLOSED, STR(""), -1, &err)) {
        log_write(generation->loaded.settings->log, LEVEL_ALERT, 0, "%s", err.text);
    }
}

/* Only of certificates that are there: a worker in foreign hands must not fill the memory here. */
static void on_staple(void *owner, struct channel_message *message)
{
    struct generation *generation = owner;
    struct error err;
    if (!memory_file_fits(message->fd, OCSP_ANSWER_MAX) ||
        !kept_staples_wanted(generation->loaded.live, message->text)) {
        return;
    }
    if (!generation->ending && generation->master >= 0 &&
        !channel_send(generation->master, CHANNEL_STAPLE, message->text, message->fd, &err)) {
        log_write(generation->loaded.settings->log, LEVEL_ALERT, 0, "%s", err.text);
    }
    kept_staples_put(&generation->staples, message->text, channel_take_fd(message));
}

static const struct channel_handlers FROM_WORKER = {
    .take = {[CHANNEL_CLOSED] = on_worker_closed, [CHANNEL_STAPLE] = on_staple},
};

void generation_take_from_worker(struct generation *generation)
{
    struct error err;
    int *end = &generation->to_worker.parent;
    enum io io = IO_DONE;
    while (io == IO_DONE) {
        io = channel_receive(*end, &FROM_WORKER, generation, &err);
    }
    if (io == IO_FAILED) {
        log_write(generation->loaded.settings->log, LEVEL_ALERT, 0, "%s", err.text);
    }
    if (io != IO_WANT_READ) {
        channel_close_end(end); /* its end is a signal, too */
    }
}
