/* SPDX-License-Identifier: Apache-2.0 */
/* How long the questions about a configuration may take. */
#ifndef CHECK_TIME_LIMIT_H
#define CHECK_TIME_LIMIT_H

#include <stdbool.h>

#include "base/clock.h"

/* Zeroed: none. */
struct time_limit {
    bool set;
    uint64_t until_ms; /* of clock_now().mono_ms */
};

/* Asked before each question; reads the clock. */
static inline bool time_limit_reached(struct time_limit limit)
{
    if (!limit.set) {
        return false;
    }
    clock_update();
    return clock_now().mono_ms >= limit.until_ms;
}

#endif
