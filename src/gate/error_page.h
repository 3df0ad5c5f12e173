/* SPDX-License-Identifier: Apache-2.0 */
/* The built-in pages, for errors without an error_page. */
#ifndef GATE_ERROR_PAGE_H
#define GATE_ERROR_PAGE_H

#include "gate/request.h"

/* Returns HTML in the arena (or static); empty for a status without a page. 494–497 have their own
 * texts and are sent as 400. The page of a client that was refused because of its certificate has
 * the id of its log line. */
struct str error_page_builtin(int status, struct request *request, struct arena *arena);

#endif
