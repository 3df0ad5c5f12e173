/* SPDX-License-Identifier: Apache-2.0 */
#include "app/child.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "app/logs.h"
#include "base/must.h"
#include "base/vec.h"
#include "modules/modules.h"

struct child *child_new(struct master *master)
{
    struct child *child = must_have(calloc(1, sizeof(*child)));
    child->master = master;
    child->channel = -1;
    child->demands = -1;
    arena_init(&child->arena, 0);
    return child;
}

void child_free(struct child *child)
{
    channel_close_end(&child->channel);
    channel_close_end(&child->demands);
    child_drop_lists(child);
    kept_staples_deinit(&child->staples);
    sockets_deinit(&child->sockets);
    if (child->main.log) {
        logs_close(child->main.log);
    }
    arena_deinit(&child->arena);
    free(child);
}

bool child_read_main(struct child *child, const struct options *options, struct errors *errors)
{
    struct conf_tree tree;
    struct error err;
    if (!main_settings_load(options, &all_modules, &child->arena, &tree, &child->main, errors)) {
        return false;
    }
    bool ok = (child->main.master_process ||
               error_set(&err, "\"master_process off\" is not supported: use \"daemon off\" "
                               "to keep yett in the foreground")) &&
              privileges_lookup(child->main.user, child->main.group, &child->arena,
                                &child->privileges, &err);
    if (!ok) {
        errors_add(errors, &err);
    }
    return ok;
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

bool child_tell(const struct child *child, enum channel_kind kind, int fd)
{
    struct error err;
    if (!child->pid || child->channel < 0) {
        return false;
    }
    if (!channel_send(child->channel, kind, STR(""), fd, &err)) {
        log_write(child->main.log, LEVEL_ALERT, 0, "%s to generation process %d", err.text,
                  (int)child->pid);
        return false;
    }
    return true;
}

void children_remove(struct child **list, struct child *child)
{
    while (*list != child) {
        list = &(*list)->next;
    }
    *list = child->next;
    child_free(child);
}

struct child *children_find(struct child *list, pid_t pid)
{
    while (list && list->pid != pid) {
        list = list->next;
    }
    return list;
}

bool children_live(const struct child *list)
{
    while (list && list->pid == 0) {
        list = list->next;
    }
    return list != NULL;
}

void children_signal(const struct child *list, int signo)
{
    for (; list; list = list->next) {
        if (list->pid) {
            kill(list->pid, signo);
        }
    }
}
