/* SPDX-License-Identifier: Apache-2.0 */
#include "http/h2_response.h"

#include <assert.h>

#include "http/field_line.h"

static const char invalid_header[] = "upstream sent invalid header";

/* RFC 9113, 8.2.1. */
static bool is_lower_token(struct str name)
{
    for (size_t i = 0; i < name.n; i++) {
        if (char_lower(name.p[i]) != name.p[i]) {
            return false;
        }
    }
    return header_name_valid(name);
}

static bool is_field_text(struct str value)
{
    for (size_t at = control_find(value, 0); at < value.n; at = control_find(value, at + 1)) {
        if (value.p[at] != '\t') {
            return false;
        }
    }
    return str_trim(value).n == value.n;
}

bool h2_fields_valid(const struct headers *fields)
{
    for (size_t i = 0; i < fields->n; i++) {
        const struct header *field = &fields->items[i];
        if (!is_lower_token(field->name) || !is_field_text(field->value) ||
            header_is_of_connection(field->id)) {
            return false;
        }
    }
    return true;
}

static bool take_status(struct str text, struct response_head *out)
{
    uint64_t status;
    if (text.n != 3 || !str_to_u64(text, 999, &status) || status < 100) {
        return false;
    }
    out->status = (int)status;
    return status != 101; /* RFC 9113, 8.6 */
}

bool h2_response_head(const struct headers *fields, struct response_head *out, const char **reason)
{
    /* RFC 9113, 8.3: pseudo-headers come first; responses have one. */
    *out = (struct response_head){.minor = 1};
    *reason = invalid_header;
    if (fields->n == 0 || !str_eq(fields->items[0].name, STR(":status")) ||
        !take_status(fields->items[0].value, out)) {
        return false;
    }
    out->headers = (struct headers){fields->items + 1, fields->n - 1};
    return h2_fields_valid(&out->headers);
}

bool h2_response_framing(const struct response_head *head, enum method method, bool ended,
                         struct framing *out, const char **reason)
{
    if (!framing_of_response(head, method, out, reason)) {
        return false;
    }
    assert(out->kind != BODY_CHUNKED); /* no Transfer-Encoding came through h2_fields_valid */
    if (out->kind == BODY_LENGTH && ended && out->length > 0) {
        *reason = "upstream sent no body of the announced length";
        return false;
    }
    if (out->kind == BODY_UNTIL_CLOSE) {
        out->kind = ended ? BODY_NONE : BODY_CHUNKED;
    }
    out->keep_alive = true;
    return true;
}
