/* SPDX-License-Identifier: Apache-2.0 */
/* The steps that run what set, if, rewrite and return say in a server and in a location. */
#ifndef SITE_PROGRAMS_H
#define SITE_PROGRAMS_H

#include "site/walk.h"

enum walk_step programs_server_step(struct walk *walk, struct decision *out);
enum walk_step programs_location_step(struct walk *walk, struct decision *out);

#endif
