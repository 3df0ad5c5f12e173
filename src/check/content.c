/* SPDX-License-Identifier: Apache-2.0 */
#include "check/content.h"

#include <assert.h>

#include "base/compiler.h"
#include "check/places.h"
#include "gate/request.h"
#include "modules/proxy/proxy_settings.h"
#include "modules/static/static.h"
#include "modules/static/static_settings.h"
#include "site/filename.h"

bool content_is_files(const struct location_settings *location)
{
    return !location->handler || location->handler == &static_handler;
}

struct str content_describe(const struct location_settings *location, struct arena *arena)
{
    if (content_is_files(location)) {
        return arena_printf(arena, "files of %.*s", STR_ARG(location->files.root.source));
    }
    const struct proxy_settings *proxy = place_backend(location);
    if (proxy) {
        return arena_dup(arena, proxy->pass.url.source);
    }
    return str_of(location->handler->name);
}

/* "/./x", "//x" and "/y/../x" are other names of the same file. */
static bool path_is_plain(struct str path)
{
    while (path.n) {
        struct str segment = str_split(&path, '/');
        if (str_eq(segment, STR(".")) || str_eq(segment, STR("..")) ||
            (path.n && path.p[0] == '/')) {
            return false;
        }
    }
    return true;
}

/* A file that the configuration names, shown for an error; not the one that was asked for. */
static bool is_page(const struct walk *walk)
{
    return walk->for_error && walk_knows(walk, FACT_PATH) && content_is_files(walk->location) &&
           !str_eq(walk->path, walk->refused_path) && path_is_plain(walk->path);
}

bool content_of(const struct answer *answer, struct arena *arena, struct str *to)
{
    const struct walk *walk = answer->walk;
    switch (answer->decision.kind) {
    case DECISION_HANDLER: *to = content_describe(walk->location, arena); return !is_page(walk);
    case DECISION_TEXT:
        *to = STR("the text of return");
        return answer_status(answer) < 300 &&
               (answer->decision.text.n || answer->decision.text_unknown);
    case DECISION_UNKNOWN:
    case DECISION_STATUS:
    case DECISION_REDIRECT:
    case DECISION_PAGE:
    case DECISION_CLOSE: break;
    }
    return false;
}

/* What can become of an error page: it is shown, or an error in turn, or it is an index file. */
enum { FATES_MAX = 8 };
struct fates {
    int errors[FATES_MAX]; /* those that have an error page themselves */
    size_t errors_n;
    const struct index_files *index; /* of a directory */
};

static struct fates fates_of(const struct walk *walk)
{
    static const int ERRORS[] = {301, 403, 404, 405, 412, 416, 500};
    static_assert(COUNT_OF(ERRORS) <= FATES_MAX, "all may have a page");
    static const struct index_files NONE = {0};
    struct fates fates = {.index = &NONE};
    for (size_t i = 0; i < COUNT_OF(ERRORS); i++) {
        if (walk_has_page(walk, ERRORS[i])) {
            fates.errors[fates.errors_n++] = ERRORS[i];
        }
    }
    if (str_ends(walk->path, STR("/"))) {
        fates.index = &static_settings_of(walk->location)->index;
    }
    return fates;
}

static bool follow_index(struct walk *walk, const struct template *file, struct decision *out)
{
    struct value name = template_eval(file, &walk->scope);
    if (name.state == VALUE_UNKNOWN) {
        *out = (struct decision){.kind = DECISION_UNKNOWN, .status = 500};
        return true;
    }
    bool absolute = str_starts(name.s, STR("/"));
    struct str path = absolute ? name.s : arena_concat(walk->scope.arena, walk->path, name.s);
    unsigned unknown = walk->facts.unknown & (unsigned)FACT_ARGS;
    bool decided = walk_redirect(walk, path, walk->args, out);
    walk->facts.unknown |= unknown; /* they are those that there were */
    return decided;
}

bool content_follow(struct walk *walk, struct decision *out)
{
    assert(walk->step == WALK_OVER);
    if (!is_page(walk) || walk->redirects_left == 0) {
        return true;
    }
    if (filename_root(walk).state == VALUE_UNKNOWN) {
        walk->facts.unknown |= FACT_PATH; /* not one file: which one, the client may choose */
        return true;
    }
    struct fates fates = fates_of(walk);
    size_t chosen = walk_choose(walk, 1 + fates.errors_n + fates.index->n);
    if (chosen == 0) {
        walk_suppose_here(walk, "the error page is there");
    } else if (chosen <= fates.errors_n) {
        int status = fates.errors[chosen - 1];
        walk_suppose_here(walk, "the error page answers %d", status);
        walk->step = walk_end(out, status);
    } else {
        walk_suppose_here(walk, "the error page is an index file");
        return follow_index(walk, &fates.index->items[chosen - 1 - fates.errors_n], out);
    }
    return true;
}
