/* SPDX-License-Identifier: Apache-2.0 */
#include "load/main_conf.h"

#include <assert.h>
#include <stddef.h>
#include <unistd.h>

#include "base/file.h"
#include "base/vec.h"
#include "conf/accepted.h"
#include "load/loader.h"

/* user NAME [GROUP] */
static bool set_user(struct conf_scope *scope, const struct directive *row, void *field,
                     struct error *err)
{
    (void)row;
    (void)err;
    struct main_settings *main = field;
    main->user = scope->node->args[0];
    main->group = scope->node->n > 1 ? scope->node->args[1] : STR("");
    return true;
}

static bool set_master_process(struct conf_scope *scope, const struct directive *row, void *field,
                               struct error *err)
{
    (void)field;
    bool on;
    return set_flag(scope, row, &on, err) &&
           (on || error_set(err, "\"master_process off\" is not supported: use \"daemon off\" to "
                                 "keep yett in the foreground"));
}

static bool set_worker_processes(struct conf_scope *scope, const struct directive *row, void *field,
                                 struct error *err)
{
    (void)row;
    uint64_t *threads = field;
    struct str value = scope->node->args[0];
    if (str_eq(value, STR("auto"))) {
        long cores = sysconf(_SC_NPROCESSORS_ONLN);
        *threads = cores > 0 ? (uint64_t)cores : 1;
        return true;
    }
    if (!str_to_u64(value, 1024, threads) || *threads == 0) {
        return error_set(
            err,
            "\"worker_processes\" directive invalid number \"%.*s\", expected 1 to 1024, or auto",
            STR_ARG(value));
    }
    return true;
}

/* error_log FILE [LEVEL], of the main context: the process's own, and what http starts from. */
static bool set_main_error_log(struct conf_scope *scope, const struct directive *row, void *field,
                               struct error *err)
{
    (void)row;
    struct main_settings *main = field;
    struct str path = scope->node->args[0];
    struct log_target target = {.level = LEVEL_ERROR};
    if (scope->node->n > 1 && !log_level_parse(scope->node->args[1], &target.level)) {
        return error_set(err, "invalid log level \"%.*s\"", STR_ARG(scope->node->args[1]));
    }
    if (str_starts(path, STR("syslog:")) || str_starts(path, STR("memory:"))) {
        return error_set(err, "\"%.*s\" is not supported yet", STR_ARG(path));
    }
    target.file = arena_zalloc(scope->arena, sizeof(*target.file));
    target.file->fd = -1;
    target.file->path = str_eq(path, STR("stderr"))
                            ? NULL
                            : path_resolve(scope->arena, str_of(scope->prefix), path);
    struct log *log = arena_zalloc(scope->arena, sizeof(*log));
    struct log_target *targets = NULL;
    assert(main->log && main->log->n > 0); /* the default, or the lines before */
    for (size_t i = 0; !scope->first && i < main->log->n; i++) {
        *(struct log_target *)vec_push(scope->arena, &targets, &log->n, sizeof(target)) =
            main->log->targets[i];
    }
    *(struct log_target *)vec_push(scope->arena, &targets, &log->n, sizeof(target)) = target;
    log->targets = targets;
    main->log = log;
    if (scope->first) {
        main->error_log_file = target.file;
    }
    return true;
}

static bool set_events_block(struct conf_scope *scope, const struct directive *row, void *field,
                             struct error *err)
{
    (void)row;
    const struct conf_tables *tables = loader_of(scope)->tables;
    struct conf_level level = {
        .context = CONTEXT_EVENTS,
        .structs = {[LEVEL_MAIN] = field},
        .seen = arena_zalloc(scope->arena, conf_tables_rows(tables)),
    };
    return conf_apply_all(tables, scope, &level, scope->node->children, err);
}

#define MAIN_FIELD(field) .offset = offsetof(struct main_settings, field)

const struct directive main_directives[] = {
    {.name = "user",
     .contexts = CONTEXT_MAIN,
     .min_args = 1,
     .max_args = 2,
     .set = set_user,
     .syntax = "user [group]",
     .note = "The account of the worker. yett changes to it after it has opened all files and "
             "sockets."},
    {.name = "worker_processes",
     .contexts = CONTEXT_MAIN,
     .min_args = 1,
     .max_args = 1,
     .set = set_worker_processes,
     MAIN_FIELD(threads),
     .initial = "1",
     .syntax = "number | auto",
     .note = "The number of threads in the one worker process."},
    {.name = "daemon",
     .contexts = CONTEXT_MAIN,
     .min_args = 1,
     .max_args = 1,
     .set = set_flag,
     MAIN_FIELD(daemon),
     .initial = "on",
     .syntax = "on | off"},
    {.name = "master_process",
     .contexts = CONTEXT_MAIN,
     .min_args = 1,
     .max_args = 1,
     .set = set_master_process,
     .initial = "on",
     .syntax = "on | off"},
    {.name = "pid",
     .contexts = CONTEXT_MAIN,
     .min_args = 1,
     .max_args = 1,
     .set = set_path,
     MAIN_FIELD(pid_path),
     .initial = "/run/yett.pid",
     .syntax = "file"},
    {.name = "error_log",
     .contexts = CONTEXT_MAIN,
     .min_args = 1,
     .max_args = 2,
     .repeats = true,
     .set = set_main_error_log,
     .syntax = "file | stderr [level]",
     .note = "Default: `/var/log/yett/error.log error`, or the file given with `-e`."},
    {.name = "worker_shutdown_timeout",
     .contexts = CONTEXT_MAIN,
     .min_args = 1,
     .max_args = 1,
     .set = set_msec,
     MAIN_FIELD(shutdown_timeout_ms),
     .syntax = "time",
     .note = "Without it, a worker that shuts down waits for its requests without limit."},
    {.name = "load_timeout",
     .contexts = CONTEXT_MAIN,
     .min_args = 1,
     .max_args = 1,
     .set = set_msec,
     MAIN_FIELD(load_timeout_ms),
     .initial = "60s",
     .syntax = "time",
     .note =
         "Only in yett. The longest time that a load may take; it takes long when, for example, a "
         "name server or a network file system does not answer. After that time the load fails, "
         "and the previous configuration stays in force. 0: no limit."},
    {.name = "worker_rlimit_nofile",
     .contexts = CONTEXT_MAIN,
     .min_args = 1,
     .max_args = 1,
     .set = set_number,
     MAIN_FIELD(rlimit_nofile),
     .syntax = "number"},
    {.name = "worker_rlimit_core",
     .contexts = CONTEXT_MAIN,
     .min_args = 1,
     .max_args = 1,
     .set = set_size,
     MAIN_FIELD(rlimit_core),
     .syntax = "size"},
    {.name = "working_directory",
     .contexts = CONTEXT_MAIN,
     .min_args = 1,
     .max_args = 1,
     .set = set_path,
     MAIN_FIELD(working_directory),
     .syntax = "directory"},
    {.name = "events",
     .contexts = CONTEXT_MAIN,
     .is_block = true,
     .set = set_events_block,
     .syntax = "{ … }"},
    {.name = "worker_connections",
     .contexts = CONTEXT_EVENTS,
     .min_args = 1,
     .max_args = 1,
     .set = set_number,
     MAIN_FIELD(connections),
     .initial = "512",
     .syntax = "number",
     .note = "The limit of each thread."},

    ACCEPTED("worker_priority", CONTEXT_MAIN, 1, 1, "number", ONLY_SPEED),
    ACCEPTED("worker_cpu_affinity", CONTEXT_MAIN, 1, ARGS_ANY, "auto | cpumask …", ONLY_SPEED),
    ACCEPTED("timer_resolution", CONTEXT_MAIN, 1, 1, "interval", ONLY_SPEED),
    ACCEPTED("pcre_jit", CONTEXT_MAIN, 1, 1, "on | off",
             "yett always compiles regular expressions"),
    ACCEPTED("lock_file", CONTEXT_MAIN, 1, 1, "file", "yett needs no lock file"),
    {.name = "thread_pool",
     .contexts = CONTEXT_MAIN,
     .min_args = 2,
     .max_args = 3,
     .repeats = true,
     .support = SUPPORT_ACCEPTED,
     .syntax = "name threads=number",
     .note = ONLY_SPEED},
    ACCEPTED("debug_points", CONTEXT_MAIN, 1, 1, "abort | stop", "yett has no debug points"),
    ACCEPTED("use", CONTEXT_EVENTS, 1, 1, "method", ONLY_SPEED),
    ACCEPTED("multi_accept", CONTEXT_EVENTS, 1, 1, "on | off", ONLY_SPEED),
    ACCEPTED("accept_mutex", CONTEXT_EVENTS, 1, 1, "on | off", ONLY_SPEED),
    ACCEPTED("accept_mutex_delay", CONTEXT_EVENTS, 1, 1, "time", ONLY_SPEED),
    {.name = "debug_connection",
     .contexts = CONTEXT_EVENTS,
     .min_args = 1,
     .max_args = 1,
     .repeats = true,
     .support = SUPPORT_ACCEPTED,
     .syntax = "address | CIDR | unix:",
     .note = "the level of error_log applies to all clients"},
    {.name = "env",
     .contexts = CONTEXT_MAIN,
     .min_args = 1,
     .max_args = 1,
     .repeats = true,
     .support = SUPPORT_ACCEPTED,
     .syntax = "variable[=value]",
     .note = "yett does not read the environment while it serves"},
    {.name = "load_module",
     .contexts = CONTEXT_MAIN,
     .min_args = 1,
     .max_args = 1,
     .repeats = true,
     .support = SUPPORT_REFUSED,
     .syntax = "file",
     .note = "yett has no loadable modules; remove the line"},
    {.name = "ssl_engine",
     .contexts = CONTEXT_MAIN,
     .min_args = 1,
     .max_args = 1,
     .support = SUPPORT_REFUSED,
     .syntax = "device",
     .note = "engines are deprecated in OpenSSL 3; use a provider in openssl.cnf"},
    {.name = "stream",
     .contexts = CONTEXT_MAIN,
     .is_block = true,
     .support = SUPPORT_LATER,
     .syntax = "{ … }",
     .values = "{ }"},
    {.name = "mail",
     .contexts = CONTEXT_MAIN,
     .is_block = true,
     .support = SUPPORT_REFUSED,
     .syntax = "{ … }",
     .values = "{ }",
     .note = "yett proxies HTTP only"},
};

const size_t main_directives_n = COUNT_OF(main_directives);
