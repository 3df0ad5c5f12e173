/* SPDX-License-Identifier: Apache-2.0 */
/* The step from Host to the server, and 421 if the server's requirements differ from those that the
 * client met. */
#ifndef SITE_SERVER_H
#define SITE_SERVER_H

#include "site/walk.h"

/* Blocks that some name selects, each once. */
struct server_list {
    const struct server **items;
    size_t n;
};

void server_list_add(struct server_list *list, const struct server *server, struct arena *arena);

enum walk_step server_step(struct walk *walk, struct decision *out);

#endif
