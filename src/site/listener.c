/* SPDX-License-Identifier: Apache-2.0 */
#include "site/listener.h"

#include <assert.h>

static const struct server *find_mask(const struct name_mask *masks, size_t n, struct str name,
                                      bool suffix)
{
    for (size_t i = 0; i < n; i++) {
        struct str rest = masks[i].rest;
        if (masks[i].with_self && str_eq(name, rest)) {
            return masks[i].server;
        }
        if (name.n <= rest.n + 1) {
            continue; /* the asterisk stands for at least one character */
        }
        size_t dot = suffix ? name.n - rest.n - 1 : rest.n;
        assert(dot < name.n);
        struct str part = suffix ? str_skip(name, dot + 1) : str_head(name, dot);
        if (name.p[dot] == '.' && str_eq(part, rest)) {
            return masks[i].server;
        }
    }
    return NULL;
}

const struct server *listener_find(const struct listener *listener, struct str name,
                                   struct scope *scope, const struct regex **failed)
{
    const struct server *server = strmap_get(&listener->exact, name);
    if (!server) {
        server = find_mask(listener->suffixes, listener->suffixes_n, name, true);
    }
    if (!server) {
        server = find_mask(listener->prefixes, listener->prefixes_n, name, false);
    }
    for (size_t i = 0; !server && i < listener->regexes_n; i++) {
        const struct regex *regex = listener->regexes[i].regex;
        enum match match = scope ? scope_match(scope, regex, name) : regex_match(regex, name, NULL);
        if (match == MATCH_ERROR) {
            *failed = regex;
            return NULL;
        }
        if (match == MATCH_YES) {
            server = listener->regexes[i].server;
        }
    }
    return server;
}

void listener_each(const struct listener *listener,
                   void (*tell)(void *arg, const struct server *server), void *arg)
{
    assert(listener->fallback); /* an address without a server is not listened on */
    tell(arg, listener->fallback);
    for (size_t i = 0; i < listener->exact.cap; i++) {
        if (listener->exact.slots[i].value) {
            tell(arg, listener->exact.slots[i].value);
        }
    }
    for (size_t i = 0; i < listener->suffixes_n; i++) {
        tell(arg, listener->suffixes[i].server);
    }
    for (size_t i = 0; i < listener->prefixes_n; i++) {
        tell(arg, listener->prefixes[i].server);
    }
    for (size_t i = 0; i < listener->regexes_n; i++) {
        tell(arg, listener->regexes[i].server);
    }
}
