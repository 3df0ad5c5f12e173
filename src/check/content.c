/* SPDX-License-Identifier: Apache-2.0 */
#include "check/content.h"

#include <assert.h>

#include "gate/request.h"
#include "modules/proxy/forward.h"
#include "modules/proxy/proxy_settings.h"
#include "modules/static/static.h"
#include "modules/static/static_settings.h"

bool content_is_files(const struct location_settings *location)
{
    return !location->handler || location->handler == &static_handler;
}

struct str content_describe(const struct location_settings *location, struct arena *arena)
{
    if (content_is_files(location)) {
        return arena_printf(arena, "files of %.*s", STR_ARG(location->files.root.source));
    }
    if (location->handler == &forward_handler || location->handler == &forward_grpc_handler) {
        const struct proxy_settings *proxy = proxy_settings_of(location);
        return arena_dup(arena, proxy->pass.url.source);
    }
    return str_of(location->handler->name);
}

/* A file that the configuration names, shown for an error. */
static bool is_page(const struct walk *walk)
{
    return walk->for_error && walk_knows(walk, FACT_PATH) && content_is_files(walk->location);
}

bool content_of(const struct answer *answer, struct arena *arena, struct str *to)
{
    const struct walk *walk = answer->walk;
    switch (answer->decision.kind) {
    case DECISION_HANDLER: *to = content_describe(walk->location, arena); return !is_page(walk);
    case DECISION_TEXT:
        *to = STR("the text of return");
        return !walk->for_error && answer->decision.status < 300 &&
               (answer->decision.text.n || answer->decision.text_unknown);
    case DECISION_UNKNOWN:
    case DECISION_STATUS:
    case DECISION_REDIRECT:
    case DECISION_PAGE:
    case DECISION_CLOSE: break;
    }
    return false;
}

/* "/dir/" leads to its index, if there is one. */
static bool follow_index(struct walk *walk, struct decision *out)
{
    const struct index_files *index = &static_settings_of(walk->location)->index;
    size_t chosen = walk_choose(walk, index->n + 1);
    walk_suppose_here(walk, "the error page %s", chosen ? "is an index file" : "is not there");
    if (chosen == 0) {
        walk->step = walk_end(out, 403);
        return true;
    }
    struct value name = template_eval(&index->items[chosen - 1], &walk->scope);
    if (name.state == VALUE_UNKNOWN) {
        *out = (struct decision){.kind = DECISION_UNKNOWN, .status = 500};
        return true;
    }
    bool absolute = str_starts(name.s, STR("/"));
    struct str path = absolute ? name.s : arena_concat(walk->scope.arena, walk->path, name.s);
    return walk_redirect(walk, path, walk->args, out);
}

bool content_follow(struct walk *walk, struct decision *out)
{
    assert(walk->step == WALK_OVER);
    if (!is_page(walk) || walk->redirects_left == 0) {
        return true;
    }
    if (str_ends(walk->path, STR("/"))) {
        return follow_index(walk, out);
    }
    size_t chosen = walk_choose(walk, 2);
    walk_suppose_here(walk, "the error page is %s", chosen ? "not there" : "there");
    if (chosen) {
        walk->step = walk_end(out, 404);
    }
    return true;
}
