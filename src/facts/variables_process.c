/* SPDX-License-Identifier: Apache-2.0 */
/* Variables of the process and the time, and how getters write numbers. */
#include <assert.h>
#include <limits.h>
#include <stdint.h>
#include <unistd.h>

#include "base/clock.h"
#include "facts/variable_getters.h"

struct value value_of_ms(uint64_t ms, struct arena *arena)
{
    return value_of(
        arena_printf(arena, "%llu.%03u", (unsigned long long)(ms / 1000), (unsigned)(ms % 1000)));
}

struct value value_of_u64(uint64_t n, struct arena *arena)
{
    return value_of(arena_decimal(arena, n));
}

struct value variable_constant(void *facts, struct arena *arena, const struct builtin *row,
                               struct str suffix)
{
    assert(row->data); /* a text of ours */
    return value_of(str_of((const char *)row->data));
}

struct value variable_not_here(void *facts, struct arena *arena, const struct builtin *row,
                               struct str suffix)
{
    return VALUE_IS_ABSENT;
}

struct value variable_hostname(void *facts, struct arena *arena, const struct builtin *row,
                               struct str suffix)
{
    char name[HOST_NAME_MAX + 1];
    if (gethostname(name, sizeof(name)) != 0) {
        return VALUE_IS_ABSENT;
    }
    name[sizeof(name) - 1] = '\0';
    return value_of(arena_lower(arena, str_of(name)));
}

struct value variable_pid(void *facts, struct arena *arena, const struct builtin *row,
                          struct str suffix)
{
    return value_of_u64((uint64_t)getpid(), arena);
}

struct value variable_msec(void *facts, struct arena *arena, const struct builtin *row,
                           struct str suffix)
{
    return value_of_ms(clock_now().real_ms, arena);
}

struct value variable_time_local(void *facts, struct arena *arena, const struct builtin *row,
                                 struct str suffix)
{
    return value_of(arena_dup(arena, clock_local()));
}

struct value variable_time_iso8601(void *facts, struct arena *arena, const struct builtin *row,
                                   struct str suffix)
{
    return value_of(arena_dup(arena, clock_iso8601()));
}
