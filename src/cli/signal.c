/* SPDX-License-Identifier: Apache-2.0 */
/* `yett -s`: a signal to the master that runs with this configuration. */
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "app/console.h"
#include "app/pid.h"
#include "cli/command_table.h"
#include "load/settings_load.h"
#include "modules/modules.h"

static const struct {
    const char *name;
    int signo;
} SIGNALS[] = {{"stop", SIGTERM}, {"quit", SIGQUIT}, {"reload", SIGHUP}, {"reopen", SIGUSR1}};

static int signal_number(const char *name)
{
    for (size_t i = 0; i < COUNT_OF(SIGNALS); i++) {
        if (strcmp(SIGNALS[i].name, name) == 0) {
            return SIGNALS[i].signo;
        }
    }
    return 0; /* the command line was checked; kill(2) then only looks whether the master is there
               */
}

/* False: why not was said. */
static bool send_signal(const char *pid_path, int signo)
{
    struct error err;
    pid_t pid;
    int fd = pid_open(pid_path, &pid, &err);
    if (fd < 0) {
        console_log(LEVEL_ERROR, "%s", err.text);
        return false;
    }
    bool ok = pid_signal(fd, pid_path, pid, signo, &err);
    if (!ok) {
        console_log(LEVEL_ALERT, "%s", err.text);
    }
    close(fd);
    return ok;
}

/* As nginx: a reload that could only fail is not even asked for. */
static bool loads(const struct options *options, struct errors *errors)
{
    static const unsigned char no_secret[TLS_TICKET_SECRET_LEN];
    struct loaded loaded = {0};
    struct main_settings main;
    struct options quiet = *options;
    quiet.quiet = true; /* the notices are for the log of the reload itself */
    bool ok = settings_load(&quiet, &all_modules, no_secret, true, NULL, &loaded, &main, errors);
    settings_unload(&loaded);
    return ok;
}

static void signal_say(void *arg, const char *text)
{
    (void)arg;
    console_log(LEVEL_EMERG, "%s", text);
}

int signal_main(const struct options *options)
{
    struct errors errors;
    struct arena arena;
    struct conf_tree tree;
    struct main_settings main;
    int signo = signal_number(options->signal);
    arena_init(&arena, 0);
    errors_init(&errors);
    bool ok = (signo != SIGHUP || loads(options, &errors)) &&
              main_settings_load(options, &all_modules, &arena, &tree, &main, &errors);
    if (!ok) {
        errors_each(&errors, signal_say, NULL);
    }
    ok = ok && send_signal(main.pid_path, signo);
    errors_deinit(&errors);
    arena_deinit(&arena);
    return ok ? 0 : 1;
}
