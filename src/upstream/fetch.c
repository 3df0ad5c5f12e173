/* SPDX-License-Identifier: Apache-2.0 */
/* A document asked for with POST. */
#include "upstream/fetch.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/container.h"
#include "base/must.h"
#include "upstream/idle.h"
#include "upstream/later.h"

enum {
    HTTP_PORT = 80,
    HEAD_MAX = 8 * 1024,
    READ_SIZE = 8 * 1024,
    CONNECT_MIN_MS = 3000, /* an address that does not answer leaves time for the next */
};

struct fetch {
    struct idle_pool *pool;
    struct loop *loop;
    void (*done)(void *arg, struct str body, const char *error);
    void *arg;
    struct arena arena;
    struct deadline deadline;
    struct later later; /* tells of a failure that was there at once */
    struct resolver_query *query;
    struct exchange *exchange;
    struct str name; /* of the host, for sentences */
    uint16_t port;
    struct exchange_request request;
    struct str request_body;
    const char *answer_type;
    size_t answer_max;
    uint64_t timeout_ms;
    struct address *addresses;
    size_t addresses_n;
    size_t next; /* of the addresses */
    struct upstream_group group;
    struct peer peer;
    struct buf answer;
    bool over; /* done was called */
};

/* --- the URL --- */

static bool is_url_char(char c)
{
    return c > ' ' && c < 0x7f && c != '#' && c != '@' && c != '"' && c != '<' && c != '>' &&
           c != '\\' && c != '^' && c != '`' && c != '{' && c != '|' && c != '}';
}

static size_t fetch_authority_end(struct str rest)
{
    size_t slash = str_find(rest, '/'), query = str_find(rest, '?');
    return slash < query ? slash : query;
}

static bool parse_authority(struct fetch_url *out)
{
    struct str all = out->authority;
    bool is_v6 = str_starts(all, STR("["));
    size_t n = is_v6 ? str_find(all, ']') + 1 : str_find(all, ':');
    if (n > all.n || n == 0) {
        return false;
    }
    struct str port = str_skip(all, n);
    uint64_t number = HTTP_PORT;
    if (port.n &&
        (port.p[0] != ':' || !str_to_u64(str_skip(port, 1), UINT16_MAX, &number) || number == 0)) {
        return false;
    }
    out->host = str_head(all, n);
    out->port = (uint16_t)number;
    out->is_address = address_parse(out->host, out->port, &out->address) &&
                      out->address.u.sa.sa_family != AF_UNIX;
    return out->is_address || !is_v6;
}

bool fetch_url_parse(struct str url, struct arena *arena, struct fetch_url *out, struct error *err)
{
    static const struct str SCHEME = STR_INIT("http://");
    *out = (struct fetch_url){0};
    if (!str_istarts(url, SCHEME)) {
        return error_set(err, "invalid URL prefix in \"%.*s\"", STR_ARG(url));
    }
    for (size_t i = 0; i < url.n; i++) {
        if (!is_url_char(url.p[i])) {
            return error_set(err, "invalid character in URL \"%.*s\"", STR_ARG(url));
        }
    }
    struct str rest = arena_dup(arena, str_skip(url, SCHEME.n));
    size_t end = fetch_authority_end(rest);
    out->authority = str_head(rest, end);
    out->target = str_skip(rest, end);
    if (!str_starts(out->target, STR("/"))) {
        out->target = arena_concat(arena, STR("/"), out->target);
    }
    return parse_authority(out) ||
           error_set(err, "invalid host or port in URL \"%.*s\"", STR_ARG(url));
}

/* --- the end --- */

static void fetch_tell(struct fetch *fetch, struct str body, const char *error)
{
    if (!fetch->over) {
        fetch->over = true;
        deadline_clear(&fetch->deadline);
        fetch->done(fetch->arg, body, error);
    }
}

static void end_exchange(struct fetch *fetch)
{
    exchange_free(fetch->exchange);
    fetch->exchange = NULL;
}

static void fetch_fail(struct fetch *fetch, const char *error)
{
    end_exchange(fetch);
    fetch_tell(fetch, STR(""), error);
}

static void fetch_on_deadline_closed(struct deadline *deadline)
{
    struct fetch *fetch = CONTAINER_OF(deadline, struct fetch, deadline);
    arena_deinit(&fetch->arena);
    free(fetch);
}

void fetch_free(struct fetch *fetch)
{
    if (!fetch) {
        return;
    }
    fetch->over = true;
    later_cancel(idle_pool_later(fetch->pool), &fetch->later);
    if (fetch->query) {
        resolver_cancel(fetch->query);
        fetch->query = NULL;
    }
    end_exchange(fetch);
    buf_deinit(&fetch->answer);
    deadline_close(&fetch->deadline, fetch_on_deadline_closed);
}

static void on_timeout(struct deadline *deadline)
{
    struct fetch *fetch = CONTAINER_OF(deadline, struct fetch, deadline);
    if (fetch->query) {
        resolver_cancel(fetch->query);
        fetch->query = NULL;
    }
    fetch_fail(fetch, "timed out (110: Connection timed out)");
}

/* --- the exchange --- */

static void try_next(struct fetch *fetch);

static void fetch_on_connected(void *arg, bool reused)
{
    (void)arg;
    (void)reused;
}

static void fetch_on_drained(void *arg)
{
    (void)arg;
}

/* RFC 9110, 8.3.1: without regard to case, whatever parameters follow. */
static bool is_type(const struct headers *headers, const char *type)
{
    const struct header *field = headers_find(headers, HEADER_CONTENT_TYPE);
    return field &&
           str_ieq(str_trim(str_head(field->value, str_find(field->value, ';'))), str_of(type));
}

static void fetch_on_head(void *arg, const struct response_head *head,
                          const struct framing *framing)
{
    struct fetch *fetch = arg;
    char text[160];
    if (head->status != 200) {
        snprintf(text, sizeof(text), "unexpected status %d", head->status);
        fetch_fail(fetch, text);
    } else if (!is_type(&head->headers, fetch->answer_type)) {
        snprintf(text, sizeof(text), "the Content-Type of the response is not \"%s\"",
                 fetch->answer_type);
        fetch_fail(fetch, text);
    } else if (framing->kind == BODY_LENGTH && framing->length > fetch->answer_max) {
        fetch_fail(fetch, "the response is too large");
    }
}

static void fetch_on_data(void *arg, struct str bytes)
{
    struct fetch *fetch = arg;
    if (buf_size(&fetch->answer) + bytes.n > fetch->answer_max) {
        fetch_fail(fetch, "the response is too large");
        return;
    }
    buf_append(&fetch->answer, bytes);
}

static void fetch_on_done(void *arg, const struct headers *trailers)
{
    (void)trailers;
    struct fetch *fetch = arg;
    fetch_tell(fetch, buf_view(&fetch->answer), NULL);
}

static void fetch_on_failed(void *arg, enum exchange_failure failure, const char *text)
{
    struct fetch *fetch = arg;
    char kept[1024];
    snprintf(kept, sizeof(kept), "%s", text);
    bool nothing_came = failure != EXCHANGE_BROKEN_BODY && failure != EXCHANGE_INVALID_HEADER;
    if (nothing_came && fetch->next < fetch->addresses_n) {
        end_exchange(fetch);
        try_next(fetch);
    } else {
        fetch_fail(fetch, kept);
    }
}

static const struct exchange_handler HANDLER = {
    .connected = fetch_on_connected,
    .drained = fetch_on_drained,
    .head = fetch_on_head,
    .data = fetch_on_data,
    .done = fetch_on_done,
    .failed = fetch_on_failed,
};

static void try_next(struct fetch *fetch)
{
    assert(fetch->next < fetch->addresses_n);
    assert(!fetch->exchange && !fetch->over);
    uint64_t share = fetch->timeout_ms / fetch->addresses_n;
    fetch->peer.address = fetch->addresses[fetch->next++];
    const struct exchange_target target = {
        .peer = &fetch->peer,
        .group = &fetch->group,
        .timeouts = {.connect_ms = share > CONNECT_MIN_MS ? share : CONNECT_MIN_MS,
                     .send_ms = fetch->timeout_ms,
                     .read_ms = fetch->timeout_ms},
        .head_max = HEAD_MAX,
        .read_size = READ_SIZE,
        .method = METHOD_POST,
    };
    fetch->exchange = exchange_start(fetch->pool, fetch->loop, &fetch->arena, &target,
                                     &fetch->request, false, &HANDLER, fetch);
    exchange_write(fetch->exchange, fetch->request_body);
    exchange_end_request(fetch->exchange);
}

/* --- the start --- */

static void on_resolved(void *arg, const struct address *addresses, size_t n, const char *text)
{
    assert(n > 0 || text);
    struct fetch *fetch = arg;
    fetch->query = NULL;
    if (n == 0) {
        char sentence[512];
        snprintf(sentence, sizeof(sentence), "%.*s could not be resolved %s", STR_ARG(fetch->name),
                 text);
        fetch_fail(fetch, sentence);
        return;
    }
    fetch->addresses = arena_alloc(&fetch->arena, n * sizeof(*addresses));
    fetch->addresses_n = n;
    for (size_t i = 0; i < n; i++) {
        fetch->addresses[i] = addresses[i];
        address_set_port(&fetch->addresses[i], fetch->port);
    }
    try_next(fetch);
}

static void fetch_on_later(struct later *later)
{
    struct fetch *fetch = CONTAINER_OF(later, struct fetch, later);
    char sentence[512];
    snprintf(sentence, sizeof(sentence), "no resolver defined to resolve %.*s",
             STR_ARG(fetch->name));
    fetch_fail(fetch, sentence);
}

static void fetch_use_addresses(struct fetch *fetch, const struct address *addresses, size_t n)
{
    fetch->addresses = arena_alloc(&fetch->arena, n * sizeof(*addresses));
    memcpy(fetch->addresses, addresses, n * sizeof(*addresses));
    fetch->addresses_n = n;
    try_next(fetch);
}

static void fetch_begin(struct fetch *fetch, const struct fetch_options *options)
{
    if (options->url->is_address) {
        fetch_use_addresses(fetch, &options->url->address, 1);
    } else if (options->resolver) {
        fetch->query = resolver_ask(options->resolver, fetch->name, on_resolved, fetch);
    } else if (options->addresses_n) {
        fetch_use_addresses(fetch, options->addresses, options->addresses_n);
    } else {
        later_add(idle_pool_later(fetch->pool), &fetch->later);
    }
}

struct fetch *fetch_post(struct idle_pool *pool, struct loop *loop,
                         const struct fetch_options *options,
                         void (*done)(void *arg, struct str body, const char *error), void *arg)
{
    assert(options->url->host.n > 0 && options->answer_type && done);
    struct fetch *fetch = must_have(calloc(1, sizeof(*fetch)));
    arena_init(&fetch->arena, 0);
    fetch->pool = pool;
    fetch->loop = loop;
    fetch->done = done;
    fetch->arg = arg;
    fetch->later.run = fetch_on_later;
    fetch->name = arena_dup(&fetch->arena, options->url->host);
    fetch->port = options->url->port;
    fetch->request_body = arena_dup(&fetch->arena, options->body);
    fetch->answer_type = arena_cstr(&fetch->arena, str_of(options->answer_type));
    fetch->answer_max = options->answer_max;
    fetch->timeout_ms = options->timeout_ms;
    fetch->request.head =
        arena_printf(&fetch->arena,
                     "POST %.*s HTTP/1.1\r\nHost: %.*s\r\nContent-Type: %s\r\n"
                     "Content-Length: %zu\r\nAccept: %s\r\nConnection: close\r\n\r\n",
                     STR_ARG(options->url->target), STR_ARG(options->url->authority),
                     options->request_type, options->body.n, options->answer_type);
    fetch->peer = (struct peer){.name = fetch->name, .server = fetch->name, .weight = 1};
    deadline_init(&fetch->deadline, loop, on_timeout);
    deadline_set(&fetch->deadline, options->timeout_ms);
    fetch_begin(fetch, options);
    return fetch;
}
