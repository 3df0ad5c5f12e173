/* SPDX-License-Identifier: Apache-2.0 */
#include "app/master.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/wait.h>
#include <unistd.h>

#include "app/announce.h"
#include "app/channel.h"
#include "app/child.h"
#include "app/console.h"
#include "app/ending.h"
#include "app/foreground.h"
#include "app/generation.h"
#include "app/handover.h"
#include "app/logs.h"
#include "app/pid.h"
#include "app/signals.h"
#include "app/title.h"
#include "base/clock.h"
#include "base/vec.h"

enum {
    RESTART_PAUSE_MS = 1000,
    REPLACE_AFTER_MS = 5000, /* a load that takes longer gives way to one asked for meanwhile */
};

struct master {
    struct generation_start start;
    struct handover handover;
    struct child *pending; /* loads; when it is ready, it takes the place of the current one */
    struct foreground foreground;
    int signals;
    bool again;          /* a reload was asked for while one was under way */
    uint64_t load_at_ms; /* after a generation that did not live long; 0: not */
    struct ending ending;
    int status; /* to exit with */
};

/* --- saying things --- */

static bool log_is_stderr(const struct log *log)
{
    for (size_t i = 0; i < log->n; i++) {
        if (!log->targets[i].file->path) {
            return true;
        }
    }
    return false;
}

/* To the error log and, if that is a file, also to the standard error of the start. */
static void master_report(const struct master *master, const struct child *child,
                          enum log_level level, const char *text)
{
    const struct child *current = master->handover.current;
    const struct log *log = current               ? current->settings.log
                            : child->settings.log ? child->settings.log
                                                  : master->foreground.settings.log;
    assert(log); /* the start has one before the first child */
    bool to_console = master->foreground.attached && !(log_is_stderr(log) && current);
    struct error ignored;
    if (!(to_console && log_is_stderr(log)) && logs_open(log, &ignored)) {
        log_write(log, level, 0, "%s", text);
    }
    if (to_console) {
        console_log(level, "%s", text);
    }
}

static const struct log *current_log(const struct master *master)
{
    const struct child *current = master->handover.current;
    return current ? current->settings.log : NULL;
}

static void master_note(const struct master *master, const char *text)
{
    const struct log *log = current_log(master);
    if (log) {
        log_write(log, LEVEL_NOTICE, 0, "%s", text);
    }
}

/* --- children --- */

/* In the new process: only its own ends stay open, so that each notices the master's end. */
static _Noreturn void run_child(struct master *master, int channel)
{
    assert(master->pending && !master->pending->pid); /* this process */
    struct sockets none = {0};
    struct kept_staples no_staples = {0};
    struct child *current = master->handover.current;
    for (struct child *child = master->handover.children; child; child = child->next) {
        channel_close_end(&child->channel);
        channel_close_end(&child->worker);
        logs_close(child->settings.log);
    }
    channel_close_end(&master->foreground.ready);
    channel_close_end(&master->handover.pid_file); /* the lock stays the master's */
    close(master->signals);
    for (struct child *child = master->handover.children; child; child = child->next) {
        if (child != current) {
            child_drop_lists(child);
            kept_staples_deinit(&child->staples);
        }
    }
    master->start.kept = current ? &current->sockets : &none;
    master->start.lists = current ? current->lists : NULL;
    master->start.lists_n = current ? current->lists_n : 0;
    master->start.staples = current ? &current->staples : &no_staples;
    master->start.channel = channel;
    int status = generation_run(&master->start);
    exit(status);
}

static bool fork_child(struct master *master, struct child *child, struct error *err)
{
    assert(!master->pending); /* one load at a time */
    struct channel channel;
    if (!channel_open(&channel, err)) {
        return false;
    }
    master->pending = child; /* in the new process, too: where leaks are looked for it is known */
    child->pid = fork();
    if (child->pid < 0) {
        master->pending = NULL;
        (void)!error_errno(err, errno, "fork() of a generation process");
        channel_close_end(&channel.parent);
        channel_close_end(&channel.child);
        return false;
    }
    if (child->pid == 0) {
        channel_close_end(&channel.parent);
        run_child(master, channel.child);
    }
    channel_close_end(&channel.child);
    child->channel = channel.parent;
    child->next = master->handover.children;
    master->handover.children = child;
    return true;
}

/* At once, even if it waits in the kernel and hears no signal: no client depends on it yet. */
static void end_pending(struct master *master)
{
    if (master->pending) {
        assert(master->pending->pid > 0);
        kill(master->pending->pid, SIGKILL);
        master->pending->killed_ms = clock_now().mono_ms;
        master->pending = NULL;
    }
}

static void master_end(struct master *master, int signo, int status)
{
    end_pending(master);
    master->load_at_ms = 0;
    handover_cancel(&master->handover);
    master->status = status;
    ending_begin(&master->ending, signo, master->handover.children);
}

/* --- loading --- */

/* One of the reasons why a load failed. After the end was asked for, that is why, or does not
 * matter. */
static void load_error(void *arg, const char *text)
{
    const struct child *child = arg;
    if (!child->master->ending.signo) {
        master_report(child->master, child, LEVEL_EMERG, text);
    }
}

/*
 * Nothing changes: the generation that serves goes on. At the start there is none, and that is the
 * end; when the one that served has died, it is tried again until it works or somebody decides.
 */
static void load_over(struct master *master)
{
    const struct child *current = master->handover.current;
    if (master->ending.signo) {
        return;
    }
    if (!current) {
        master_end(master, SIGTERM, 1);
    } else if (!current->pid) {
        master->load_at_ms = clock_now().mono_ms + RESTART_PAUSE_MS;
    }
}

static void load_failed(struct master *master, struct child *child, const char *text)
{
    load_error(child, text);
    load_over(master);
}

/* Until the configuration has said how long its load may take, the one before it decides. */
static uint64_t load_timeout_before(const struct master *master)
{
    const struct child *current = master->handover.current;
    return (current ? &current->settings : &master->foreground.settings)->load_timeout_ms;
}

static void master_load(struct master *master)
{
    struct error err;
    struct child *child = child_new(master);
    master->load_at_ms = 0;
    child->since_ms = clock_now().mono_ms;
    child->settings.load_timeout_ms = load_timeout_before(master);
    if (!fork_child(master, child, &err)) {
        load_failed(master, child, err.text);
        child_free(child);
    }
}

static void master_on_socket(void *owner, struct channel_message *message)
{
    struct child *child = owner;
    if (sockets_add_bytes(&child->sockets, message->text, message->fd)) {
        (void)channel_take_fd(message);
    }
}

static void on_log(void *owner, struct channel_message *message)
{
    child_add_log(owner, message->text);
}

static void master_on_demands(void *owner, struct channel_message *message)
{
    struct child *child = owner;
    channel_close_end(&child->demands);
    child->demands = channel_take_fd(message);
}

static void child_ready(struct master *master, struct child *child)
{
    struct error err;
    bool starts = !master->handover.current;
    assert(child == master->pending);
    master->pending = NULL;
    if (!handover_begin(&master->handover, child, &err)) {
        load_failed(master, child, err.text);
        kill(child->pid, SIGQUIT);
        return;
    }
    handover_go_on(&master->handover);
    if (starts) {
        announce_addresses(&child->sockets);
    }
    foreground_serves(&master->foreground, &child->settings);
}

static void master_on_ready(void *owner, struct channel_message *message)
{
    struct child *child = owner;
    child_ready(child->master, child);
}

static void on_error(void *owner, struct channel_message *message)
{
    load_error(owner, message->text.p);
}

static void master_on_failed(void *owner, struct channel_message *message)
{
    struct child *child = owner;
    assert(child == child->master->pending);
    child->master->pending = NULL;
    load_failed(child->master, child, message->text.p);
}

static const struct channel_handlers FROM_PENDING = {
    .take = {[CHANNEL_PID_FILE] = child_on_settings,
             [CHANNEL_ERROR_LOG] = child_on_settings,
             [CHANNEL_MAIN] = child_on_settings,
             [CHANNEL_ACCOUNT] = child_on_settings,
             [CHANNEL_SOCKET] = master_on_socket,
             [CHANNEL_LOG] = on_log,
             [CHANNEL_DEMANDS] = master_on_demands,
             [CHANNEL_LISTS] = child_on_lists,
             [CHANNEL_WORKER] = child_on_worker,
             [CHANNEL_STAPLE] = child_on_staple,
             [CHANNEL_READY] = master_on_ready,
             [CHANNEL_ERROR] = on_error,
             [CHANNEL_FAILED] = master_on_failed},
};

/* All that the pending generation has said, or its silent end. */
static void take_from_pending(struct master *master)
{
    struct error err;
    struct child *child = master->pending;
    enum io io = IO_DONE;
    while (io == IO_DONE && master->pending) {
        io = channel_receive(child->channel, &FROM_PENDING, child, &err);
    }
    if (io == IO_CLOSED) {
        (void)!error_set(&err, "generation process %d exited before it was ready", (int)child->pid);
    }
    if (io == IO_CLOSED || io == IO_FAILED) {
        master->pending = NULL;
        kill(child->pid, SIGTERM);
        load_failed(master, child, err.text);
    }
}

/* --- signals --- */

static void master_on_stop(struct master *master, int signo)
{
    (void)signo;
    master_note(master, "stopping");
    master_end(master, SIGTERM, master->status);
}

static void master_on_quit(struct master *master, int signo)
{
    master_note(master, "finishing");
    for (struct child *child = master->handover.children; child; child = child->next) {
        sockets_close(
            &child->sockets); /* what finishes accepts no new clients; the port shows it */
    }
    master_end(master, signo, master->status);
}

/* From one generation to the next. */
static bool is_changing(const struct master *master)
{
    return master->pending || handover_under_way(&master->handover);
}

static void on_reload(struct master *master, int signo)
{
    (void)signo;
    if (master->ending.signo) {
        return;
    }
    if (is_changing(master)) {
        master->again = true;
        return;
    }
    master_note(master, "reconfiguring");
    master_load(master);
}

static void master_on_reopen(struct master *master, int signo)
{
    struct error err;
    const struct child *child = master->handover.current;
    if (!child) {
        return;
    }
    master_note(master, "reopening logs");
    for (size_t i = 0; i < child->logs_n; i++) {
        if (!logs_create(child->logs[i], &child->settings.privileges, &err)) {
            log_write(child->settings.log, LEVEL_EMERG, 0, "%s", err.text);
        }
    }
    logs_reopen_targets(child->settings.log);
    children_signal(master->handover.children, signo);
}

/*
 * A generation that ends without being told leaves no server: the files are loaded anew, after
 * a pause when it lived so short that the next may do the same. Until another has taken over, the
 * child stays in the list, with the sockets and the log.
 */
static void current_ended(struct master *master, struct child *child, int status)
{
    char text[96], line[256];
    uint64_t now = clock_now().mono_ms;
    snprintf(line, sizeof(line), "generation process %d %s, starting another", (int)child->pid,
             signals_status_text(status, text));
    handover_current_ended(&master->handover);
    master_report(master, child, LEVEL_ALERT, line);
    if (!master->pending) {
        /* Before it served it waited for another, so this cannot go round in circles. */
        bool young = child->serves && now - child->since_ms < RESTART_PAUSE_MS;
        master->load_at_ms = now + (young ? RESTART_PAUSE_MS : 0);
    }
}

static void child_ended(struct master *master, struct child *child, int status)
{
    if (child == master->pending) {
        take_from_pending(master); /* its last words */
        if (child == master->pending) {
            master->pending = NULL;
            load_failed(master, child, "the generation process exited before it was ready");
        }
    }
    struct handover *handover = &master->handover;
    if (child == handover->closing || master->ending.signo) {
        /* A worker may outlive it: the end of the channel says when it has closed. */
        child->pid = 0;
    } else if (child != handover->current) {
        children_remove(&handover->children, child);
    } else {
        current_ended(master, child, status);
    }
}

static void master_on_child(struct master *master, int signo)
{
    (void)signo;
    pid_t pid;
    int status;
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        struct child *child = children_find(master->handover.children, pid);
        if (child) {
            child_ended(master, child, status);
        }
    }
}

static void (*const ACTIONS[])(struct master *master, int signo) = {
    [SIGTERM] = master_on_stop, [SIGINT] = master_on_stop,    [SIGQUIT] = master_on_quit,
    [SIGHUP] = on_reload,       [SIGUSR1] = master_on_reopen, [SIGCHLD] = master_on_child,
};

static void master_take_signals(struct master *master)
{
    int signo;
    while ((signo = signals_next(master->signals)) != 0) {
        if ((size_t)signo < COUNT_OF(ACTIONS) && ACTIONS[signo]) {
            ACTIONS[signo](master, signo);
        }
    }
}

/* When the pending load is ended; 0: never. */
static uint64_t pending_due_ms(const struct master *master)
{
    const struct child *child = master->pending;
    if (!child) {
        return 0;
    }
    uint64_t limit = child->settings.load_timeout_ms;
    if (master->again && (!limit || limit > REPLACE_AFTER_MS)) {
        limit = REPLACE_AFTER_MS;
    }
    return limit ? child->since_ms + limit : 0;
}

static void end_late_load(struct master *master)
{
    uint64_t due = pending_due_ms(master);
    if (!due || clock_now().mono_ms < due) {
        return;
    }
    struct child *child = master->pending;
    end_pending(master);
    if (master->again) {
        master_note(master,
                    "another reload was requested: stopping the load that is still running");
        return;
    }
    char text[128];
    snprintf(text, sizeof(text),
             "loading took longer than \"load_timeout\" (%llu ms) and was stopped",
             (unsigned long long)child->settings.load_timeout_ms);
    load_failed(master, child, text);
}

/* For poll: until the next thing to do by the clock, or for ever. */
static int master_patience(const struct master *master)
{
    uint64_t now = clock_now().mono_ms;
    uint64_t at = master->load_at_ms;
    const uint64_t dues[] = {pending_due_ms(master), handover_due_ms(&master->handover),
                             ending_due_ms(&master->ending)};
    for (size_t i = 0; i < COUNT_OF(dues); i++) {
        at = dues[i] && (!at || dues[i] < at) ? dues[i] : at;
    }
    return !at ? -1 : at <= now ? 0 : (int)(at - now);
}

static void load_when_due(struct master *master)
{
    bool due = master->load_at_ms && clock_now().mono_ms >= master->load_at_ms;
    if ((master->again || due) && !is_changing(master) && !master->ending.signo) {
        master->again = false;
        master_load(master);
    }
}

static void supervise(struct master *master)
{
    struct handover *handover = &master->handover;
    while (!ending_is_over(&master->ending, handover->children)) {
        struct pollfd fds[] = {
            {master->signals, POLLIN, 0},
            {master->pending ? master->pending->channel : -1, POLLIN, 0},
            {handover_closing_channel(handover), POLLIN, 0},
            {handover_current_channel(handover), POLLIN, 0},
        };
        int n = poll(fds, COUNT_OF(fds), master_patience(master));
        clock_update();
        if (n > 0 && fds[2].revents) {
            handover_hear_closing(handover);
        }
        if (n > 0 && fds[3].revents & POLLIN) {
            handover_hear_current(handover);
        }
        if (n > 0 && fds[1].revents) {
            take_from_pending(master);
        }
        if (n > 0 && fds[0].revents) {
            master_take_signals(master);
        }
        handover_go_on(handover);
        ending_go_on(&master->ending, handover->children, current_log(master));
        end_late_load(master);
        load_when_due(master);
    }
}

/* --- the beginning and the end --- */

static bool make_secret(struct master *master, struct error *err)
{
    unsigned char *secret = master->start.secret;
    size_t size = sizeof(master->start.secret);
    return getrandom(secret, size, 0) == (ssize_t)size || error_errno(err, errno, "getrandom()");
}

static void master_say(void *arg, const char *text)
{
    (void)arg;
    console_log(LEVEL_EMERG, "%s", text);
}

/* The secret, and the background if that is asked for. False: why not was said. */
static bool set_out(struct master *master)
{
    struct errors errors;
    struct error err;
    errors_init(&errors);
    if (!make_secret(master, &err)) {
        errors_add(&errors, &err);
    } else {
        (void)!foreground_leave(&master->foreground, master->start.options, &errors);
    }
    bool ok = errors.n == 0;
    errors_each(&errors, master_say, NULL);
    errors_deinit(&errors);
    return ok;
}

static void master_deinit(struct master *master)
{
    struct sockets none = {0};
    struct handover *handover = &master->handover;
    assert(master->ending.signo && !master->pending);
    if (handover->current) {
        master_note(master, "exit");
        sockets_unlink(&handover->current->sockets, &none);
        pid_remove(handover->current->settings.pid_path, handover->pid_file);
    }
    while (handover->children) {
        children_remove(&handover->children, handover->children);
    }
    channel_close_end(&handover->pid_file);
    foreground_deinit(&master->foreground);
    close(master->signals);
    explicit_bzero(master->start.secret, sizeof(master->start.secret));
}

int master_run(const struct options *options)
{
    struct error err;
    struct master master = {.start.options = options, .handover.pid_file = -1};
    if (!set_out(&master)) {
        foreground_deinit(&master.foreground);
        return 1;
    }
    master.signals = signals_open(&err);
    if (master.signals < 0) {
        console_log(LEVEL_EMERG, "%s", err.text);
        foreground_deinit(&master.foreground);
        return 1;
    }
    title_set("master process");
    clock_update();
    master_load(&master);
    supervise(&master);
    master_deinit(&master);
    return master.status;
}
