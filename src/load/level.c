/* SPDX-License-Identifier: Apache-2.0 */
#include "load/level.h"

#include <assert.h>

#include "base/vec.h"
#include "gate/hooks.h"
#include "load/location_conf.h"
#include "site/access.h"

/* The modules' settings: copies of those around, or zeroed. */
static void *const *modules_copy(struct loader *loader, void *const *outer)
{
    const struct modules *modules = loader->modules;
    struct arena *arena = &loader->settings->arena;
    void **slots = arena_zalloc(arena, modules->n * sizeof(*slots));
    for (size_t i = 0; i < modules->n; i++) {
        size_t size = modules->items[i]->size;
        if (size) {
            slots[i] = arena_zalloc(arena, size);
        }
        assert(!size || !outer || outer[i]); /* each level has a copy of its own */
        if (size && outer) {
            memcpy(slots[i], outer[i], size);
        }
    }
    return slots;
}

static void modules_begin(struct loader *loader, struct location_settings *location)
{
    for (size_t i = 0; i < loader->modules->n; i++) {
        const struct module *module = loader->modules->items[i];
        if (module->begin) {
            module->begin(loader, location);
        }
    }
}

void level_begin_http(struct loader *loader, struct location_settings *http)
{
    http->log = loader->settings->log;
    http->modules = modules_copy(loader, NULL);
    modules_begin(loader, http);
}

void level_begin_part(struct loader *loader, struct location_settings *inner,
                      const struct location_settings *outer)
{
    *inner = *outer;
    inner->program = (struct program){0};
    inner->limit_except = 0;
    inner->limited = NULL;
    inner->modules = modules_copy(loader, outer->modules);
}

void level_begin(struct loader *loader, struct location_settings *inner,
                 const struct location_settings *outer)
{
    level_begin_part(loader, inner, outer);
    inner->handler = NULL;
    inner->slash_redirect = false;
    inner->try_files = (struct try_files){0};
    inner->internal = false;
    modules_begin(loader, inner);
}

struct conf_level level_of(const struct loader *loader, const struct block *block, unsigned context)
{
    return (struct conf_level){
        .context = context,
        .structs = {[LEVEL_SERVER] = block->server_settings, [LEVEL_LOCATION] = block->location},
        .seen = arena_zalloc(&loader->settings->arena, conf_tables_rows(loader->tables)),
        .slots = block->location->modules,
    };
}

bool level_set_initial(const struct conf_scope *scope, const struct block *block, struct error *err)
{
    struct loader *loader = loader_of(scope);
    struct block outer = loader->block;
    struct conf_level level = level_of(loader, block, CONTEXT_HTTP);
    struct conf_scope defaults = *scope;
    defaults.context = CONTEXT_HTTP;
    defaults.first = true;
    loader->block = *block;
    bool ok = conf_set_initial(loader->tables, &defaults, &level, LEVEL_SERVER, err) &&
              conf_set_initial(loader->tables, &defaults, &level, LEVEL_LOCATION, err);
    for (unsigned i = 0; ok && i < loader->modules->n; i++) {
        ok = conf_set_initial(loader->tables, &defaults, &level, LEVEL_SLOTS + i, err);
    }
    loader->block = outer;
    return ok;
}

void level_add_check(struct loader *loader, struct location_settings *location,
                     const struct access_check *check)
{
    assert(check->ask);
    const struct access_check **slot = vec_push(&loader->settings->arena, &location->access.items,
                                                &location->access.n, sizeof(*slot));
    *slot = check;
}

static void put_hooks(struct loader *loader, struct hook_list *list, const struct hooks *hooks)
{
    const struct hooks **slot =
        vec_push(&loader->settings->arena, &list->items, &list->n, sizeof(*slot));
    *slot = hooks;
}

void level_add_hooks(struct loader *loader, struct location_settings *location,
                     const struct hooks *hooks)
{
    assert(hooks->content_type || hooks->head || hooks->trailers || hooks->ended);
    if (hooks->head) {
        put_hooks(loader, &location->hooks.head, hooks);
    }
    if (hooks->content_type) {
        put_hooks(loader, &location->hooks.content_type, hooks);
    }
    if (hooks->trailers) {
        put_hooks(loader, &location->hooks.trailers, hooks);
    }
    if (hooks->ended) {
        put_hooks(loader, &location->hooks.ended, hooks);
    }
}

bool level_complete(struct loader *loader, struct location_settings *location, struct error *err)
{
    const struct modules *modules = loader->modules;
    bool ok = true;
    location_conf_complete(location, loader->settings);
    /* What is NULL while it is read is there from now on. */
    assert(location->log && location->files.types && location->body.temp_path);
    for (size_t i = 0; ok && i < modules->n; i++) {
        ok = !modules->items[i]->complete || modules->items[i]->complete(loader, location, err);
    }
    return ok;
}
