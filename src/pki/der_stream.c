/* SPDX-License-Identifier: Apache-2.0 */
/* The buffer between a source and the reader of its elements. */
#include "pki/der_stream.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/must.h"

void der_stream_init(struct der_stream *stream, const struct byte_source *source)
{
    *stream = (struct der_stream){.source = *source};
    stream->buf = must_have(malloc(DER_STREAM_CAP));
}

void der_stream_deinit(struct der_stream *stream)
{
    free(stream->buf);
    stream->buf = NULL;
}

bool der_stream_flush(struct der_stream *stream, struct error *err)
{
    size_t from = stream->unseen;
    stream->unseen = stream->start;
    return !stream->tap || from == stream->start ||
           stream->tap(stream->tap_arg, stream->buf + from, stream->start - from, err);
}

/* Makes room behind what is there. */
static bool der_stream_compact(struct der_stream *stream, struct error *err)
{
    assert(stream->unseen <= stream->start && stream->start <= stream->end);
    if (!stream->held && !der_stream_flush(stream, err)) {
        return false;
    }
    size_t from = stream->held ? stream->unseen : stream->start;
    memmove(stream->buf, stream->buf + from, stream->end - from);
    stream->start -= from;
    stream->end -= from;
    stream->unseen -= from;
    return true;
}

static bool more(struct der_stream *stream, size_t *n, struct error *err)
{
    assert(stream->end < DER_STREAM_CAP); /* nothing read is the end, not a lack of room */
    if (!stream->source.read(stream->source.arg, stream->buf + stream->end,
                             DER_STREAM_CAP - stream->end, n, err)) {
        return false;
    }
    assert(*n <= DER_STREAM_CAP - stream->end);
    stream->end += *n;
    return true;
}

/* At least n octets are in the buffer behind stream->start. */
static bool need(struct der_stream *stream, size_t n, struct error *err)
{
    if (stream->end - stream->start >= n) {
        return true;
    }
    if (!der_stream_compact(stream, err)) {
        return false;
    }
    if (n > DER_STREAM_CAP - stream->start) {
        return error_set(err, "an element of the CRL is too large");
    }
    while (stream->end - stream->start < n) {
        size_t got;
        if (!more(stream, &got, err)) {
            return false;
        }
        if (!got) {
            return error_set(err, "the CRL is truncated");
        }
    }
    return true;
}

bool der_stream_ended(struct der_stream *stream, bool *ended, struct error *err)
{
    if (stream->end == stream->start) {
        size_t got;
        if (!der_stream_compact(stream, err) || !more(stream, &got, err)) {
            return false;
        }
    }
    *ended = stream->end == stream->start;
    return true;
}

static void pass(struct der_stream *stream, size_t n)
{
    stream->start += n;
    stream->at += n;
}

static bool not_der(struct error *err)
{
    return error_set(err, "not a valid CRL: its DER is malformed");
}

bool der_stream_peek(struct der_stream *stream, uint64_t end, struct der_header *out,
                     struct error *err)
{
    enum der_result result;
    for (size_t n = 2; (result = der_header(stream->buf + stream->start,
                                            stream->end - stream->start, out)) == DER_SHORT;
         n++) {
        if (!need(stream, n, err)) {
            return false;
        }
    }
    if (result == DER_BAD || stream->at > end || out->size > end - stream->at ||
        out->length > end - stream->at - out->size) {
        return not_der(err);
    }
    return true;
}

/* The header of the next element, which must have that tag; nothing is passed yet. */
static bool peek_tag(struct der_stream *stream, uint8_t tag, uint64_t end,
                     struct der_header *header, struct error *err)
{
    return der_stream_peek(stream, end, header, err) &&
           (header->tag == tag ||
            error_set(err, "not a valid CRL: an element has tag 0x%02x instead of 0x%02x",
                      header->tag, tag));
}

bool der_stream_enter(struct der_stream *stream, uint8_t tag, uint64_t end, uint64_t *inner,
                      struct error *err)
{
    struct der_header header;
    if (!peek_tag(stream, tag, end, &header, err)) {
        return false;
    }
    pass(stream, header.size);
    *inner = stream->at + header.length;
    return true;
}

bool der_stream_take(struct der_stream *stream, uint8_t tag, uint64_t end, struct str *whole,
                     struct error *err)
{
    struct der_header header;
    if (!peek_tag(stream, tag, end, &header, err)) {
        return false;
    }
    if (header.length > DER_STREAM_CAP) {
        return error_set(err, "an element of the CRL is too large");
    }
    size_t size = header.size + (size_t)header.length;
    if (!need(stream, size, err)) {
        return false;
    }
    *whole = (struct str){(const char *)stream->buf + stream->start, size};
    pass(stream, size);
    return true;
}

void der_stream_hold(struct der_stream *stream)
{
    stream->tap = NULL;
    stream->unseen = stream->start;
    stream->held = true;
}

void der_stream_tap(struct der_stream *stream, size_t skip,
                    bool (*tap)(void *arg, const unsigned char *p, size_t n, struct error *err),
                    void *arg)
{
    stream->unseen += skip;
    stream->held = false;
    stream->tap = tap;
    stream->tap_arg = arg;
}
