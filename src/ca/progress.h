/* SPDX-License-Identifier: Apache-2.0 */
/* The progress of a long operation. */
#ifndef CA_PROGRESS_H
#define CA_PROGRESS_H

#include <stdint.h>

/*
 * Calls `step` now and then, and at the end with done = total; not at all if there is nothing to
 * do. A NULL pointer to this struct: no reports.
 */
struct progress {
    void (*step)(void *arg, int64_t done, int64_t total);
    void *arg;
};

static inline void progress_step(const struct progress *progress, int64_t done, int64_t total)
{
    enum { EVERY = 256 }; /* about how many calls to make */
    if (progress && total > 0 && (done == total || done % (total / EVERY + 1) == 0)) {
        progress->step(progress->arg, done, total);
    }
}

#endif
