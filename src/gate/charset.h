/* SPDX-License-Identifier: Apache-2.0 */
/* The charset parameter of Content-Type. It changes only the header: yett never converts bodies. */
#ifndef GATE_CHARSET_H
#define GATE_CHARSET_H

#include "gate/request.h"

/*
 * The Content-Type of the response with the charset from `charset`, `charset_types` and
 * X-Accel-Charset. Unchanged if the type already names a charset or is not in charset_types, and
 * for a redirect 301 or 302. In the request's arena, or borrowed from the response.
 */
struct str charset_content_type(struct request *request);

#endif
