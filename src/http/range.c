/* SPDX-License-Identifier: Apache-2.0 */
/* Byte ranges (RFC 9110, 14). */
#include "http/range.h"

#include <assert.h>

#include "base/vec.h"

/* One range-spec as written: "first-last", "first-" or "-suffix". */
struct spec {
    bool has_first;
    bool has_last;
    uint64_t first;
    uint64_t last; /* or the length of the suffix */
};

static struct str trim_spaces(struct str s)
{
    while (s.n && s.p[0] == ' ') {
        s = str_skip(s, 1);
    }
    while (s.n && s.p[s.n - 1] == ' ') {
        s.n--;
    }
    return s;
}

static bool number_parse(struct str s, bool *has, uint64_t *out)
{
    *has = s.n > 0;
    return s.n == 0 || str_to_u64(s, INT64_MAX, out);
}

static bool spec_parse(struct str s, struct spec *out)
{
    *out = (struct spec){0};
    size_t dash = str_find(s, '-');
    if (dash == s.n) {
        return false;
    }
    struct str first = trim_spaces(str_head(s, dash));
    struct str last = trim_spaces(str_skip(s, dash + 1));
    if (first.n == 0 && dash + 1 < s.n && s.p[dash + 1] == ' ') {
        return false;
    }
    return number_parse(first, &out->has_first, &out->first) &&
           number_parse(last, &out->has_last, &out->last) && (out->has_first || out->has_last);
}

/* What of the body the range covers; empty (start >= end) when nothing. */
static struct byte_range spec_resolve(const struct spec *spec, uint64_t size)
{
    assert(spec->has_first || spec->has_last);
    if (!spec->has_first) {
        return (struct byte_range){spec->last < size ? size - spec->last : 0, size};
    }
    uint64_t end = spec->has_last && spec->last < size ? spec->last + 1 : size;
    return (struct byte_range){spec->first, end};
}

enum range_result range_parse(struct str value, uint64_t size, size_t max_ranges,
                              struct arena *arena, struct byte_range **out, size_t *n)
{
    *out = NULL;
    *n = 0;
    if (max_ranges == 0 || !str_istarts(value, STR("bytes=")) || value.n == strlen("bytes=")) {
        return RANGE_IGNORE;
    }
    uint64_t total = 0;
    bool more = true;
    for (struct str rest = str_skip(value, 6); more;) {
        more = str_find(rest, ',') < rest.n;
        struct spec spec;
        if (!spec_parse(str_split(&rest, ','), &spec)) {
            return RANGE_UNSATISFIABLE;
        }
        struct byte_range range = spec_resolve(&spec, size);
        if (range.start >= range.end) {
            /* nginx: "0-0" and the like of an empty body, which is then sent as a whole. */
            if (range.start == 0) {
                return RANGE_IGNORE;
            }
            continue;
        }
        if (*n == max_ranges) {
            return RANGE_IGNORE;
        }
        total += range.end - range.start;
        if (total > size) {
            /* Ranges that overlap cost more than the body; also keeps `total` from overflowing. */
            return RANGE_IGNORE;
        }
        assert(range.start < range.end && range.end <= size);
        *(struct byte_range *)vec_push(arena, out, n, sizeof(range)) = range;
    }
    return *n ? RANGE_OK : RANGE_UNSATISFIABLE;
}
