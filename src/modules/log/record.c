/* SPDX-License-Identifier: Apache-2.0 */
#include "modules/log/record.h"

#include <assert.h>

#include "base/buf.h"
#include "base/file.h"
#include "gate/connection.h"
#include "gate/request.h"
#include "modules/log/log_line.h"
#include "modules/log/log_settings.h"

static bool is_wanted(struct request *request, const struct access_log *log)
{
    if (!log->conditional) {
        return true;
    }
    struct str condition = template_eval(&log->condition, &request->walk.scope).s;
    bool is_known = !request_hit_limit(request);
    return !is_known || (condition.n && !str_eq(condition, STR("0")));
}

static struct value part_value(struct request *request, const struct template_part *part)
{
    if (part->variable) {
        return scope_get(&request->walk.scope, part->variable);
    }
    assert(part->capture >= 0); /* a literal has no value to ask for */
    const struct captures *captures = &request->walk.scope.captures;
    size_t group = (size_t)part->capture;
    return group < captures->n ? value_of(captures->group[group]) : VALUE_IS_ABSENT;
}

static void write_line(struct request *request, const struct log_format *format, struct buf *line)
{
    buf_clear(line);
    for (size_t i = 0; i < format->n; i++) {
        const struct template_part *part = &format->parts[i];
        if (!part->variable && part->capture < 0) {
            buf_append(line, part->literal);
        } else {
            /* One value that costs too much must not hide the others. */
            struct value value = part_value(request, part);
            bool is_known = !request_hit_limit(request);
            log_line_value(line, format->escape, is_known ? value : VALUE_IS_ABSENT);
        }
    }
    buf_byte(line, '\n');
}

/* A file whose name depends on the request is open for one line only. */
static void append_to_path(struct request *request, const struct template *path, struct str line)
{
    struct str name = template_eval(path, &request->walk.scope).s;
    struct error err;
    if (request_hit_limit(request) || name.n == 0 || memchr(name.p, '\0', name.n)) {
        return;
    }
    const char *prefix = request->conn->gate->settings->prefix;
    struct log_file file = {.path = path_resolve(&request->arena, str_of(prefix), name), .fd = -1};
    if (!log_file_open(&file, &err)) {
        request_log(request, LEVEL_CRIT, "%s", err.text);
        return;
    }
    log_file_write(&file, line);
    log_file_close(&file);
}

static void record_ended(struct request *request)
{
    const struct log_settings *logs = log_settings_of(request->walk.location);
    struct buf line = {0};
    request_renew_limits(request); /* whatever it has used: it leaves a line */
    for (size_t i = 0; i < logs->n; i++) {
        const struct access_log *log = &logs->items[i];
        assert(!log->file == (log->path.source.n > 0)); /* one or the other */
        if (!is_wanted(request, log)) {
            continue;
        }
        write_line(request, log->format, &line);
        if (log->file) {
            log_file_write(log->file, buf_view(&line));
        } else {
            append_to_path(request, &log->path, buf_view(&line));
        }
    }
    buf_deinit(&line);
}

const struct hooks record_hooks = {.name = "log", .ended = record_ended};
