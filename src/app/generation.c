/* SPDX-License-Identifier: Apache-2.0 */
#include "app/generation.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "app/generation_state.h"
#include "app/generation_worker.h"
#include "app/logs.h"
#include "app/master_settings.h"
#include "app/signals.h"
#include "app/title.h"
#include "base/memory_file.h"
#include "base/must.h"
#include "modules/modules.h"
#include "site/demand.h"
#include "tls/crl_files.h"

enum { STOP_PATIENCE_MS = 5000 }; /* after TERM a worker that does not end is killed */

/* --- signals --- */

/* The master kills a generation that does not say so. */
static void say_obeys(const struct generation *generation)
{
    struct error err;
    if (generation->master >= 0 &&
        !channel_send(generation->master, CHANNEL_OBEYS, STR(""), -1, &err)) {
        log_write(generation->loaded.settings->log, LEVEL_ALERT, 0, "%s", err.text);
    }
}

static void generation_on_stop(struct generation *generation, int signo)
{
    generation->ending = true;
    generation->kill_at_ms = generation_now_ms() + STOP_PATIENCE_MS;
    generation_tell_worker(generation, signo);
    say_obeys(generation);
}

static void generation_on_quit(struct generation *generation, int signo)
{
    generation->ending = true;
    sockets_close(&generation->sockets);
    generation_tell_worker(generation, signo);
    say_obeys(generation);
}

/* The worker opens them itself: descriptors are a process's own. */
static void generation_on_reopen(struct generation *generation, int signo)
{
    const struct settings *settings = generation->loaded.settings;
    const struct live_state *live = generation->loaded.live;
    logs_reopen(live->log_files, live->log_files_n, settings->log);
    generation_tell_worker(generation, signo);
}

static void generation_on_child(struct generation *generation, int signo)
{
    (void)signo;
    int status;
    char text[96];
    if (!generation->worker || waitpid(generation->worker, &status, WNOHANG) <= 0) {
        return;
    }
    assert(!generation->restart_at_ms); /* it had a worker */
    pid_t pid = generation->worker;
    generation->worker = 0;
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
        generation->ending = true; /* it exits in order only when it was told to */
        return;
    }
    log_write(generation->loaded.settings->log, LEVEL_ALERT, 0, "worker process %d %s", (int)pid,
              signals_status_text(status, text));
    if (!generation->ending) {
        generation_schedule_restart(generation);
    }
}

static void (*const ACTIONS[])(struct generation *generation, int signo) = {
    [SIGTERM] = generation_on_stop,  [SIGINT] = generation_on_stop,
    [SIGQUIT] = generation_on_quit,  [SIGUSR1] = generation_on_reopen,
    [SIGCHLD] = generation_on_child,
};

static void generation_take_signals(struct generation *generation)
{
    int signo;
    while ((signo = signals_next(generation->signals)) != 0) {
        if ((size_t)signo < COUNT_OF(ACTIONS) && ACTIONS[signo]) {
            ACTIONS[signo](generation, signo);
        }
    }
}

/* --- waiting --- */

/* For poll: until the next thing to do by the clock, or for ever. */
static int generation_patience(const struct generation *generation)
{
    uint64_t at = generation->kill_at_ms ? generation->kill_at_ms : generation->restart_at_ms;
    uint64_t look_at = crl_watch_due(&generation->lists);
    uint64_t now = generation_now_ms();
    at = look_at && (!at || look_at < at) ? look_at : at;
    return !at ? -1 : at <= now ? 0 : (int)(at - now);
}

static void take_time(struct generation *generation)
{
    uint64_t now = generation_now_ms();
    if (generation->kill_at_ms && now >= generation->kill_at_ms) {
        log_write(generation->loaded.settings->log, LEVEL_ALERT, 0,
                  "worker process %d did not stop in %d seconds: killing it",
                  (int)generation->worker, STOP_PATIENCE_MS / 1000);
        generation->kill_at_ms = now + STOP_PATIENCE_MS;
        generation_tell_worker(generation, SIGKILL);
    }
    if (!generation->kill_at_ms) {
        crl_watch_look(&generation->lists, now); /* which may have to wait for a file */
    }
    if (generation->restart_at_ms && now >= generation->restart_at_ms && !generation->ending) {
        generation_restart_worker(generation);
    }
}

/* --- messages --- */

/* What is in flight is finished. */
static void master_gone(struct generation *generation, const char *why)
{
    log_write(generation->loaded.settings->log, LEVEL_ALERT, 0, "%s: gracefully shutting down",
              why);
    channel_close_end(&generation->master);
    generation_on_quit(generation, SIGQUIT);
}

static void generation_on_serve(void *owner, struct channel_message *message)
{
    struct generation *generation = owner;
    generation->serves = true;
    generation_send_to_worker(generation, CHANNEL_SERVE, -1);
}

static void generation_on_demands(void *owner, struct channel_message *message)
{
    generation_send_to_worker(owner, CHANNEL_DEMANDS, message->fd);
}

static const struct channel_handlers FROM_MASTER = {
    .take = {[CHANNEL_SERVE] = generation_on_serve, [CHANNEL_DEMANDS] = generation_on_demands},
};

static void take_from_master(struct generation *generation)
{
    struct error err;
    enum io io = IO_DONE;
    while (io == IO_DONE) {
        io = channel_receive(generation->master, &FROM_MASTER, generation, &err);
    }
    if (io != IO_WANT_READ) {
        master_gone(generation, io == IO_CLOSED ? "the master process is gone" : err.text);
    }
}

/* Messages before signals: what a worker said is passed on before its end ends this process. */
static void watch_worker(struct generation *generation)
{
    while (generation->worker || !generation->ending) {
        struct pollfd fds[] = {{generation->signals, POLLIN, 0},
                               {generation->master, POLLIN, 0},
                               {generation->to_worker.parent, POLLIN, 0}};
        int n = poll(fds, COUNT_OF(fds), generation_patience(generation));
        clock_update();
        if (n > 0 && fds[1].revents) {
            take_from_master(generation);
        }
        if (n > 0 && fds[2].revents) {
            generation_take_from_worker(generation);
        }
        if (n > 0 && fds[0].revents) {
            generation_take_signals(generation);
        }
        take_time(generation);
    }
}

/* --- starting --- */

static void set_limit(const struct generation *generation, int resource, const char *name,
                      uint64_t value)
{
    struct rlimit limit = {value, value};
    if (value && setrlimit((__rlimit_resource_t)resource, &limit) != 0) {
        log_write(generation->loaded.settings->log, LEVEL_ALERT, 0,
                  "setrlimit(%s, %llu) failed (%d: %s)", name, (unsigned long long)value, errno,
                  strerror(errno));
    }
}

/* What only the account that started yett may do. */
static bool generation_prepare(struct generation *generation, struct error *err)
{
    struct settings *settings = generation->loaded.settings;
    const struct live_state *live = generation->loaded.live;
    const struct main_settings *main = &generation->main;
    if (!privileges_lookup(main->user, main->group, &settings->arena, &generation->privileges,
                           err) ||
        !master_settings_send_account(&generation->privileges, generation->master, err) ||
        !sockets_bind(settings, generation->start->kept, &generation->sockets, err)) {
        return false;
    }
    sockets_deinit(generation->start->kept); /* one no longer listed must not stay open here */
    for (size_t i = 0; i < live->log_files_n; i++) {
        if (!logs_give(live->log_files[i], &generation->privileges, err)) {
            return false;
        }
    }
    set_limit(generation, RLIMIT_NOFILE, "RLIMIT_NOFILE", main->rlimit_nofile);
    set_limit(generation, RLIMIT_CORE, "RLIMIT_CORE", main->rlimit_core);
    if (main->daemon) {
        logs_take_stderr(settings->log);
    }
    return true;
}

static bool become_account(struct generation *generation, struct error *err)
{
    const struct main_settings *main = &generation->main;
    if (!privileges_drop(&generation->privileges, err)) {
        return false;
    }
    if (main->rlimit_core) {
        /* Changing the account forbade core files, which hold keys: only who asks gets them. */
        prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
    }
    if (main->working_directory && chdir(main->working_directory) != 0) {
        return error_errno(err, errno, "chdir(\"%s\")", main->working_directory);
    }
    return true;
}

static bool send_demands(const struct generation *generation, struct error *err)
{
    struct demands *demands = demands_new(generation->loaded.settings);
    int fd = memory_file_new("demands", demands_bytes(demands), err);
    bool ok = fd >= 0 && channel_send(generation->master, CHANNEL_DEMANDS, STR(""), fd, err);
    demands_free(demands);
    channel_close_end(&fd);
    return ok;
}

/* What the master keeps beyond this generation, and tells those before it. */
static bool hand_over(struct generation *generation, struct error *err)
{
    assert(!generation->worker); /* nobody accepts at these sockets yet */
    assert(generation->sockets.n == generation->loaded.settings->listeners_n);
    for (size_t i = 0; i < generation->sockets.n; i++) {
        const struct bound_socket *item = &generation->sockets.items[i];
        if (!channel_send(generation->master, CHANNEL_SOCKET, sockets_item_bytes(item), item->fd,
                          err)) {
            return false;
        }
    }
    const struct live_state *live = generation->loaded.live;
    for (size_t i = 0; i < live->log_files_n; i++) {
        const char *path = live->log_files[i]->path;
        if (path && !channel_send(generation->master, CHANNEL_LOG, str_of(path), -1, err)) {
            return false;
        }
    }
    for (size_t i = 0; i < crl_files_n(live->crls); i++) {
        if (!generation_send_crls_up(generation, i, err)) {
            return false;
        }
    }
    return kept_staples_send(&generation->staples, generation->master, err) &&
           send_demands(generation, err);
}

struct telling {
    const struct generation *generation;
    struct error last; /* which goes with CHANNEL_FAILED */
    bool any;
};

static void tell_one(void *arg, const char *text)
{
    struct telling *telling = arg;
    struct error ignored;
    if (telling->any) {
        (void)!channel_send(telling->generation->master, CHANNEL_ERROR, str_of(telling->last.text),
                            -1, &ignored);
    }
    error_set(&telling->last, "%s", text);
    telling->any = true;
}

static bool tell_main_settings(void *arg, const struct main_settings *main, struct error *err)
{
    return master_settings_send(main, ((struct generation *)arg)->master, err);
}

/* All errors go to the master, but the last, which is *err. */
static bool generation_load(struct generation *generation, struct error *err)
{
    const struct generation_start *start = generation->start;
    const struct load_context context = {
        .floors = {start->lists, start->lists_n},
        .main_read = tell_main_settings,
        .arg = generation,
    };
    struct telling telling = {.generation = generation};
    struct errors errors;
    errors_init(&errors);
    bool ok = settings_load(start->options, &all_modules, start->secret, false, &context,
                            &generation->loaded, &generation->main, &errors);
    if (!ok) {
        errors_each(&errors, tell_one, &telling);
        assert(telling.any); /* no load fails without a reason */
        *err = telling.last;
    }
    errors_deinit(&errors);
    return ok;
}

static bool start_all(struct generation *generation, struct error *err)
{
    const struct generation_start *start = generation->start;
    generation->signals = signals_open(err);
    if (generation->signals < 0 || !generation_load(generation, err)) {
        return false;
    }
    for (size_t i = 0; i < start->lists_n; i++) {
        close(start->lists[i].image);
    }
    kept_staples_take(&generation->staples, start->staples, generation->loaded.live);
    if (!generation_prepare(generation, err) || !become_account(generation, err)) {
        return false;
    }
    generation->listening = must_have(calloc(generation->sockets.n + 1, sizeof(int)));
    for (size_t i = 0; i < generation->sockets.n; i++) {
        generation->listening[i] = generation->sockets.items[i].fd;
    }
    return hand_over(generation, err) && generation_start_worker(generation, err) &&
           channel_send(generation->master, CHANNEL_READY, STR(""), -1, err);
}

int generation_run(const struct generation_start *start)
{
    struct error err, ignored;
    struct generation generation = {
        .start = start, .master = start->channel, .to_worker = {-1, -1}};
    title_set("generation process");
    bool ok = start_all(&generation, &err);
    if (ok) {
        crl_watch_init(&generation.lists, &generation.loaded, generation_now_ms(),
                       generation_on_crls, &generation);
        watch_worker(&generation);
        crl_watch_deinit(&generation.lists);
    } else if (!channel_send(generation.master, CHANNEL_FAILED, str_of(err.text), -1, &ignored)) {
        log_write(&log_stderr, LEVEL_EMERG, 0, "%s", err.text);
    }
    channel_close_end(&generation.to_worker.parent);
    sockets_deinit(&generation.sockets);
    kept_staples_deinit(&generation.staples);
    free(generation.listening);
    settings_unload(&generation.loaded);
    return ok ? 0 : 1;
}
