/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The host of a question's walk: gives the known facts, and chooses a value for each unknown one.
 * The state of a walk cannot be copied at a fork, so each way is walked from its beginning, with
 * the choices that lead to it. For question.c.
 */
#ifndef SITE_EXPLORER_H
#define SITE_EXPLORER_H

#include "http/uri.h"
#include "site/question.h"

struct explorer {
    const struct question *question;
    struct uri uri; /* the question's target */
    struct walk walk;
    struct arena arena; /* of one way */
    struct fork forks[FORKS_MAX];
    size_t forks_n;
    size_t chosen;  /* on this way so far */
    bool supposing; /* the last choice had more than one option */
    bool cut;
    bool asked_reason;
    struct trail_step *trail;
    size_t trail_n;
};

/* Facts are a struct explorer. */
extern const struct scope_host explorer_host;

#endif
