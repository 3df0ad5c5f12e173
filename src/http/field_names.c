/* SPDX-License-Identifier: Apache-2.0 */
#include "http/field_names.h"

#include "base/vec.h"

static char spelled(char c)
{
    return char_is_alnum(c) ? char_lower(c) : '-';
}

bool field_name_alike(struct str a, struct str b)
{
    for (size_t i = 0; a.n == b.n && i < a.n; i++) {
        if (spelled(a.p[i]) != spelled(b.p[i])) {
            return false;
        }
    }
    return a.n == b.n;
}

bool field_name_hyphenated(struct str name)
{
    for (size_t i = 0; i < name.n; i++) {
        if (!char_is_alnum(name.p[i]) && name.p[i] != '-') {
            return false;
        }
    }
    return true;
}

static uint64_t length_bit(struct str name)
{
    return UINT64_C(1) << (name.n % 64);
}

void field_names_add(struct field_names *names, struct arena *arena, struct str name)
{
    if (!field_names_has(names, name)) {
        struct str *slot = vec_push(arena, &names->items, &names->n, sizeof(*slot));
        *slot = name;
        names->lengths |= length_bit(name);
    }
}

bool field_names_has(const struct field_names *names, struct str name)
{
    if (!(names->lengths & length_bit(name))) {
        return false; /* nearly every field of nearly every request */
    }
    for (size_t i = 0; i < names->n; i++) {
        if (field_name_alike(names->items[i], name)) {
            return true;
        }
    }
    return false;
}
