/* SPDX-License-Identifier: Apache-2.0 */
/* What every question about a door has in common. */
#ifndef CHECK_DOOR_QUESTION_H
#define CHECK_DOOR_QUESTION_H

#include "site/question.h"

/*
 * A request to this server, on a connection that selected it, from a client with this verdict,
 * which is borrowed. All that a client can choose is open, but for its body. The caller may add
 * facts, and sets the budget.
 */
struct question door_question(const struct settings *settings, const struct listener *listener,
                              const struct server *server, const struct verdict *verdict);

/* The values of $ssl_client_* for a client without a certificate: each is empty, but for the
 * verdict, which the walk knows. In the arena. */
const struct told *door_no_client(const struct settings *settings, struct arena *arena, size_t *n);

#endif
