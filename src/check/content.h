/* SPDX-License-Identifier: Apache-2.0 */
/* What is worth a guard: the end of a way, and what the handlers do. */
#ifndef CHECK_CONTENT_H
#define CHECK_CONTENT_H

#include "base/arena.h"
#include "site/question.h"

/*
 * Whether the way ends at content: at a backend, at files, at a text of `return`. Not at an error,
 * a redirect, or one fixed page that error_page shows. *to is what it leads to, for people.
 */
bool content_of(const struct answer *answer, struct arena *arena, struct str *to);
/* Whether its handler serves files. */
bool content_is_files(const struct location_settings *location);
/* "http://backend", "files of /www", the name of another handler. In the arena. */
struct str content_describe(const struct location_settings *location, struct arena *arena);

/* For struct question: an error page may be missing, and so lead to the next one. */
bool content_follow(struct walk *walk, struct decision *out);

#endif
