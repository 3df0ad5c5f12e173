/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>

#include "http/status.h"
#include "site/walk.h"

static bool may_have_page(const struct walk *walk)
{
    return walk->location->error_pages.n > 0 && walk->redirects_left > 0 &&
           (!walk->in_error_page || walk->location->recursive_error_pages);
}

bool walk_has_page(const struct walk *walk, int status)
{
    return may_have_page(walk) && error_page_of(walk->location, status);
}

static const struct error_page *find_page(struct walk *walk, int status)
{
    if (!may_have_page(walk)) {
        return NULL;
    }
    walk->in_error_page = !walk->location->recursive_error_pages;
    return error_page_of(walk->location, status);
}

static bool decide_page(struct walk *walk, int status, struct str url, struct decision *out)
{
    walk->error_status = status_shown(status);
    walk->step = WALK_OVER;
    *out = (struct decision){.kind = DECISION_PAGE, .status = status, .text = url};
    return true;
}

/* The target is a URI, a named location, or a URL to send the client to. */
static bool go_to(struct walk *walk, const struct error_page *page, int status,
                  struct decision *out)
{
    const struct template *target = &page->target;
    int overwrite = page->overwrite == -1 && status_shown(status) != status ? 400 : page->overwrite;
    if (overwrite >= 0) {
        walk->error_status = overwrite;
    }
    struct value value = template_eval(target, &walk->scope);
    bool is_unknown = value.state == VALUE_UNKNOWN;
    struct str text = is_unknown ? target->source : value.s;
    if (!walk->for_error && walk_knows(walk, FACT_PATH)) {
        walk->refused_path = walk->path;
    }
    if (target->constant && str_starts(text, STR("/"))) {
        walk->refused_path = STR(""); /* from here on the configuration names the page */
    }
    walk->for_error = true;
    walk_note(walk, page->file, page->line, "error_page %d: %.*s", status, STR_ARG(text));
    if (is_unknown && str_starts(text, STR("$"))) { /* it may name any location */
        walk->step = WALK_OVER;
        *out = (struct decision){.kind = DECISION_UNKNOWN, .status = 500};
        return true;
    }
    if (!str_starts(text, STR("/")) && !str_starts(text, STR("@"))) {
        bool decided =
            decide_page(walk, status_is_redirect(overwrite) ? overwrite : 302, value.s, out);
        out->text_unknown = is_unknown;
        return decided;
    }
    if (str_starts(text, STR("/")) && walk->method != METHOD_HEAD) {
        walk->method = METHOD_GET;
        walk->method_name = STR("GET");
    }
    return walk_redirect_to(walk, target, value, out);
}

bool walk_error(struct walk *walk, int status, struct str url, struct decision *out)
{
    walk->step = WALK_OVER;
    if (status == STATUS_CLOSE || status == STATUS_CLIENT_CLOSED || status == 408) {
        *out = (struct decision){.kind = DECISION_CLOSE, .status = status};
        return true;
    }
    walk->error_status = status;
    const struct error_page *page = find_page(walk, status);
    if (!page) {
        return decide_page(walk, status, url, out);
    }
    bool decided = go_to(walk, page, status, out);
    assert(decided == (walk->step == WALK_OVER)); /* it goes on, or there is an answer */
    /* A page that leads nowhere has no other page. */
    return decided && out->kind == DECISION_STATUS ? decide_page(walk, out->status, STR(""), out)
                                                   : decided;
}
