/* SPDX-License-Identifier: Apache-2.0 */
/* access_log, log_format, error_log. */
#include "base/file.h"
#include "base/vec.h"
#include "load/location_setters_conf.h"

/* --- formats --- */

static const struct log_format *find_format(const struct settings *settings, struct str name)
{
    for (size_t i = 0; i < settings->log_formats_n; i++) {
        if (str_eq(settings->log_formats[i]->name, name)) {
            return settings->log_formats[i];
        }
    }
    return NULL;
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

bool set_log_format(struct conf_scope *scope, const struct directive *row, void *field,
                    struct error *err)
{
    const struct conf_node *node = scope->node;
    struct settings *settings = scope->settings;
    if (find_format(settings, node->args[0])) {
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
    struct log_format **slot =
        vec_push(scope->arena, &settings->log_formats, &settings->log_formats_n, sizeof(*slot));
    *slot = format;
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
        log->file = settings_log_file(scope->settings, resolved);
        return true;
    }
    return template_compile(str_starts(path, STR("$")) ? path : str_of(resolved), scope->vars,
                            scope->arena, scope->node->file, scope->node->line, &log->path, err);
}

/* "off" is a list without items, which is not the same as no list. */
static void set_off(struct conf_scope *scope, struct access_logs *logs)
{
    logs->items = arena_zalloc(scope->arena, sizeof(*logs->items));
    logs->n = 0;
}

bool set_access_log(struct conf_scope *scope, const struct directive *row, void *field,
                    struct error *err)
{
    struct access_logs *logs = &((struct location_settings *)field)->access_logs;
    const struct conf_node *node = scope->node;
    if (str_eq(node->args[0], STR("off"))) {
        if (node->n > 1) {
            return error_set(err, "invalid parameter \"%.*s\"", STR_ARG(node->args[1]));
        }
        set_off(scope, logs);
        return true;
    }
    if (scope->first) {
        *logs = (struct access_logs){0};
    }
    struct access_log log = {0};
    struct str format = node->n > 1 ? node->args[1] : STR("combined");
    log.format = find_format(scope->settings, format);
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

bool log_default_access(struct location_settings *location, struct settings *settings,
                        struct error *err)
{
    struct access_log log = {
        .file = settings_log_file(settings, "/var/log/yett/access.log"),
        .format = find_format(settings, STR("combined")),
    };
    if (!log.format) {
        return error_set(err, "unknown log format \"combined\"");
    }
    struct access_log *slot = vec_push(&settings->arena, &location->access_logs.items,
                                       &location->access_logs.n, sizeof(*slot));
    *slot = log;
    return true;
}

/* --- error_log --- */

bool set_error_log(struct conf_scope *scope, const struct directive *row, void *field,
                   struct error *err)
{
    struct location_settings *location = field;
    const struct conf_node *node = scope->node;
    struct str path = node->args[0];
    struct log_target target = {.level = LEVEL_ERROR};
    if (node->n > 1 && !log_level_parse(node->args[1], &target.level)) {
        return error_set(err, "invalid log level \"%.*s\"", STR_ARG(node->args[1]));
    }
    if (str_starts(path, STR("syslog:")) || str_starts(path, STR("memory:"))) {
        return error_set(err, "\"%.*s\" is not supported yet: log to a file", STR_ARG(path));
    }
    bool to_stderr = str_eq(path, STR("stderr"));
    target.file = settings_log_file(
        scope->settings,
        to_stderr ? NULL : path_resolve(scope->arena, str_of(scope->prefix), path));

    struct log_target *targets = NULL;
    size_t n = 0;
    for (size_t i = 0; !scope->first && i < location->log->n; i++) {
        *(struct log_target *)vec_push(scope->arena, &targets, &n, sizeof(target)) =
            location->log->targets[i];
    }
    *(struct log_target *)vec_push(scope->arena, &targets, &n, sizeof(target)) = target;
    struct log *log = arena_zalloc(scope->arena, sizeof(*log));
    *log = (struct log){targets, n};
    location->log = log;
    return true;
}
