/* SPDX-License-Identifier: Apache-2.0 */
/* The value of a variable, which may be unknown. */
#ifndef SCRIPT_VALUE_H
#define SCRIPT_VALUE_H

#include "base/str.h"

enum value_state {
    VALUE_NONE, /* not evaluated yet (a cleared cache) */
    VALUE_SET,
    VALUE_ABSENT,  /* the request has no such value: reads as empty; logs show "-" */
    VALUE_UNKNOWN, /* evaluated without a request (check, explain): could be anything */
};

struct value {
    struct str s; /* empty unless VALUE_SET */
    enum value_state state;
};

static inline struct value value_of(struct str s)
{
    return (struct value){s, VALUE_SET};
}

#define VALUE_IS_ABSENT  ((struct value){{NULL, 0}, VALUE_ABSENT})
#define VALUE_IS_UNKNOWN ((struct value){{NULL, 0}, VALUE_UNKNOWN})

#endif
