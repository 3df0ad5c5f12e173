/* SPDX-License-Identifier: Apache-2.0 */
/* Collects several errors, for code that goes on after the first, so that a user can fix all at
 * once.
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
    const char **items; /* sentences, in the order found */
    size_t n;
    size_t more; /* number of errors beyond ERRORS_MAX, which are not kept */
};

void errors_init(struct errors *errors);
void errors_deinit(struct errors *errors);

/* Adds the sentence. False: it is there already, as when a block repeats an error in it. */
bool errors_add(struct errors *errors, const struct error *err);

/* Calls `say` with each in order, and with a sentence about the rest if there are too many. */
void errors_each(const struct errors *errors, void (*say)(void *arg, const char *text), void *arg);

#endif
