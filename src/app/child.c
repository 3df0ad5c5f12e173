/* SPDX-License-Identifier: Apache-2.0 */
#include "app/child.h"

#include <assert.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/pidfd.h>
#include <unistd.h>

#include "app/logs.h"
#include "base/clock.h"
#include "base/must.h"
#include "base/vec.h"

struct child *child_new(struct master *master)
{
    struct child *child = must_have(calloc(1, sizeof(*child)));
    child->master = master;
    child->channel = -1;
    child->demands = -1;
    child->worker = -1;
    arena_init(&child->arena, 0);
    return child;
}

void child_free(struct child *child)
{
    channel_close_end(&child->channel);
    channel_close_end(&child->demands);
    channel_close_end(&child->worker);
    child_drop_lists(child);
    kept_staples_deinit(&child->staples);
    sockets_deinit(&child->sockets);
    logs_close(child->settings.log);
    arena_deinit(&child->arena);
    free(child);
}

void child_on_settings(void *owner, struct channel_message *message)
{
    struct child *child = owner;
    master_settings_take(&child->settings, message->kind, message->text, &child->arena);
}

void child_add_log(struct child *child, struct str path)
{
    const char **slot = vec_push(&child->arena, &child->logs, &child->logs_n, sizeof(*slot));
    *slot = arena_cstr(&child->arena, path);
}

void child_on_lists(void *owner, struct channel_message *message)
{
    struct child *child = owner;
    int image = channel_take_fd(message);
    for (size_t i = 0; i < child->lists_n; i++) {
        if (str_eq(str_of(child->lists[i].name), message->text)) {
            close(child->lists[i].image);
            child->lists[i].image = image;
            return;
        }
    }
    struct crl_floor *slot = vec_push(&child->arena, &child->lists, &child->lists_n, sizeof(*slot));
    *slot = (struct crl_floor){arena_cstr(&child->arena, message->text), image};
}

void child_drop_lists(struct child *child)
{
    for (size_t i = 0; i < child->lists_n; i++) {
        close(child->lists[i].image);
    }
    child->lists_n = 0;
}

void child_on_staple(void *owner, struct channel_message *message)
{
    struct child *child = owner;
    kept_staples_put(&child->staples, message->text, channel_take_fd(message));
}

void child_on_worker(void *owner, struct channel_message *message)
{
    struct child *child = owner;
    channel_close_end(&child->worker);
    child->worker = channel_take_fd(message);
}

bool child_tell(const struct child *child, enum channel_kind kind, int fd)
{
    struct error err;
    if (!child->pid || child->channel < 0) {
        return false;
    }
    if (!channel_send(child->channel, kind, STR(""), fd, &err)) {
        log_write(child->settings.log, LEVEL_ALERT, 0, "%s to generation process %d", err.text,
                  (int)child->pid);
        return false;
    }
    return true;
}

/* --- what it says --- */

static void child_on_closed(void *owner, struct channel_message *message)
{
    ((struct child *)owner)->closed = true;
}

static void child_on_obeys(void *owner, struct channel_message *message)
{
    ((struct child *)owner)->obeys = true;
}

static const struct channel_handlers FROM_READY = {.take = {[CHANNEL_CLOSED] = child_on_closed,
                                                            [CHANNEL_OBEYS] = child_on_obeys,
                                                            [CHANNEL_WORKER] = child_on_worker,
                                                            [CHANNEL_LISTS] = child_on_lists,
                                                            [CHANNEL_STAPLE] = child_on_staple}};

enum io child_hear(struct child *child, struct error *err)
{
    return channel_receive(child->channel, &FROM_READY, child, err);
}

void child_hear_all(struct child *child)
{
    struct error err;
    while (child->channel >= 0 && child_hear(child, &err) == IO_DONE) {
    }
}

/* --- its worker --- */

void child_kill(struct child *child, const struct log *log)
{
    assert(child->pid > 0 && !child->killed_ms); /* 0 or -1 would be a signal to many */
    if (log) {
        log_write(log, LEVEL_ALERT, 0, "generation process %d does not react: killing it",
                  (int)child->pid);
    }
    child->killed_ms = clock_now().mono_ms;
    kill(child->pid, SIGKILL);
}

bool child_worker_ended(const struct child *child)
{
    struct pollfd end = {child->worker, POLLIN, 0};
    return child->worker >= 0 && poll(&end, 1, 0) > 0;
}

void child_signal_worker(const struct child *child, int signo)
{
    if (child->worker >= 0) {
        (void)pidfd_send_signal(child->worker, signo, NULL, 0); /* it may have ended */
    }
}

/* --- all of them --- */

void children_remove(struct child **list, struct child *child)
{
    while (*list != child) {
        assert(*list); /* it is one of them */
        list = &(*list)->next;
    }
    *list = child->next;
    child_free(child);
}

struct child *children_find(struct child *list, pid_t pid)
{
    assert(pid > 0); /* 0 is the pid of every child that has exited */
    while (list && list->pid != pid) {
        list = list->next;
    }
    return list;
}

void children_signal(const struct child *list, int signo)
{
    for (; list; list = list->next) {
        assert(list->pid >= 0); /* -1 would be a signal to every process */
        if (list->pid) {
            kill(list->pid, signo);
        }
    }
}
