/* SPDX-License-Identifier: Apache-2.0 */
/* For a path that ends in a slash: finds its index file. */
#ifndef MODULES_STATIC_INDEX_H
#define MODULES_STATIC_INDEX_H

#include "gate/request.h"

/* Redirects internally to the first index file that exists, or answers 403, 404 or 500. */
void index_answer(struct request *request);

#endif
