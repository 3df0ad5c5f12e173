/* SPDX-License-Identifier: Apache-2.0 */
/* How long a message's body is (RFC 9112, 6): the place where request smuggling is refused. */
#include "http/framing.h"

#include <assert.h>

/* The sentences of one side. */
struct words {
    const char *duplicate;
    const char *both;
    const char *bad_length;
    const char *old_version;
    const char *bad_coding;
    const char *unknown_coding;
};

static const struct words client_words = {
    .duplicate = "client sent duplicate header line",
    .both = "client sent \"Content-Length\" and \"Transfer-Encoding\" headers at the same time",
    .bad_length = "client sent invalid \"Content-Length\" header",
    .old_version = "client sent HTTP/1.0 request with \"Transfer-Encoding\" header",
    .bad_coding = "client sent invalid \"Transfer-Encoding\" header",
    .unknown_coding = "client sent unknown \"Transfer-Encoding\"",
};

static const struct words upstream_words = {
    .duplicate = "upstream sent duplicate header line",
    .both = "upstream sent \"Content-Length\" and \"Transfer-Encoding\" headers at the same time",
    .bad_length = "upstream sent invalid \"Content-Length\" header",
    .old_version = "upstream sent HTTP/1.0 response with \"Transfer-Encoding\" header",
    .bad_coding = "upstream sent invalid \"Transfer-Encoding\" header",
    .unknown_coding = "upstream sent unknown \"Transfer-Encoding\"",
};

/* What the fields say, before method and status have their say. */
struct fields {
    const struct header *length;
    const struct header *coding;
};

static bool fields_find(const struct headers *headers, struct fields *out)
{
    *out = (struct fields){0};
    for (size_t i = 0; i < headers->n; i++) {
        const struct header *header = &headers->items[i];
        const struct header **slot = header->id == HEADER_CONTENT_LENGTH      ? &out->length
                                     : header->id == HEADER_TRANSFER_ENCODING ? &out->coding
                                                                              : NULL;
        if (slot && *slot) {
            return false;
        }
        if (slot) {
            *slot = header;
        }
    }
    return true;
}

/* RFC 9112, 6.1 and 7: the only coding is one "chunked". Returns 0, or the status to answer. */
static int coding_check(struct str value)
{
    if (str_ieq(value, STR("chunked"))) {
        return 0;
    }
    while (value.n) {
        if (!str_ieq(str_trim(str_split(&value, ',')), STR("chunked"))) {
            return 501;
        }
    }
    return 400;
}

/*
 * The rules of both sides (RFC 9112, 6.3): returns 0 and sets kind and length (BODY_NONE when no
 * field says anything), or the status to answer a client with. A list of equal lengths, which 6.3
 * allows to be read as one, is refused as nginx does: no honest client sends that.
 */
static int framing_read(const struct headers *headers, int minor, const struct words *words,
                        struct framing *out, const char **reason)
{
    struct fields fields;
    if (!fields_find(headers, &fields)) {
        *reason = words->duplicate;
        return 400;
    }
    if (fields.length && fields.coding) {
        *reason = words->both;
        return 400;
    }
    if (fields.length) {
        out->kind = BODY_LENGTH;
        *reason = words->bad_length;
        return str_to_u64(fields.length->value, INT64_MAX, &out->length) ? 0 : 400;
    }
    if (!fields.coding) {
        return 0;
    }
    if (minor == 0) {
        *reason = words->old_version;
        return 400;
    }
    int status = coding_check(fields.coding->value);
    *reason = status == 501 ? words->unknown_coding : words->bad_coding;
    out->kind = BODY_CHUNKED;
    return status;
}

/* RFC 9112, 9.3. */
static bool is_persistent(const struct headers *headers, int minor)
{
    if (headers_has_token(headers, HEADER_CONNECTION, STR("close"))) {
        return false;
    }
    return minor > 0 || headers_has_token(headers, HEADER_CONNECTION, STR("keep-alive"));
}

bool framing_of_request(const struct request_head *head, struct framing *out, int *status,
                        const char **reason)
{
    *out = (struct framing){.kind = BODY_NONE};
    int bad = framing_read(&head->headers, head->minor, &client_words, out, reason);
    if (bad) {
        *status = bad;
        return false;
    }
    assert(out->kind != BODY_UNTIL_CLOSE); /* RFC 9112, 6.3: a request has no such end */
    out->keep_alive = is_persistent(&head->headers, head->minor);
    return true;
}

/* RFC 9112, 6.3, rules 1 and 2: whatever the fields say. */
static bool is_bodiless(int status, enum method method)
{
    return method == METHOD_HEAD || status < 200 || status == 204 || status == 304 ||
           (method == METHOD_CONNECT && status < 300);
}

bool framing_of_response(const struct response_head *head, enum method method, struct framing *out,
                         const char **reason)
{
    *out = (struct framing){.kind = BODY_UNTIL_CLOSE};
    if (framing_read(&head->headers, head->minor, &upstream_words, out, reason) != 0) {
        return false;
    }
    assert(out->kind != BODY_NONE && (out->kind == BODY_LENGTH || out->length == 0));
    out->keep_alive = out->kind != BODY_UNTIL_CLOSE;
    if (is_bodiless(head->status, method)) {
        /*
         * RFC 9110, 8.6: no length in 1xx and 204. A peer that announces a body there may send one.
         */
        bool announced = out->kind == BODY_CHUNKED || (out->kind == BODY_LENGTH && out->length > 0);
        out->keep_alive = !announced || method == METHOD_HEAD || head->status == 304;
        out->kind = BODY_NONE;
        out->length = 0;
    }
    out->keep_alive = out->keep_alive && is_persistent(&head->headers, head->minor);
    return true;
}
