/* SPDX-License-Identifier: Apache-2.0 */
/* The one error type: a sentence for the user. */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include <stdbool.h>

#include "base/compiler.h"

/*
 * The function that failed sets one sentence: what is wrong, where, what was expected. Lower case,
 * no full stop; nginx's sentence if it has one for the case.
 */
struct error {
    char text[1024];
};

/* Replaces the text. Always returns false, so that `return error_set(err, ...)` leaves early. */
bool error_set(struct error *err, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Puts "PREFIX: " before the text (where it happened). Always returns false. */
bool error_prefix(struct error *err, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* As error_set; adds " failed (ERRNO: STRERROR)", as nginx does for system errors. */
bool error_errno(struct error *err, int errnum, const char *fmt, ...) PRINTF_LIKE(3, 4);

#endif
