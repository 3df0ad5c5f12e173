/* SPDX-License-Identifier: Apache-2.0 */
#include "app/foreground.h"

#include <assert.h>

#include "app/daemon.h"
#include "app/logs.h"
#include "load/settings_load.h"
#include "modules/modules.h"

bool foreground_leave(struct foreground *foreground, const struct options *options,
                      struct errors *errors)
{
    struct error err;
    struct conf_tree tree;
    struct main_settings main;
    *foreground = (struct foreground){.ready = -1, .attached = true};
    arena_init(&foreground->arena, 0);
    if (!main_settings_load(options, &all_modules, &foreground->arena, &tree, &main, errors)) {
        return false;
    }
    foreground->settings = master_settings_of(&main);
    assert(foreground->settings.log && foreground->settings.pid_path); /* each has a default */
    if (main.daemon && !daemon_detach(&foreground->ready, &err)) {
        errors_add(errors, &err);
        return false;
    }
    return true;
}

void foreground_deinit(struct foreground *foreground)
{
    logs_close(foreground->settings.log);
    arena_deinit(&foreground->arena);
}

void foreground_serves(struct foreground *foreground, const struct master_settings *settings)
{
    assert(settings->complete); /* else nothing serves with them */
    if (settings->daemon && foreground->ready >= 0) {
        logs_take_stderr(settings->log);
        daemon_ready(foreground->ready);
        foreground->ready = -1;
        foreground->attached = false;
    }
}
