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

/* What escaping made stands for `meant`, octet by octet. */
static void check_escaped(struct str escaped, struct str meant)
{
    static const char DIGITS[] = "0123456789ABCDEF";
    size_t at = 0;
    for (size_t i = 0; i < meant.n; i++, at++) {
        unsigned char c = (unsigned char)meant.p[i];
        assert(at < escaped.n);
        if (escaped.p[at] == '%') {
            assert(at + 2 < escaped.n);
            assert(escaped.p[at + 1] == DIGITS[c >> 4] && escaped.p[at + 2] == DIGITS[c & 15]);
            at += 2;
        } else {
            assert(escaped.p[at] == meant.p[i]);
        }
    }
    assert(at == escaped.n);
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
    check_escaped(uri_escape(ESCAPE_COMPONENT, target, &arena), target);
    arena_deinit(&arena);
    return 0;
}
