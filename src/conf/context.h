/* SPDX-License-Identifier: Apache-2.0 */
/* The names of contexts, in messages and documents. */
#ifndef CONF_CONTEXT_H
#define CONF_CONTEXT_H

#include "base/buf.h"

/* Appends the names of a set of enum context: "http, server, if in location". */
void context_names(unsigned contexts, struct buf *out);

#endif
