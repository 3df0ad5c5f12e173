/* SPDX-License-Identifier: Apache-2.0 */
/* The module log: its row, access_log and log_format. */
#include <assert.h>
#include <stdlib.h>

#include "base/file.h"
#include "base/vec.h"
#include "load/level.h"
#include "modules/log/log_settings.h"
#include "modules/log/record.h"

/* --- formats --- */

static const struct log_format *find_format(const struct log_settings *logs, struct str name)
{
    for (size_t i = 0; i < logs->formats->n; i++) {
        if (str_eq(logs->formats->items[i]->name, name)) {
            return logs->formats->items[i];
        }
    }
    return NULL;
}

static void add_format(struct log_settings *logs, struct arena *arena, struct log_format *format)
{
    struct log_format **slot =
        vec_push(arena, &logs->formats->items, &logs->formats->n, sizeof(*slot));
    *slot = format;
}

static void add_combined(struct log_settings *logs, struct settings *settings)
{
    static const struct str COMBINED =
        STR_INIT("$remote_addr - $remote_user [$time_local] \"$request\" $status "
                 "$body_bytes_sent \"$http_referer\" \"$http_user_agent\"");
    struct template compiled;
    struct error err;
    assert(logs->formats->n == 0); /* the first: what no access_log names is that */
    if (!template_compile(COMBINED, &settings->vars, &settings->arena, NULL, 0, &compiled, &err)) {
        abort(); /* the text is ours */
    }
    struct log_format *format = arena_zalloc(&settings->arena, sizeof(*format));
    *format =
        (struct log_format){.name = STR("combined"), .parts = compiled.parts, .n = compiled.n};
    add_format(logs, &settings->arena, format);
}

static const struct choice ESCAPES[] = {
    {"escape=default", LOG_ESCAPE_DEFAULT},
    {"escape=json", LOG_ESCAPE_JSON},
    {"escape=none", LOG_ESCAPE_NONE},
    {NULL, 0},
};

static bool parse_escape(struct str text, enum log_escape *out, struct error *err)
{
    for (const struct choice *choice = ESCAPES; choice->name; choice++) {
        if (str_eq(text, str_of(choice->name))) {
            *out = (enum log_escape)choice->value;
            return true;
        }
    }
    return error_set(err, "unknown log format escaping \"%.*s\"",
                     STR_ARG(str_skip(text, strlen("escape="))));
}

static bool set_log_format(struct conf_scope *scope, const struct directive *row, void *field,
                           struct error *err)
{
    const struct conf_node *node = scope->node;
    struct log_settings *logs = field;
    if (find_format(logs, node->args[0])) {
        return error_set(err, "duplicate \"log_format\" name \"%.*s\"", STR_ARG(node->args[0]));
    }
    struct log_format *format = arena_zalloc(scope->arena, sizeof(*format));
    format->name = node->args[0];
    size_t first = 1;
    if (str_starts(node->args[1], STR("escape="))) {
        if (!parse_escape(node->args[1], &format->escape, err)) {
            return false;
        }
        first = 2;
    }
    struct str text = arena_join(scope->arena, node->args + first, node->n - first, STR(""));
    struct template compiled;
    if (!template_compile(text, scope->vars, scope->arena, node->file, node->line, &compiled,
                          err)) {
        return false;
    }
    format->parts = compiled.parts;
    format->n = compiled.n;
    add_format(logs, scope->arena, format);
    return true;
}

/* --- access_log --- */

static bool set_access_option(struct conf_scope *scope, struct access_log *log, struct str option,
                              struct error *err)
{
    if (str_starts(option, STR("if="))) {
        log->conditional = true;
        return template_compile(str_skip(option, 3), scope->vars, scope->arena, scope->node->file,
                                scope->node->line, &log->condition, err);
    }
    if (str_starts(option, STR("buffer=")) || str_starts(option, STR("flush="))) {
        if (scope->notice) {
            scope->notice(scope->owner, "\"buffer\" and \"flush\" of \"access_log\" have no "
                                        "effect: yett writes each line at once");
        }
        return true;
    }
    if (str_eq(option, STR("gzip")) || str_starts(option, STR("gzip="))) {
        return error_set(err, "\"gzip\" of \"access_log\" is not supported yet");
    }
    return error_set(err, "invalid parameter \"%.*s\"", STR_ARG(option));
}

static bool set_access_path(struct conf_scope *scope, struct access_log *log, struct str path,
                            struct error *err)
{
    if (str_starts(path, STR("syslog:"))) {
        return error_set(err, "\"%.*s\" is not supported yet: log to a file", STR_ARG(path));
    }
    const char *resolved = path_resolve(scope->arena, str_of(scope->prefix), path);
    if (str_find(path, '$') == path.n) {
        log->file = live_state_log_file(loader_of(scope)->live, resolved);
        return true;
    }
    return template_compile(str_starts(path, STR("$")) ? path : str_of(resolved), scope->vars,
                            scope->arena, scope->node->file, scope->node->line, &log->path, err);
}

/* "off" is a list without items, which is not the same as no list. */
static void set_off(struct conf_scope *scope, struct log_settings *logs)
{
    logs->items = arena_zalloc(scope->arena, sizeof(*logs->items));
    logs->n = 0;
}

static bool set_access_log(struct conf_scope *scope, const struct directive *row, void *field,
                           struct error *err)
{
    struct log_settings *logs = field;
    const struct conf_node *node = scope->node;
    if (str_eq(node->args[0], STR("off"))) {
        if (node->n > 1) {
            return error_set(err, "invalid parameter \"%.*s\"", STR_ARG(node->args[1]));
        }
        set_off(scope, logs);
        return true;
    }
    if (scope->first) {
        logs->items = NULL;
        logs->n = 0;
    }
    struct access_log log = {0};
    struct str format = node->n > 1 ? node->args[1] : STR("combined");
    log.format = find_format(logs, format);
    if (!log.format) {
        return error_set(err, "unknown log format \"%.*s\"", STR_ARG(format));
    }
    if (!set_access_path(scope, &log, node->args[0], err)) {
        return false;
    }
    for (size_t i = 2; i < node->n; i++) {
        if (!set_access_option(scope, &log, node->args[i], err)) {
            return false;
        }
    }
    if (!logs->items || logs->n) { /* once off, off */
        struct access_log *slot =
            vec_push(scope->arena, &logs->items, &logs->n, sizeof(*logs->items));
        *slot = log;
    }
    return true;
}

/* --- the row --- */

static void log_begin(struct loader *loader, struct location_settings *location)
{
    struct log_settings *logs = location->modules[SLOT_log];
    if (!logs->formats) { /* the outermost level */
        logs->formats = arena_zalloc(&loader->settings->arena, sizeof(*logs->formats));
        add_combined(logs, loader->settings);
    }
}

static bool log_complete(struct loader *loader, struct location_settings *location,
                         struct error *err)
{
    (void)err;
    struct log_settings *logs = location->modules[SLOT_log];
    assert(logs->formats && logs->formats->n > 0);
    if (!logs->items) { /* no access_log says otherwise */
        struct access_log *slot =
            vec_push(&loader->settings->arena, &logs->items, &logs->n, sizeof(*slot));
        *slot = (struct access_log){
            .file = live_state_log_file(loader->live, "/var/log/yett/access.log"),
            .format = logs->formats->items[0],
        };
    }
    if (logs->n) {
        level_add_hooks(loader, location, &record_hooks);
    }
    return true;
}

#define EVERYWHERE    (CONTEXT_HTTP | CONTEXT_SERVER | CONTEXT_LOCATION)
#define EVERYWHERE_IF (EVERYWHERE | CONTEXT_LOCATION_IF)

static const struct directive DIRECTIVES[] = {
    {.name = "access_log",
     .contexts = EVERYWHERE_IF | CONTEXT_LIMIT_EXCEPT,
     .min_args = 1,
     .max_args = ARGS_ANY,
     .repeats = true,
     .set = set_access_log,
     .syntax = "path [format [if=condition]] | off",
     .note =
         "Default: `/var/log/yett/access.log combined`. yett writes each line at once: `buffer` "
         "and `flush` have no effect."},
    {.name = "log_format",
     .contexts = CONTEXT_HTTP,
     .min_args = 2,
     .max_args = ARGS_ANY,
     .repeats = true,
     .set = set_log_format,
     .syntax = "name [escape=default | json | none] string …",
     .note = "The format `combined` is predefined."},
    {.name = "log_subrequest",
     .contexts = EVERYWHERE,
     .min_args = 1,
     .max_args = 1,
     .set = set_flag,
     .offset = offsetof(struct log_settings, log_subrequest),
     .initial = "off",
     .syntax = "on | off",
     .note = "yett has no subrequests yet."},
};

static const struct directive_table TABLE = {"Logs", DIRECTIVES, COUNT_OF(DIRECTIVES), LEVEL_MODULE,
                                             0};
static const struct directive_table *const TABLES[] = {&TABLE, NULL};

const struct module log_module = {
    .name = "log",
    .tables = TABLES,
    .size = sizeof(struct log_settings),
    .begin = log_begin,
    .complete = log_complete,
};
