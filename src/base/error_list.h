/* SPDX-License-Identifier: Apache-2.0 */
/* Several errors, to be fixed at once: code that goes on after the first error collects them here.
 */
#ifndef BASE_ERROR_LIST_H
#define BASE_ERROR_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/error.h"

enum { ERRORS_MAX = 200 };

struct errors {
    struct arena arena;
    const char **items; /* sentences, in the order in which they were found */
    size_t n;
    size_t more; /* found beyond ERRORS_MAX, and not kept */
};

void errors_init(struct errors *errors);
void errors_deinit(struct errors *errors);

/* Adds the sentence. False: it is there already, as one that a block repeats of what is in it. */
bool errors_add(struct errors *errors, const struct error *err);

/* Calls for each in order, and with a sentence about the rest if there are too many. */
void errors_each(const struct errors *errors, void (*say)(void *arg, const char *text), void *arg);

#endif
