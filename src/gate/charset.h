/* SPDX-License-Identifier: Apache-2.0 */
/* The charset parameter of Content-Type. It changes only the header: yett never converts bodies. */
#ifndef GATE_CHARSET_H
#define GATE_CHARSET_H

#include "gate/request.h"

/*
 * Returns the response's Content-Type with the charset from `charset` or X-Accel-Charset. It is
 * unchanged if it names a charset, if charset_types lacks it, and for a redirect 301 or 302. In the
 * request's arena, or borrowed from the response.
 */
struct str charset_content_type(struct request *request);

#endif
