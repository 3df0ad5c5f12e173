/* SPDX-License-Identifier: Apache-2.0 */
#include "gate/h2/tunnel.h"

#include <assert.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include "base/must.h"

enum { KEY_BYTES = 16, SHA1_BYTES = 20, ACCEPT = 28 };

static const struct str ACCEPT_NAME = STR_INIT("sec-websocket-accept");

struct str h2_make_key(struct h2_stream *stream)
{
    unsigned char bytes[KEY_BYTES], text[H2_KEY + 1];
    if (RAND_bytes(bytes, sizeof(bytes)) != 1) {
        must_have(NULL);
    }
    int n = EVP_EncodeBlock(text, bytes, sizeof(bytes));
    assert(n == H2_KEY);
    memcpy(stream->key, text, H2_KEY);
    return (struct str){stream->key, H2_KEY};
}

/* RFC 6455, 4.2.2: proves that the backend understood what it was asked for. */
static bool is_answer_to(struct str accept, const char *key)
{
    static const char guid[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    char both[H2_KEY + sizeof(guid)];
    unsigned char digest[SHA1_BYTES], text[ACCEPT + 1];
    unsigned n = 0;
    memcpy(both, key, H2_KEY);
    memcpy(both + H2_KEY, guid, sizeof(guid));
    if (EVP_Digest(both, sizeof(both) - 1, digest, &n, EVP_sha1(), NULL) != 1 || n != SHA1_BYTES) {
        return false;
    }
    (void)EVP_EncodeBlock(text, digest, sizeof(digest));
    return str_eq(accept, (struct str){(const char *)text, ACCEPT});
}

bool h2_accepts(const struct request *request, const struct headers *fields)
{
    const struct h2_stream *stream = h2_stream_of(request);
    const struct header *accept = headers_find_name(fields, ACCEPT_NAME);
    return stream->connects && accept && is_answer_to(accept->value, stream->key) &&
           headers_has_token(fields, HEADER_UPGRADE, STR("websocket"));
}

void h2_refuse_success(struct request *request)
{
    struct response *response = &request->response;
    if (h2_stream_of(request)->connects && !response->upgrade && response->status / 100 == 2) {
        response->status = 501;
    }
}

void h2_say_200(struct request *request)
{
    struct response *response = &request->response;
    const struct headers all = response->sent;
    response->status = 200;
    response->sent = (struct headers){0};
    for (size_t i = 0; i < all.n; i++) {
        if (!str_ieq(all.items[i].name, ACCEPT_NAME)) {
            headers_add(&response->sent, &request->arena, all.items[i].name, all.items[i].value);
        }
    }
}

void h2_upgrade(struct request *request)
{
    struct h2_stream *stream = h2_stream_of(request);
    assert(stream->connects);
    stream->tunnel = true;
    stream->paused = false;
}
