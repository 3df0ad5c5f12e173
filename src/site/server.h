/* SPDX-License-Identifier: Apache-2.0 */
/* The step that finds the server for Host. 421 if the server's requirements differ from those that
 * the client met. */
#ifndef SITE_SERVER_H
#define SITE_SERVER_H

#include "site/walk.h"

/* Server blocks, each once. */
struct server_list {
    const struct server **items;
    size_t n;
};

void server_list_add(struct server_list *list, const struct server *server, struct arena *arena);

enum walk_step server_step(struct walk *walk, struct decision *out);

#endif
