/* SPDX-License-Identifier: Apache-2.0 */
/* proxy_redirect and proxy_cookie_*. */
#include "modules/proxy/forward_rewrite.h"

#include <assert.h>

#include "base/vec.h"
#include "gate/respond.h"

/* --- one rule --- */

/* How a rule's text is compared with a value. */
typedef bool text_match(struct str from, struct str value, size_t *n);

static bool match_prefix(struct str from, struct str value, size_t *n)
{
    *n = from.n;
    return str_starts(value, from);
}

static bool match_whole(struct str from, struct str value, size_t *n)
{
    *n = value.n;
    return str_ieq(from, value);
}

/* Applies the first rule that fits to `value`. False: none does. */
static bool forward_rewrite_apply(struct forward *forward, const struct proxy_rewrites *rules,
                                  struct str value, text_match *match, struct str *out)
{
    struct scope *scope = &forward->request->walk.scope;
    struct arena *arena = &forward->request->arena;
    for (size_t i = 0; !rules->off && i < rules->n; i++) {
        const struct proxy_rewrite *rule = &rules->items[i];
        size_t n = value.n;
        bool fits = rule->regex ? scope_match(scope, rule->regex, value) == MATCH_YES
                                : match(template_eval(&rule->from, scope).s, value, &n);
        assert(!fits || n <= value.n);
        if (fits) {
            *out = arena_concat(arena, template_eval(&rule->to, scope).s, str_skip(value, n));
            return true;
        }
    }
    return false;
}

/* --- proxy_redirect --- */

struct str forward_rewrite_location(struct forward *forward, struct str value)
{
    struct request *request = forward->request;
    struct str out;
    if (!forward_rewrite_apply(forward, &forward->settings->rewrite.redirect, value, match_prefix,
                               &out)) {
        return value;
    }
    /* What a rule made relative is relative to this server. */
    bool is_relative = str_starts(out, STR("/")) && request->walk.location->redirects.absolute;
    out = respond_one_line(request, out);
    return is_relative ? respond_absolute_url(request, out) : out;
}

struct str forward_rewrite_refresh(struct forward *forward, struct str value)
{
    static const struct str url = STR_INIT("url=");
    struct arena *arena = &forward->request->arena;
    for (size_t i = 0; i + url.n <= value.n; i++) {
        struct str rest = str_skip(value, i);
        struct str out;
        if (!str_istarts(rest, url)) {
            continue;
        }
        bool fits = forward_rewrite_apply(forward, &forward->settings->rewrite.redirect,
                                          str_skip(rest, url.n), match_prefix, &out);
        return fits ? arena_concat(arena, str_head(value, i + url.n),
                                   respond_one_line(forward->request, out))
                    : value;
    }
    return value;
}

/* --- cookies --- */

struct attribute {
    struct str name;
    struct str value;
    bool has_value;
};

struct cookie {
    struct attribute *items; /* the first is the cookie's own name and value */
    size_t n;
    bool changed;
};

static void split_cookie(struct str value, struct arena *arena, struct cookie *out)
{
    while (value.n) {
        struct str part = str_trim(str_split(&value, ';'));
        struct attribute *attribute = vec_push(arena, &out->items, &out->n, sizeof(*attribute));
        size_t equals = str_find(part, '=');
        attribute->name = str_trim(str_head(part, equals));
        attribute->value = str_trim(str_skip(part, equals + 1));
        attribute->has_value = equals < part.n;
    }
}

static struct str join_cookie(const struct cookie *cookie, struct arena *arena)
{
    size_t size = 0;
    for (size_t i = 0; i < cookie->n; i++) {
        size += cookie->items[i].name.n + cookie->items[i].value.n + 3;
    }
    char *start = arena_bytes(arena, size);
    char *p = start;
    for (size_t i = 0; i < cookie->n; i++) {
        const struct attribute *a = &cookie->items[i];
        if (i) {
            *p++ = ';';
            *p++ = ' ';
        }
        memcpy(p, a->name.p ? a->name.p : "", a->name.n);
        p += a->name.n;
        if (a->has_value) {
            *p++ = '=';
            memcpy(p, a->value.p ? a->value.p : "", a->value.n);
            p += a->value.n;
        }
    }
    assert((size_t)(p - start) <= size);
    return str_range(start, p);
}

/* A dot before the domain stays, and is not compared (RFC 6265, 5.2.3). */
static void rewrite_domain(struct forward *forward, struct attribute *attribute, bool *changed)
{
    struct arena *arena = &forward->request->arena;
    bool has_dot = str_starts(attribute->value, STR("."));
    struct str out;
    struct str bare = str_skip(attribute->value, has_dot ? 1 : 0);
    if (forward_rewrite_apply(forward, &forward->settings->rewrite.cookie_domain, bare, match_whole,
                              &out)) {
        attribute->value = has_dot ? arena_concat(arena, STR("."), out) : out;
        *changed = true;
    }
}

static void rewrite_attributes(struct forward *forward, struct cookie *cookie)
{
    for (size_t i = 1; i < cookie->n; i++) {
        struct attribute *attribute = &cookie->items[i];
        struct str out;
        if (!attribute->has_value) {
            continue;
        }
        if (str_ieq(attribute->name, STR("domain"))) {
            rewrite_domain(forward, attribute, &cookie->changed);
        } else if (str_ieq(attribute->name, STR("path")) &&
                   forward_rewrite_apply(forward, &forward->settings->rewrite.cookie_path,
                                         attribute->value, match_prefix, &out)) {
            attribute->value = out;
            cookie->changed = true;
        }
    }
}

/* --- flags --- */

static void remove_attribute(struct cookie *cookie, struct str name)
{
    for (size_t i = 1; i < cookie->n; i++) {
        if (str_ieq(cookie->items[i].name, name)) {
            memmove(&cookie->items[i], &cookie->items[i + 1],
                    (cookie->n - i - 1) * sizeof(*cookie->items));
            cookie->n--;
            cookie->changed = true;
            return;
        }
    }
}

static void set_attribute(struct forward *forward, struct cookie *cookie, struct str name,
                          struct str value)
{
    cookie->changed = true;
    for (size_t i = 1; i < cookie->n; i++) {
        if (str_ieq(cookie->items[i].name, name)) {
            cookie->items[i].value = value;
            cookie->items[i].has_value = value.n > 0;
            return;
        }
    }
    assert(cookie->n > 0);
    /* A fresh copy: the array's length after a removal no longer tells its room. */
    struct attribute *items =
        arena_alloc(&forward->request->arena, (cookie->n + 1) * sizeof(*items));
    memcpy(items, cookie->items, cookie->n * sizeof(*items));
    items[cookie->n++] = (struct attribute){name, value, value.n > 0};
    cookie->items = items;
}

struct flag_word {
    struct str word;
    unsigned set;
    unsigned clear;
};

static const struct flag_word flag_words[] = {
    {STR_INIT("secure"), PROXY_COOKIE_SECURE, 0},
    {STR_INIT("nosecure"), 0, PROXY_COOKIE_SECURE},
    {STR_INIT("httponly"), PROXY_COOKIE_HTTPONLY, 0},
    {STR_INIT("nohttponly"), 0, PROXY_COOKIE_HTTPONLY},
    {STR_INIT("samesite=strict"), PROXY_COOKIE_SAMESITE_STRICT, 0},
    {STR_INIT("samesite=lax"), PROXY_COOKIE_SAMESITE_LAX, 0},
    {STR_INIT("samesite=none"), PROXY_COOKIE_SAMESITE_NONE, 0},
    {STR_INIT("nosamesite"), 0, PROXY_COOKIE_SAMESITE},
};

bool proxy_cookie_flag(struct str word, unsigned *set, unsigned *clear)
{
    for (size_t i = 0; i < COUNT_OF(flag_words); i++) {
        if (str_ieq(word, flag_words[i].word)) {
            *set |= flag_words[i].set;
            *clear |= flag_words[i].clear;
            return true;
        }
    }
    return false;
}

static void apply_flags(struct forward *forward, struct cookie *cookie, unsigned set,
                        unsigned clear)
{
    if (clear & PROXY_COOKIE_SECURE) {
        remove_attribute(cookie, STR("secure"));
    }
    if (clear & PROXY_COOKIE_HTTPONLY) {
        remove_attribute(cookie, STR("httponly"));
    }
    if (clear & PROXY_COOKIE_SAMESITE) {
        remove_attribute(cookie, STR("samesite"));
    }
    if (set & PROXY_COOKIE_SECURE) {
        set_attribute(forward, cookie, STR("Secure"), STR(""));
    }
    if (set & PROXY_COOKIE_HTTPONLY) {
        set_attribute(forward, cookie, STR("HttpOnly"), STR(""));
    }
    if (set & PROXY_COOKIE_SAMESITE) {
        struct str value = set & PROXY_COOKIE_SAMESITE_STRICT ? STR("Strict")
                           : set & PROXY_COOKIE_SAMESITE_LAX  ? STR("Lax")
                                                              : STR("None");
        set_attribute(forward, cookie, STR("SameSite"), value);
    }
}

/* The first rule that names the cookie decides. */
static void rewrite_flags(struct forward *forward, struct cookie *cookie)
{
    const struct proxy_cookies *rules = &forward->settings->rewrite.cookie_flags;
    struct scope *scope = &forward->request->walk.scope;
    assert(cookie->n > 0); /* rules about attributes remove none but those behind the first */
    struct str name = cookie->items[0].name;
    for (size_t i = 0; i < rules->n; i++) {
        const struct proxy_cookie_flags *rule = &rules->items[i];
        bool fits = rule->regex ? scope_match(scope, rule->regex, name) == MATCH_YES
                                : str_ieq(template_eval(&rule->name, scope).s, name);
        if (!fits) {
            continue;
        }
        unsigned set = rule->set, clear = rule->clear;
        for (size_t v = 0; v < rule->variables_n; v++) {
            (void)proxy_cookie_flag(template_eval(&rule->variables[v], scope).s, &set, &clear);
        }
        apply_flags(forward, cookie, set, clear);
        return;
    }
}

struct str forward_rewrite_cookie(struct forward *forward, struct str value)
{
    const struct proxy_settings *settings = forward->settings;
    if (settings->rewrite.cookie_domain.n + settings->rewrite.cookie_path.n +
            settings->rewrite.cookie_flags.n ==
        0) {
        return value;
    }
    struct cookie cookie = {0};
    split_cookie(value, &forward->request->arena, &cookie);
    if (cookie.n == 0) {
        return value;
    }
    rewrite_attributes(forward, &cookie);
    rewrite_flags(forward, &cookie);
    return cookie.changed ? join_cookie(&cookie, &forward->request->arena) : value;
}
