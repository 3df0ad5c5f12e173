/* SPDX-License-Identifier: Apache-2.0 */
/* Who may pass: the checks of a location, which modules bring, and how `satisfy` joins them. */
#ifndef SITE_ACCESS_H
#define SITE_ACCESS_H

#include "site/walk.h"

/* What a check says, besides the status of a refusal (403, 401). */
enum {
    ACCESS_NO_WORD, /* nothing about this request */
    ACCESS_ALLOWED,
};

/* By address, name, number … of a request. */
struct access_check {
    const char *name;
    /* Judges by the walk alone, and notes the place of what decided. */
    int (*ask)(struct walk *walk);
};

/*
 * Asks the checks of the location in order. Without `satisfy any`, the first that refuses decides.
 * With it, the first that allows does; if none allows, the last that refuses. Where none has a
 * word, the request passes.
 */
enum walk_step access_step(struct walk *walk, struct decision *out);

#endif
