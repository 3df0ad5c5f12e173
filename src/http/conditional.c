/* SPDX-License-Identifier: Apache-2.0 */
/* Conditional requests (RFC 9110, 13), decided as nginx does for files. */
#include "http/conditional.h"

#include "http/date.h"

static struct str without_weak(struct str etag)
{
    return str_starts(etag, STR("W/")) ? str_skip(etag, 2) : etag;
}

/* Takes one member off a list of entity tags, in which a quoted comma separates nothing. */
static struct str take_member(struct str *list)
{
    bool quoted = false;
    size_t n = 0;
    for (; n < list->n && (quoted || list->p[n] != ','); n++) {
        quoted ^= list->p[n] == '"';
    }
    struct str member = str_trim(str_head(*list, n));
    *list = str_skip(*list, n + 1);
    return member;
}

/* RFC 9110, 8.8.3.2: the weak comparison for If-None-Match, the strong one for If-Match. */
static bool etag_in_list(struct str list, struct str etag, bool weak)
{
    if (str_eq(list, STR("*"))) {
        return true;
    }
    if (etag.n == 0 || (!weak && str_starts(etag, STR("W/")))) {
        return false;
    }
    etag = weak ? without_weak(etag) : etag;
    while (list.n) {
        struct str member = take_member(&list);
        if (str_eq(weak ? without_weak(member) : member, etag)) {
            return true;
        }
    }
    return false;
}

static bool is_modified(struct str since, time_t last_modified, enum since how)
{
    time_t t;
    if (last_modified == -1 || how == SINCE_OFF || !date_parse(since, &t)) {
        return true;
    }
    return how == SINCE_EXACT ? t != last_modified : t < last_modified;
}

static bool is_unmodified(struct str since, time_t last_modified)
{
    time_t t;
    return last_modified != -1 && date_parse(since, &t) && t >= last_modified;
}

/* nginx wants both If-Modified-Since and If-None-Match to agree where RFC 9110, 13.2.2 skips the
 * first. */
enum precondition conditional_check(const struct headers *request, struct str etag,
                                    time_t last_modified, enum since since)
{
    const struct header *unmodified = headers_find(request, HEADER_IF_UNMODIFIED_SINCE);
    if (unmodified && !is_unmodified(unmodified->value, last_modified)) {
        return CONDITION_FAILED;
    }
    const struct header *match = headers_find(request, HEADER_IF_MATCH);
    if (match && !etag_in_list(match->value, etag, false)) {
        return CONDITION_FAILED;
    }
    const struct header *modified = headers_find(request, HEADER_IF_MODIFIED_SINCE);
    const struct header *none_match = headers_find(request, HEADER_IF_NONE_MATCH);
    if (!modified && !none_match) {
        return CONDITION_NONE;
    }
    if (modified && is_modified(modified->value, last_modified, since)) {
        return CONDITION_NONE;
    }
    if (none_match && !etag_in_list(none_match->value, etag, true)) {
        return CONDITION_NONE;
    }
    return CONDITION_NOT_MODIFIED;
}

/* RFC 9110, 13.1.5: a weak tag never allows it. */
bool conditional_range_allowed(const struct headers *request, struct str etag, time_t last_modified)
{
    const struct header *if_range = headers_find(request, HEADER_IF_RANGE);
    if (!if_range) {
        return true;
    }
    if (str_ends(if_range->value, STR("\""))) {
        return etag.n && !str_starts(etag, STR("W/")) && str_eq(if_range->value, etag);
    }
    time_t t;
    return last_modified != -1 && date_parse(if_range->value, &t) && t == last_modified;
}
