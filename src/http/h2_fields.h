/* SPDX-License-Identifier: Apache-2.0 */
/* Fields in nghttp2's form, for HTTP/2 heads and trailers. */
#ifndef HTTP_H2_FIELDS_H
#define HTTP_H2_FIELDS_H

#include <nghttp2/nghttp2.h>
#include <stddef.h>

#include "http/header.h"

/* Borrows both; nghttp2 copies them when a frame is submitted, the name in lower case (RFC 9113,
 * 8.2.1). */
nghttp2_nv h2_field(struct str name, struct str value);
/*
 * Appends `fields` to the `n` that `out` has, without those about one connection (RFC 9113, 8.2.2).
 * Returns how many there are then: `fields->n` more at most.
 */
size_t h2_fields_add(const struct headers *fields, nghttp2_nv *out, size_t n);

#endif
