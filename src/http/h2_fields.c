/* SPDX-License-Identifier: Apache-2.0 */
#include "http/h2_fields.h"

/* nghttp2 copies names and values, the former in lower case; its type takes them as writable all
 * the same. */
static uint8_t *writable_bytes(const char *p)
{
    union {
        const char *in;
        uint8_t *out;
    } cast = {.in = p};
    return cast.out;
}

nghttp2_nv h2_field(struct str name, struct str value)
{
    return (nghttp2_nv){writable_bytes(name.p), writable_bytes(value.p), name.n, value.n,
                        NGHTTP2_NV_FLAG_NONE};
}

size_t h2_fields_add(const struct headers *fields, nghttp2_nv *out, size_t n)
{
    for (size_t i = 0; i < fields->n; i++) {
        const struct header *field = &fields->items[i];
        if (!header_is_of_connection(field->id)) {
            out[n++] = h2_field(field->name, field->value);
        }
    }
    return n;
}
