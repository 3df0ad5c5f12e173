/* SPDX-License-Identifier: Apache-2.0 */
/* error_log of http and what is inside. */
#include <assert.h>

#include "base/file.h"
#include "base/vec.h"
#include "load/loader.h"
#include "load/location_setters_conf.h"

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
    target.file = live_state_log_file(
        loader_of(scope)->live,
        to_stderr ? NULL : path_resolve(scope->arena, str_of(scope->prefix), path));

    assert(scope->first || (location->log && location->log->n > 0)); /* it adds to those */
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
