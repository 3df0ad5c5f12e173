/* SPDX-License-Identifier: Apache-2.0 */
/* add_header, add_trailer, expires: the headers and trailers that a location adds. */
#ifndef MODULES_HEADERS_HEADERS_H
#define MODULES_HEADERS_HEADERS_H

#include "gate/hooks.h"

extern const struct hooks headers_hooks; /* add_header, expires */
extern const struct hooks trailers_hooks;

/* Whether a rule without "always" applies to a response with that status. */
bool headers_apply(int status);

#endif
