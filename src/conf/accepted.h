/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of directives that are accepted without effect. */
#ifndef CONF_ACCEPTED_H
#define CONF_ACCEPTED_H

#include "conf/directive.h"

/* A note: why it is safe that a directive has no effect. */
#define ONLY_SPEED "it affects only performance, and yett does not need it"

#define ACCEPTED(n, where, min, max, words, why)                                                   \
    {                                                                                              \
        .name = (n), .contexts = (where), .min_args = (min), .max_args = (max),                    \
        .support = SUPPORT_ACCEPTED, .syntax = (words), .note = (why)                              \
    }
/* One argument, which must be a size. */
#define ACCEPTED_SIZE(n, where)                                                                    \
    {                                                                                              \
        .name = (n), .contexts = (where), .min_args = 1, .max_args = 1, .set = check_size,         \
        .support = SUPPORT_ACCEPTED, .syntax = "size", .note = ONLY_SPEED                          \
    }

/*
 * A setting for a directive or word, `what`, that yett refuses. Without it, the setting has no
 * effect in nginx either.
 */
#define SETTING_OF(what, n, where)                                                                 \
    {                                                                                              \
        .name = (n), .contexts = (where), .min_args = 1, .max_args = ARGS_ANY, .repeats = true,    \
        .support = SUPPORT_ACCEPTED, .syntax = "…", .note = "it only matters with `" what "`"      \
    }

#endif
