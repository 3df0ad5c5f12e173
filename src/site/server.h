/* SPDX-License-Identifier: Apache-2.0 */
/* The step from Host to the server, and 421 if the server's requirements differ from those that the
 * client met. */
#ifndef SITE_SERVER_H
#define SITE_SERVER_H

#include "site/walk.h"

enum walk_step server_step(struct walk *walk, struct decision *out);

#endif
