/* SPDX-License-Identifier: Apache-2.0 */
/* The step from Host to the server, and 421 where the client was let in on other terms. */
#ifndef SITE_SERVER_H
#define SITE_SERVER_H

#include "site/walk.h"

enum walk_step server_step(struct walk *walk, struct decision *out);

#endif
