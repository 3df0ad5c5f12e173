/* SPDX-License-Identifier: Apache-2.0 */
#include "load/settings_load.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/must.h"
#include "base/privileges.h"
#include "base/vec.h"
#include "facts/variables.h"
#include "load/client_identity_conf.h"
#include "load/client_policy_conf.h"
#include "load/level.h"
#include "load/place.h"
#include "load/tables.h"
#include "load/temp_paths.h"
#include "tls/crl_files.h"
#include "tls/shared_servers.h"

#define DEFAULT_ERROR_LOG "/var/log/yett/error.log"

void loader_warn(struct loader *loader, enum log_level level, const char *fmt, ...)
{
    char text[1024];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    log_write(&loader->warnings, level, 0, "%s", text);
}

/* A file that is included in many places is noticed once. */
static void on_notice(void *owner, const char *text)
{
    struct loader *loader = owner;
    struct arena *arena = &loader->settings->arena;
    for (size_t i = 0; i < loader->notices_n; i++) {
        if (strcmp(loader->notices[i], text) == 0) {
            return;
        }
    }
    const char **slot = vec_push(arena, &loader->notices, &loader->notices_n, sizeof(*slot));
    *slot = arena_cstr(arena, str_of(text));
    loader_warn(loader, LEVEL_NOTICE, "%s", text);
}

/* Whether an argument uses a variable, or names one by a group of a regular expression. */
static bool touches_variables(const struct conf_node *node)
{
    for (size_t i = 0; i < node->n; i++) {
        if (str_find(node->args[i], '$') < node->args[i].n ||
            str_search(node->args[i], STR("(?")) < node->args[i].n) {
            return true;
        }
    }
    return false;
}

static void settings_load_on_failed(void *owner, const struct conf_node *node,
                                    const struct error *err)
{
    struct loader *loader = owner;
    if (errors_add(loader->errors, err)) {
        loader->tls_unsure = loader->tls_unsure || str_starts(node->name, STR("ssl"));
        loader->variables_unsure = loader->variables_unsure || touches_variables(node);
    }
}

void loader_error(struct loader *loader, const char *names, const char *file, unsigned line,
                  const char *value, const struct error *err)
{
    const struct place place = {
        .first = loader->tree,
        .conf_prefix = loader->scope.conf_prefix,
        .prefix = loader->scope.prefix,
        .file = file,
        .line = line,
        .names = names,
        .value = value,
    };
    struct error placed = *err;
    place_error(&place, &placed);
    errors_add(loader->errors, &placed);
}

static void on_list_warning(void *arg, const char *text)
{
    loader_warn(arg, LEVEL_WARN, "%s", text);
}

/* --- the main context --- */

/* A worker may have another working directory (working_directory) than the process that started
 * yett. */
static const char *absolute(struct arena *arena, const char *path)
{
    char here[PATH_MAX];
    return path[0] == '/' || !getcwd(here, sizeof(here))
               ? path
               : path_resolve(arena, str_of(here), str_of(path));
}

static void default_error_log(const struct options *options, struct arena *arena,
                              struct main_settings *main)
{
    struct log_file *file = arena_zalloc(arena, sizeof(*file));
    file->fd = -1;
    const char *path = options->error_log ? options->error_log : DEFAULT_ERROR_LOG;
    file->path = strcmp(path, "stderr") == 0
                     ? NULL
                     : path_resolve(arena, str_of(absolute(arena, options->prefix)), str_of(path));
    struct log_target *target = arena_alloc(arena, sizeof(*target));
    *target = (struct log_target){file, LEVEL_ERROR};
    struct log *log = arena_alloc(arena, sizeof(*log));
    *log = (struct log){target, 1};
    main->log = log;
    main->error_log_file = file;
}

/* As nginx. The main context alone is read first, when there is nothing to put an `http` into. */
static bool globals_check(const struct conf_tree *globals, struct error *err)
{
    for (const struct conf_node *node = globals->first; node; node = node->next) {
        if (node->is_block) {
            return error_set(err,
                             "block directives are not supported in -g option in command line");
        }
    }
    return true;
}

static bool load_tree(const struct options *options, struct arena *arena, struct conf_tree *tree,
                      struct conf_tree *globals, char **path, struct error *err)
{
    *path = path_resolve(arena, str_of(options->prefix), str_of(options->conf));
    *globals = (struct conf_tree){0};
    if (options->globals) {
        /* The last ";" may be left out on a command line. */
        struct str text = arena_printf(arena, "%s ;", options->globals);
        struct str trimmed = str_trim(str_of(options->globals));
        if (str_ends(trimmed, STR(";")) || str_ends(trimmed, STR("}")) || trimmed.n == 0) {
            text = trimmed;
        }
        if (!conf_tree_parse(text, "command line", arena, globals, err) ||
            !globals_check(globals, err)) {
            return false;
        }
    }
    return conf_tree_load(*path, arena, tree, err);
}

/* For the main context alone, where nothing follows from an error. */
static void on_main_failed(void *owner, const struct conf_node *node, const struct error *err)
{
    struct loader *loader = owner;
    errors_add(loader->errors, err);
}

static struct conf_scope make_scope(const struct options *options, struct arena *arena,
                                    const char *path)
{
    return (struct conf_scope){
        .arena = arena,
        .prefix = absolute(arena, options->prefix),
        .conf_prefix = absolute(arena, arena_cstr(arena, path_dirname(str_of(path)))),
        .context = CONTEXT_MAIN,
    };
}

/* Initial values, then -g, then the file: `http` only when `with_http`. */
static bool apply_main(struct conf_scope *scope, struct main_settings *main,
                       const struct conf_tree *globals, const struct conf_tree *tree,
                       bool with_http, struct error *err)
{
    const struct conf_tables *tables = loader_of(scope)->tables;
    struct conf_level level = {
        .context = CONTEXT_MAIN,
        .structs = {[LEVEL_MAIN] = main},
        .seen = arena_zalloc(scope->arena, conf_tables_rows(tables)),
    };
    struct conf_scope defaults = *scope;
    defaults.first = true;
    if (!conf_set_initial(tables, &defaults, &level, LEVEL_MAIN, err)) {
        return false;
    }
    bool ok = conf_apply_all(tables, scope, &level, globals->first, err);
    const struct conf_node *http = NULL;
    for (const struct conf_node *node = tree->first; node; node = node->next) {
        bool is_http = node->is_block && str_eq(node->name, STR("http"));
        if (is_http && !http) {
            http = node;
            continue;
        }
        bool done =
            is_http ? error_set(err, "\"http\" directive is duplicate") || conf_error_at(node, err)
                    : conf_apply(tables, scope, &level, node, err);
        if (!done) {
            scope->failed(scope->owner, node, err);
            ok = false;
        }
    }
    if (!http || !with_http || conf_apply(tables, scope, &level, http, err)) {
        return ok;
    }
    scope->failed(scope->owner, http, err);
    return false;
}

bool main_settings_load(const struct options *options, const struct modules *modules,
                        struct arena *arena, struct conf_tree *tree, struct main_settings *out,
                        struct errors *errors)
{
    struct loader loader = {
        .modules = modules, .tables = tables_new(arena, modules), .errors = errors};
    struct conf_tree globals;
    struct error err;
    char *path;
    *out = (struct main_settings){0};
    default_error_log(options, arena, out);
    if (!load_tree(options, arena, tree, &globals, &path, &err)) {
        errors_add(errors, &err);
        return false;
    }
    struct conf_scope scope = make_scope(options, arena, path);
    scope.owner = &loader;
    scope.failed = on_main_failed;
    bool ok = apply_main(&scope, out, &globals, tree, false, &err);
    if (!ok) {
        errors_add(errors, &err);
    }
    return ok;
}

/* --- everything --- */

/* The built-in places for logs are made when they are missing; others are the user's to make. */
static bool open_log(struct log_file *file, struct error *err)
{
    if (file->path && str_starts(str_of(file->path), STR("/var/log/yett/"))) {
        (void)mkdir("/var/log/yett", 0755);
    }
    return log_file_open(file, err);
}

/* The logs of the main context join those of http, so that all are opened and reopened alike. */
static void adopt_main_log(struct loader *loader)
{
    struct settings *settings = loader->settings;
    struct main_settings *main = loader->main;
    assert(main->log->n > 0); /* the default at least */
    struct log *log = arena_zalloc(&settings->arena, sizeof(*log));
    struct log_target *targets =
        arena_alloc(&settings->arena, main->log->n * sizeof(struct log_target));
    for (size_t i = 0; i < main->log->n; i++) {
        targets[i] = main->log->targets[i];
        targets[i].file = live_state_log_file(loader->live, targets[i].file->path);
    }
    *log = (struct log){targets, main->log->n};
    main->log = log;
    main->error_log_file = targets[0].file;
    settings->log = log;
}

static void open_logs(struct loader *loader, const struct options *options)
{
    const struct live_state *live = loader->live;
    for (size_t i = 0; !options->only_look && i < live->log_files_n; i++) {
        struct error err;
        struct log_file *file = live->log_files[i];
        if (file->fd < 0 && !open_log(file, &err)) {
            loader_error(loader, "", NULL, 0, file->path, &err);
        }
    }
}

static void note_temp_path(struct loader *loader, const char *path, bool named)
{
    for (size_t i = 0; i < loader->temp_paths_n; i++) {
        if (strcmp(loader->temp_paths[i].path, path) == 0) {
            loader->temp_paths[i].named = loader->temp_paths[i].named || named;
            return;
        }
    }
    struct temp_path *slot = vec_push(&loader->settings->arena, &loader->temp_paths,
                                      &loader->temp_paths_n, sizeof(*slot));
    *slot = (struct temp_path){path, named};
}

/* As root, as long as it is root who loads: what is missing is made here. */
static void prepare_temp_paths(struct loader *loader)
{
    struct error err, told;
    struct privileges privileges;
    const struct main_settings *main = loader->main;
    if (!privileges_lookup(main->user, main->group, &loader->settings->arena, &privileges, &err)) {
        loader_error(loader, "user", NULL, 0, NULL, &err);
        return;
    }
    for (size_t i = 0; i < loader->temp_paths_n; i++) {
        const struct temp_path *item = &loader->temp_paths[i];
        if (temp_paths_prepare(item->path, &privileges, &err)) {
            continue;
        }
        error_set(&told,
                  "%s: make it a directory that account \"%s\" can write to, for request bodies, "
                  "or name another one%s",
                  err.text, privileges.account,
                  item->named ? "" : " with \"client_body_temp_path\"");
        if (item->named) {
            loader_error(loader, "client_body_temp_path", NULL, 0, item->path, &told);
        } else {
            errors_add(loader->errors, &told);
        }
    }
}

/* Without it a file that is being written, and is empty or cut off, would end all service. */
static bool has_events(const struct conf_node *first)
{
    for (const struct conf_node *node = first; node; node = node->next) {
        if (str_eq(node->name, STR("events"))) {
            return true;
        }
    }
    return false;
}

static void tell_main(struct loader *loader)
{
    struct error err;
    const struct load_context *context = loader->context;
    if (context && !context->main_read(context->arg, loader->main, &err)) {
        errors_add(loader->errors, &err);
    }
}

/* nginx reads http where it stands; the main log must be known before, so main is read first. */
static bool settings_load_read_all(const struct options *options, struct loader *loader)
{
    struct error err;
    struct settings *settings = loader->settings;
    struct conf_tree *tree = arena_zalloc(&settings->arena, sizeof(*tree));
    struct conf_tree globals;
    char *path;
    if (!load_tree(options, &settings->arena, tree, &globals, &path, &err)) {
        errors_add(loader->errors, &err);
        return false;
    }
    loader->tree = tree->first;
    if (!has_events(tree->first)) {
        error_set(&err, "no \"events\" section in configuration");
        errors_add(loader->errors, &err);
    }
    loader->scope = make_scope(options, &settings->arena, path);
    loader->scope.owner = loader;
    settings->prefix = loader->scope.prefix;
    settings->conf_prefix = loader->scope.conf_prefix;
    loader->scope.failed = settings_load_on_failed;
    loader->scope.vars = &settings->vars;
    loader->scope.notice = NULL; /* heard in the second pass */
    default_error_log(options, &settings->arena, loader->main);
    if (!apply_main(&loader->scope, loader->main, &globals, tree, false, &err)) {
        errors_add(loader->errors, &err);
    } else {
        tell_main(loader);
    }
    adopt_main_log(loader);
    open_logs(loader, options);
    if (!loader->warnings.n) {
        loader->warnings = *settings->log;
    }
    loader->scope.notice = on_notice;
    struct main_settings again = {.log = loader->main->log};
    if (!apply_main(&loader->scope, &again, &globals, tree, true, &err)) {
        errors_add(loader->errors, &err);
    }
    return true;
}

/* What every level needs of what stands elsewhere. */
static void complete_locations(struct loader *loader)
{
    for (size_t i = 0; i < loader->locations_n; i++) {
        struct error err;
        struct location_settings *location = loader->locations[i];
        const struct location *at = location->location;
        bool named = location->body.temp_path != NULL;
        if (!level_complete(loader, location, &err)) {
            loader_error(loader, "proxy_", at ? at->file : NULL, at ? at->line : 0, NULL, &err);
        }
        if (!client_policy_complete(loader, location, &err)) {
            errors_add(loader->errors, &err);
        }
        note_temp_path(loader, location->body.temp_path, named);
    }
}

/* A CRL is judged by the CAs of all servers: where one is missing, only whether it can be read. */
static void load_lists(struct loader *loader)
{
    struct crl_files *crls = loader->live->crls;
    struct error err;
    bool judge = loader->errors->n == 0;
    const struct load_context *context = loader->context;
    if (judge && crl_files_load(crls, context ? &context->floors : NULL, &err)) {
        return;
    }
    for (size_t i = 0; i < crl_files_n(crls); i++) {
        struct str first = str_of(crl_files_name(crls, i));
        const char *path = arena_cstr(&loader->settings->arena, str_split(&first, '\n'));
        if (judge ? crl_files_refusal(crls, i)[0] == '\0' : crl_files_readable(crls, i, &err)) {
            continue;
        }
        if (judge) {
            error_set(&err, "%s", crl_files_refusal(crls, i));
        }
        loader_error(loader, "", NULL, 0, path, &err);
    }
}

/* Goes on after an error wherever what is found then is not but a consequence of it. */
static bool settings_load_load(const struct options *options, struct loader *loader)
{
    struct error err;
    struct settings *settings = loader->settings;
    if (!settings_load_read_all(options, loader)) {
        return false;
    }
    loader->live->crls = crl_files_new();
    complete_locations(loader);
    client_identity_complete(loader);
    if (!loader->variables_unsure && !variables_check(&settings->vars, loader->errors, &err)) {
        errors_add(loader->errors, &err);
    }
    listeners_build(loader);
    load_lists(loader);
    if (loader->errors->n == 0) {
        live_state_report_lists(loader->live, settings, time(NULL), on_list_warning, loader);
    }
    open_logs(loader, options);
    if (!options->only_look) {
        prepare_temp_paths(loader);
    }
    return loader->errors->n == 0;
}

/* What facts/ knows of every request, and what the modules know. */
static void init_variables(struct settings *settings, const struct modules *modules)
{
    size_t n = live_builtins_n;
    for (size_t i = 0; i < modules->n; i++) {
        n += modules->items[i]->variables_n;
    }
    const size_t room = n;
    struct builtin *all = arena_alloc(&settings->arena, room * sizeof(*all));
    memcpy(all, live_builtins, live_builtins_n * sizeof(*all));
    n = live_builtins_n;
    for (size_t i = 0; i < modules->n; i++) {
        const struct module *module = modules->items[i];
        for (size_t k = 0; k < module->variables_n; k++) {
            all[n++] = module->variables[k];
        }
    }
    assert(n == room);
    variables_init(&settings->vars, &settings->arena, all, n);
}

void loader_init(struct loader *loader, struct settings *settings, struct live_state *live,
                 const struct modules *modules)
{
    *loader = (struct loader){.settings = settings, .live = live, .modules = modules};
    live->arena = &settings->arena;
    loader->tables = tables_new(&settings->arena, modules);
    loader->keys_warned.arena = &settings->arena;
    settings->host = &live_scope_host;
    init_variables(settings, modules);
}

bool settings_load(const struct options *options, const struct modules *modules,
                   const unsigned char secret[static TLS_TICKET_SECRET_LEN], bool to_stderr,
                   const struct load_context *context, struct loaded *out,
                   struct main_settings *main, struct errors *errors)
{
    assert(errors->n == 0);
    struct settings *settings = must_have(calloc(1, sizeof(*settings)));
    struct live_state *live = must_have(calloc(1, sizeof(*live)));
    *out = (struct loaded){settings, live};
    arena_init(&settings->arena, 0);
    struct loader loader;
    loader_init(&loader, settings, live, modules);
    loader.main = main;
    loader.secret = secret;
    loader.context = context;
    loader.errors = errors;
    const struct log_target quiet_target = {log_stderr.targets[0].file, LEVEL_ERROR};
    const struct log quiet = {&quiet_target, 1};
    if (to_stderr) {
        loader.warnings = options->quiet ? quiet : log_stderr;
    }
    *main = (struct main_settings){0};
    if (!settings_load_load(options, &loader)) {
        settings_unload(out);
        return false;
    }
    assert(main->threads > 0 && settings->log); /* which are always set */
    settings->threads = main->threads;
    settings->connections = main->connections;
    settings->shutdown_timeout_ms = main->shutdown_timeout_ms;
    return true;
}

void settings_unload(struct loaded *loaded)
{
    struct settings *settings = loaded->settings;
    if (!settings) {
        return;
    }
    shared_servers_free(settings->tls_servers);
    live_state_deinit(loaded->live);
    free(loaded->live);
    variables_deinit(&settings->vars);
    arena_deinit(&settings->arena);
    free(settings);
    *loaded = (struct loaded){0};
}
