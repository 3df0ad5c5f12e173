/* SPDX-License-Identifier: Apache-2.0 */
/* Targets and hosts: what comes out has no dots left, and escaping can be undone. */
#include <assert.h>

#include "http/uri.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_path(struct str path, bool merged)
{
    assert(path.n > 0 && path.p[0] == '/');
    assert(str_find(path, '\0') == path.n);
    assert(!merged || str_search(path, STR("//")) == path.n);
    for (struct str rest = path; rest.n;) {
        struct str segment = str_split(&rest, '/');
        assert(!str_eq(segment, STR(".")) && !str_eq(segment, STR("..")));
    }
}

static void check_host(struct str s, struct arena *arena)
{
    struct str host;
    struct str again;
    bool valid = host_normalize(s, arena, &host);
    assert(valid == host_valid(s));
    if (valid) {
        assert(host.n > 0 && host_normalize(host, arena, &again) && str_eq(host, again));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1) {
        return 0;
    }
    struct arena arena;
    arena_init(&arena, 0);
    bool merge = data[0] & 1;
    struct str target = {(const char *)data + 1, size - 1};
    struct uri uri;
    if (uri_parse(target, merge, &arena, &uri)) {
        check_path(uri.path, merge);
        assert(!uri.plain || str_starts(target, uri.path));
        /* What is passed on escaped means the same to the next one who reads it. */
        struct uri again;
        assert(uri_parse(uri_escape(ESCAPE_URI, uri.path, &arena), merge, &arena, &again));
        assert(str_eq(uri.path, again.path));
        struct str value;
        (void)uri_arg(uri.args, STR("a"), &value);
    }
    check_host(target, &arena);
    struct str escaped = uri_escape(ESCAPE_COMPONENT, target, &arena);
    assert(str_eq(uri_unescape(escaped, &arena), target));
    (void)uri_unescape(target, &arena);
    arena_deinit(&arena);
    return 0;
}
