/* SPDX-License-Identifier: Apache-2.0 */
/* The steps that run set, if, rewrite and return of a server and of a location. */
#ifndef SITE_PROGRAMS_H
#define SITE_PROGRAMS_H

#include "site/walk.h"

enum walk_step programs_server_step(struct walk *walk, struct decision *out);
enum walk_step programs_location_step(struct walk *walk, struct decision *out);

#endif
