/* SPDX-License-Identifier: Apache-2.0 */
/* The charset parameter of Content-Type. Only the field says it: bodies are never recoded. */
#ifndef GATE_CHARSET_H
#define GATE_CHARSET_H

#include "gate/request.h"

/*
 * The Content-Type of the answer with what `charset`, `charset_types` and X-Accel-Charset add to
 * it; as it is where they add nothing: a type that names a charset, a type that is not in
 * charset_types, a redirect 301 or 302. In the request's arena, or borrowed from the answer.
 */
struct str charset_content_type(struct request *request);

#endif
