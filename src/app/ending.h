/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ends all children; the master waits for them. A stuck generation, for example one that reads CRLs
 * from a file system that does not answer, takes no signal and passes none on. Then the master
 * tells the worker itself, and kills the generation.
 */
#ifndef APP_ENDING_H
#define APP_ENDING_H

#include <stdbool.h>
#include <stdint.h>

#include "app/child.h"
#include "base/log.h"

/* Zeroed: not ending. */
struct ending {
    int signo;         /* SIGTERM: at once; SIGQUIT: gracefully; 0: not ending */
    uint64_t since_ms; /* by clock_now().mono_ms */
    bool killed;       /* the workers that did not stop were killed */
};

/* Tells all children to end. Call it again with SIGTERM to turn a quit into a stop. */
void ending_begin(struct ending *ending, int signo, struct child *children);
/* Deals with children that do not end in time. `log` may be NULL. */
void ending_go_on(struct ending *ending, struct child *children, const struct log *log);
/* When to call ending_go_on next; 0: not ending. */
uint64_t ending_due_ms(const struct ending *ending);
/* Whether nothing is left to wait for. */
bool ending_is_over(const struct ending *ending, const struct child *children);

#endif
