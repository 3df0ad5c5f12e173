/* SPDX-License-Identifier: Apache-2.0 */
/* Who may pass: the checks of a location, which modules bring, and how `satisfy` joins them. */
#ifndef SITE_ACCESS_H
#define SITE_ACCESS_H

#include "site/walk.h"

enum access_word {
    ACCESS_NO_WORD, /* the check has nothing to say about this request */
    ACCESS_ALLOWED,
    ACCESS_REFUSED,
};

/* By address, name, number … of a request. */
struct access_check {
    const char *name;
    /* Judges by the walk alone, and notes the place of what decided. *status is what a refusal is
     * answered with: 403, unless it is changed. */
    enum access_word (*ask)(struct walk *walk, int *status);
};

/*
 * Asks the checks of the location in order. Without `satisfy any`, the first that refuses decides.
 * With it, the first that allows does; if none allows, the last that refuses. Where none has a
 * word, the request passes.
 */
enum walk_step access_step(struct walk *walk, struct decision *out);

#endif
