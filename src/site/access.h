/* SPDX-License-Identifier: Apache-2.0 */
/* Access to a location: the checks that modules add, and `satisfy`, which combines them. */
#ifndef SITE_ACCESS_H
#define SITE_ACCESS_H

#include "site/walk.h"

/* The results of a check, besides the status of a refusal (403, 401). */
enum {
    ACCESS_NO_WORD, /* no decision about this request */
    ACCESS_ALLOWED,
};

/* A check by the address, the name, … of a request. */
struct access_check {
    const char *name;
    /* Decides by the walk alone, and notes the place of the rule that decided. */
    int (*ask)(struct walk *walk);
};

/*
 * Asks the location's checks in order. Without `satisfy any`, the first that refuses decides. With
 * it, the first that allows decides; if none allows, the last that refuses. If no check decides,
 * the request is allowed.
 */
enum walk_step access_step(struct walk *walk, struct decision *out);

#endif
