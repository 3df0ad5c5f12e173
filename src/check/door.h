/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The doors of a configuration: which locations a client can reach without a verified certificate.
 * A door is a server block on a listener, and a location of it. site_walk is asked about it with
 * every fact open that a client can choose.
 */
#ifndef CHECK_DOOR_H
#define CHECK_DOOR_H

#include "check/passage.h"
#include "check/time_limit.h"
#include "site/settings.h"

enum door_state {
    DOOR_SHUT,    /* no way leads to content without a verified certificate */
    DOOR_OPEN_IF, /* some do */
    DOOR_OPEN,    /* all do */
    DOOR_UNKNOWN, /* it cannot be told; see its passages */
};

struct checked_door {
    const struct listener *listener;
    const struct server *server;
    const struct location *location; /* NULL: the server itself, outside any location */
    bool any_path;                   /* the server decides before it looks for a location */
    enum door_state state;
    struct passages passages; /* the ways through it; of DOOR_SHUT: none */
};

struct checked_doors {
    struct checked_door *items;
    size_t n;
};

/*
 * All doors, by listener, server and location in the order of the configuration. In the arena. What
 * is not asked when the limit is reached, cannot be told.
 */
void doors_find(const struct settings *settings, struct time_limit limit, struct arena *arena,
                struct checked_doors *out);

/* "shut", "open if", "open", "cannot tell". */
const char *door_state_word(enum door_state state);

#endif
