/* SPDX-License-Identifier: Apache-2.0 */
#include "app/master.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/wait.h>
#include <unistd.h>

#include "app/channel.h"
#include "app/console.h"
#include "app/daemon.h"
#include "app/generation.h"
#include "app/logs.h"
#include "app/pid.h"
#include "app/privileges.h"
#include "app/settings_load.h"
#include "app/signals.h"
#include "app/title.h"
#include "base/clock.h"
#include "base/vec.h"

enum { RESTART_PAUSE_MS = 1000 };

struct master;

/* One generation process, and what the master knows of the configuration it serves. */
struct child {
    struct master *master;
    pid_t pid;   /* 0: ended, and nobody has taken over yet */
    int channel; /* the parent's end: open as long as the child shall believe in a master */
    struct arena arena;
    struct main_settings main;
    struct privileges privileges;
    struct sockets sockets; /* handed over */
    uint64_t since_ms;      /* serves since */
    const char **logs;
    size_t logs_n;
    struct child *next;
};

struct master {
    struct generation_start start;
    struct child *children; /* all that live */
    struct child *current;  /* the one that serves */
    struct child *pending;  /* the one that shall, when it is ready */
    int signals;
    int ready;           /* for daemon_ready; -1: told, or in the foreground */
    bool attached;       /* somebody may still read standard error */
    bool again;          /* a reload was asked for while one was under way */
    uint64_t load_at_ms; /* after a generation that did not live long; 0: not */
    int ending;          /* SIGTERM, SIGQUIT: told to; 0: not */
    int status;          /* to exit with */
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

/* To the error log and, when that is a file, also to whoever started yett. */
static void report(const struct master *master, const struct child *child, enum log_level level,
                   const char *text)
{
    const struct log *log = master->current ? master->current->main.log : child->main.log;
    bool to_console = master->attached && !(log_is_stderr(log) && master->current);
    struct error ignored;
    if (!(to_console && log_is_stderr(log)) && logs_open(log, &ignored)) {
        log_write(log, level, 0, "%s", text);
    }
    if (to_console) {
        console_log(level, "%s", text);
    }
}

static void note(const struct master *master, const char *text)
{
    if (master->current) {
        log_write(master->current->main.log, LEVEL_NOTICE, 0, "%s", text);
    }
}

/* --- children --- */

static void child_free(struct child *child)
{
    channel_close_end(&child->channel);
    sockets_deinit(&child->sockets);
    if (child->main.log) {
        logs_close(child->main.log);
    }
    arena_deinit(&child->arena);
    free(child);
}

static struct child *child_new(struct master *master)
{
    struct child *child = calloc(1, sizeof(*child));
    if (!child) {
        abort();
    }
    child->master = master;
    child->channel = -1;
    arena_init(&child->arena, 0);
    return child;
}

static void remove_child(struct master *master, struct child *child)
{
    struct child **link = &master->children;
    while (*link != child) {
        link = &(*link)->next;
    }
    *link = child->next;
    child_free(child);
}

static struct child *find_child(struct master *master, pid_t pid)
{
    struct child *child = master->children;
    while (child && child->pid != pid) {
        child = child->next;
    }
    return child;
}

/* In the new process: only its own ends stay open, so that each notices the master's end. */
static _Noreturn void run_child(struct master *master, int channel)
{
    struct sockets none = {0};
    for (struct child *child = master->children; child; child = child->next) {
        channel_close_end(&child->channel);
        logs_close(child->main.log);
    }
    if (master->ready >= 0) {
        close(master->ready);
    }
    close(master->signals);
    master->start.kept = master->current ? &master->current->sockets : &none;
    master->start.channel = channel;
    int status = generation_run(&master->start);
    exit(status);
}

static bool fork_child(struct master *master, struct child *child, struct error *err)
{
    struct channel channel;
    if (!channel_open(&channel, err)) {
        return false;
    }
    child->pid = fork();
    if (child->pid < 0) {
        (void)!error_errno(err, errno, "fork() of a generation process");
        channel_close_end(&channel.parent);
        channel_close_end(&channel.child);
        return false;
    }
    if (child->pid == 0) {
        channel_close_end(&channel.parent);
        child_free(child); /* what the master knows of this process; it reads everything itself */
        run_child(master, channel.child);
    }
    channel_close_end(&channel.child);
    child->channel = channel.parent;
    child->next = master->children;
    master->children = child;
    master->pending = child;
    return true;
}

static bool read_main(const struct options *options, struct child *child, struct error *err)
{
    struct conf_tree tree;
    if (!main_settings_load(options, &child->arena, &tree, &child->main, err)) {
        return false;
    }
    if (!child->main.master_process) {
        return error_set(err, "\"master_process off\" is not supported: \"daemon off\" is what "
                              "keeps yett in the foreground");
    }
    return privileges_lookup(child->main.user, child->main.group, &child->arena, &child->privileges,
                             err);
}

static void tell_children(const struct master *master, int signo)
{
    for (const struct child *child = master->children; child; child = child->next) {
        if (child->pid) {
            kill(child->pid, signo);
        }
    }
}

static void end(struct master *master, int signo, int status)
{
    master->ending = signo;
    master->load_at_ms = 0;
    master->status = status;
    tell_children(master, signo);
}

/* --- loading --- */

/*
 * Nothing changes: the generation that serves goes on. At the start there is none, and that is the
 * end; when the one that served has died, it is tried again until it works or somebody decides.
 */
static void load_failed(struct master *master, const struct child *child, const char *text)
{
    if (master->ending) {
        return; /* that is why it failed, or does not matter any more */
    }
    report(master, child, LEVEL_EMERG, text);
    if (!master->current) {
        end(master, SIGTERM, 1);
    } else if (!master->current->pid) {
        master->load_at_ms = clock_now().mono_ms + RESTART_PAUSE_MS;
    }
}

static void load(struct master *master)
{
    struct error err;
    struct child *child = child_new(master);
    master->load_at_ms = 0;
    if (!read_main(master->start.options, child, &err) || !fork_child(master, child, &err)) {
        load_failed(master, child, err.text);
        child_free(child);
    }
}

static void on_socket(void *owner, const struct bound_socket *item)
{
    sockets_add(&((struct child *)owner)->sockets, item);
}

static void on_log(void *owner, const char *text)
{
    struct child *child = owner;
    const char **slot = vec_push(&child->arena, &child->logs, &child->logs_n, sizeof(*slot));
    *slot = arena_cstr(&child->arena, str_of(text));
}

/* The pid file is where the configuration that serves says. */
static bool move_pid(const struct child *old, const struct child *now, struct error *err)
{
    const char *path = now->main.pid_path;
    if (old && strcmp(old->main.pid_path, path) == 0) {
        return true;
    }
    if (!pid_write(path, getpid(), err)) {
        return false;
    }
    if (old) {
        pid_remove(old->main.pid_path, getpid());
    }
    return true;
}

static void retire(struct master *master, struct child *old, const struct child *now)
{
    sockets_unlink(&old->sockets, &now->sockets);
    sockets_deinit(&old->sockets);
    if (old->pid) {
        kill(old->pid, SIGQUIT);
    } else {
        remove_child(master, old);
    }
}

/* The foreground process may return now. */
static void detach(struct master *master, const struct child *child)
{
    if (child->main.daemon && master->ready >= 0) {
        logs_take_stderr(child->main.log);
        daemon_ready(master->ready);
        master->ready = -1;
        master->attached = false;
    }
}

static void child_ready(struct master *master, struct child *child)
{
    struct error err;
    struct child *old = master->current;
    master->pending = NULL;
    if (!logs_open(child->main.log, &err) || !move_pid(old, child, &err)) {
        load_failed(master, child, err.text);
        kill(child->pid, SIGQUIT);
        return;
    }
    master->current = child;
    child->since_ms = clock_now().mono_ms;
    if (old) {
        retire(master, old, child);
    }
    detach(master, child);
    log_write(child->main.log, LEVEL_NOTICE, 0, "generation process %d serves", (int)child->pid);
}

static void on_ready(void *owner, const char *text)
{
    (void)text;
    struct child *child = owner;
    child_ready(child->master, child);
}

static void on_failed(void *owner, const char *text)
{
    struct child *child = owner;
    child->master->pending = NULL;
    load_failed(child->master, child, text);
}

static const struct channel_handlers MESSAGES = {
    .socket = on_socket,
    .text = {[CHANNEL_LOG] = on_log, [CHANNEL_READY] = on_ready, [CHANNEL_FAILED] = on_failed},
};

/* All that the pending generation has said, or its silent end. */
static void take_messages(struct master *master)
{
    struct error err;
    struct child *child = master->pending;
    enum io io = IO_DONE;
    while (io == IO_DONE && master->pending) {
        io = channel_receive(child->channel, &MESSAGES, child, &err);
    }
    if (io == IO_CLOSED) {
        (void)!error_set(&err, "the generation process %d ended before it was ready",
                         (int)child->pid);
    }
    if (io == IO_CLOSED || io == IO_FAILED) {
        master->pending = NULL;
        kill(child->pid, SIGTERM);
        load_failed(master, child, err.text);
    }
}

/* --- signals --- */

static void on_stop(struct master *master, int signo)
{
    (void)signo;
    note(master, "stopping");
    end(master, SIGTERM, master->status);
}

static void on_quit(struct master *master, int signo)
{
    note(master, "finishing");
    for (struct child *child = master->children; child; child = child->next) {
        sockets_close(
            &child->sockets); /* what finishes takes no new clients, and the port shows it */
    }
    end(master, signo, master->status);
}

static void on_reload(struct master *master, int signo)
{
    (void)signo;
    if (master->ending) {
        return;
    }
    if (master->pending) {
        master->again = true;
        return;
    }
    note(master, "reconfiguring");
    load(master);
}

static void on_reopen(struct master *master, int signo)
{
    struct error err;
    const struct child *child = master->current;
    if (!child) {
        return;
    }
    note(master, "reopening logs");
    for (size_t i = 0; i < child->logs_n; i++) {
        if (!logs_create(child->logs[i], &child->privileges, &err)) {
            log_write(child->main.log, LEVEL_EMERG, 0, "%s", err.text);
        }
    }
    logs_reopen_targets(child->main.log);
    tell_children(master, signo);
}

/*
 * A generation that ends without being told leaves nobody serving: the files are loaded anew, after
 * a pause when it lived so short that the next may do the same. Until another has taken over, the
 * child stays in the list, with the sockets and the log.
 */
static void current_ended(struct master *master, struct child *child, int status)
{
    char text[96], line[256];
    uint64_t now = clock_now().mono_ms;
    snprintf(line, sizeof(line), "generation process %d %s, starting another", (int)child->pid,
             signals_status_text(status, text));
    child->pid = 0;
    report(master, child, LEVEL_ALERT, line);
    if (!master->pending) {
        bool young = now - child->since_ms < RESTART_PAUSE_MS;
        master->load_at_ms = now + (young ? RESTART_PAUSE_MS : 0);
    }
}

static void child_ended(struct master *master, struct child *child, int status)
{
    if (child == master->pending) {
        take_messages(master); /* its last words */
        if (child == master->pending) {
            master->pending = NULL;
            load_failed(master, child, "the generation process ended before it was ready");
        }
    }
    if (child != master->current) {
        remove_child(master, child);
    } else if (master->ending) {
        child->pid = 0;
    } else {
        current_ended(master, child, status);
    }
}

static void on_child(struct master *master, int signo)
{
    (void)signo;
    pid_t pid;
    int status;
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        struct child *child = find_child(master, pid);
        if (child) {
            child_ended(master, child, status);
        }
    }
}

static void (*const ACTIONS[])(struct master *master, int signo) = {
    [SIGTERM] = on_stop,  [SIGINT] = on_stop,    [SIGQUIT] = on_quit,
    [SIGHUP] = on_reload, [SIGUSR1] = on_reopen, [SIGCHLD] = on_child,
};

static void take_signals(struct master *master)
{
    int signo;
    while ((signo = signals_next(master->signals)) != 0) {
        if ((size_t)signo < COUNT_OF(ACTIONS) && ACTIONS[signo]) {
            ACTIONS[signo](master, signo);
        }
    }
}

static bool any_child(const struct master *master)
{
    const struct child *child = master->children;
    while (child && child->pid == 0) {
        child = child->next;
    }
    return child != NULL;
}

static int patience(const struct master *master)
{
    uint64_t now = clock_now().mono_ms;
    return !master->load_at_ms         ? -1
           : master->load_at_ms <= now ? 0
                                       : (int)(master->load_at_ms - now);
}

static void load_when_due(struct master *master)
{
    bool due = master->load_at_ms && clock_now().mono_ms >= master->load_at_ms;
    if ((master->again || due) && !master->pending && !master->ending) {
        master->again = false;
        load(master);
    }
}

static void supervise(struct master *master)
{
    while (!master->ending || any_child(master)) {
        struct pollfd fds[] = {
            {master->signals, POLLIN, 0},
            {master->pending ? master->pending->channel : -1, POLLIN, 0},
        };
        int n = poll(fds, COUNT_OF(fds), patience(master));
        clock_update();
        if (n > 0 && fds[1].revents) {
            take_messages(master);
        }
        if (n > 0 && fds[0].revents) {
            take_signals(master);
        }
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

/* Only what must be known before there is a generation: errors in it are the caller's to read. */
static bool leave_foreground(struct master *master, struct error *err)
{
    struct child *probe = child_new(master);
    bool ok = read_main(master->start.options, probe, err) &&
              (!probe->main.daemon || daemon_detach(&master->ready, err));
    child_free(probe);
    return ok;
}

static void master_deinit(struct master *master)
{
    struct sockets none = {0};
    if (master->current) {
        note(master, "exit");
        sockets_unlink(&master->current->sockets, &none);
        pid_remove(master->current->main.pid_path, getpid());
    }
    while (master->children) {
        remove_child(master, master->children);
    }
    close(master->signals);
    explicit_bzero(master->start.secret, sizeof(master->start.secret));
}

int master_run(const struct options *options)
{
    struct error err;
    struct master master = {.start.options = options, .ready = -1, .attached = true};
    if (!make_secret(&master, &err) || !leave_foreground(&master, &err)) {
        console_log(LEVEL_EMERG, "%s", err.text);
        return 1;
    }
    master.signals = signals_open(&err);
    if (master.signals < 0) {
        console_log(LEVEL_EMERG, "%s", err.text);
        return 1;
    }
    title_set("master process");
    clock_update();
    load(&master);
    supervise(&master);
    master_deinit(&master);
    return master.status;
}
