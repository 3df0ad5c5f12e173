/* SPDX-License-Identifier: Apache-2.0 */
/* The memory of an nghttp2 session, with a real session of each side. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "gate/h2/memory.h"

static unsigned requests_seen;

static int on_frame_of_client(nghttp2_session *ng, const nghttp2_frame *frame, void *arg)
{
    (void)ng;
    (void)arg;
    requests_seen += frame->hd.type == NGHTTP2_HEADERS;
    return 0;
}

struct pair {
    struct h2_memory memory;
    nghttp2_session *server, *client;
};

static void pair_init(struct pair *pair)
{
    nghttp2_session_callbacks *callbacks;
    nghttp2_option *option;
    *pair = (struct pair){0};
    h2_memory_init(&pair->memory);
    nghttp2_mem functions = h2_memory_functions(&pair->memory);
    assert_int_equal(nghttp2_session_callbacks_new(&callbacks), 0);
    assert_int_equal(nghttp2_session_client_new(&pair->client, callbacks, NULL), 0);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame_of_client);
    assert_int_equal(nghttp2_option_new(&option), 0);
    nghttp2_option_set_no_closed_streams(option, 1);
    assert_int_equal(
        nghttp2_session_server_new3(&pair->server, callbacks, NULL, option, &functions), 0);
    nghttp2_option_del(option);
    nghttp2_session_callbacks_del(callbacks);
    assert_int_equal(nghttp2_submit_settings(pair->client, 0, NULL, 0), 0);
    assert_int_equal(nghttp2_submit_settings(pair->server, 0, NULL, 0), 0);
    requests_seen = 0;
}

static void pair_deinit(struct pair *pair)
{
    nghttp2_session_del(pair->server);
    nghttp2_session_del(pair->client);
    h2_memory_deinit(&pair->memory);
}

static void move(nghttp2_session *from, nghttp2_session *to)
{
    const uint8_t *bytes;
    for (ssize_t n; (n = nghttp2_session_mem_send(from, &bytes)) > 0;) {
        assert_int_equal(nghttp2_session_mem_recv(to, bytes, (size_t)n), n);
    }
}

static nghttp2_nv nv(char *name, char *value)
{
    return (nghttp2_nv){(uint8_t *)name, (uint8_t *)value, strlen(name), strlen(value), 0};
}

static int32_t request(struct pair *pair)
{
    char names[4][16] = {":method", ":scheme", ":authority", ":path"};
    char values[4][16] = {"GET", "https", "a.example", "/x"};
    nghttp2_nv pairs[4];
    for (size_t i = 0; i < 4; i++) {
        pairs[i] = nv(names[i], values[i]);
    }
    int32_t id = nghttp2_submit_request(pair->client, NULL, pairs, 4, NULL, NULL);
    assert_true(id > 0);
    move(pair->client, pair->server);
    return id;
}

static void answer(struct pair *pair, int32_t id, char *value)
{
    char status[] = ":status", ok[] = "200", name[] = "x-value";
    nghttp2_nv pairs[] = {nv(status, ok), nv(name, value)};
    assert_int_equal(nghttp2_submit_response(pair->server, id, pairs, 2, NULL), 0);
    move(pair->server, pair->client);
}

/* Pages of the block in memory. */
static unsigned pages_held(const struct pair *pair)
{
    unsigned char there[6];
    unsigned n = 0;
    assert_int_equal(mincore(pair->memory.block, sizeof(there) * 4096, there), 0);
    for (size_t i = 0; i < sizeof(there); i++) {
        n += there[i] & 1;
    }
    return n;
}

static void a_session_goes_on_after_its_empty_table_was_given_back(void **state)
{
    (void)state;
    struct pair pair;
    pair_init(&pair);
    if (!pair.memory.block) {
        pair_deinit(&pair);
        skip();
    }
    assert_true(pair.memory.has_frame && pair.memory.has_table);
    char value[] = "short";
    answer(&pair, request(&pair), value);
    assert_int_equal(pages_held(&pair), 2);
    h2_memory_trim(&pair.memory);
    assert_int_equal(pages_held(&pair), 1);
    for (unsigned i = 0; i < 300; i++) { /* more streams at once than the table has room for */
        assert_int_equal(request(&pair), 3 + 2 * i);
    }
    assert_int_equal(requests_seen, 301);
    for (int32_t id = 3; id < 603; id += 2) {
        answer(&pair, id, value);
    }
    answer(&pair, request(&pair), value);
    pair_deinit(&pair);
}

static void a_table_with_streams_stays(void **state)
{
    (void)state;
    struct pair pair;
    pair_init(&pair);
    int32_t id = request(&pair);
    h2_memory_trim(&pair.memory);
    assert_non_null(nghttp2_session_find_stream(pair.server, id));
    char value[] = "short";
    answer(&pair, id, value);
    assert_null(nghttp2_session_get_stream_user_data(pair.client, id));
    assert_int_equal(requests_seen, 1);
    pair_deinit(&pair);
}

static void a_long_header_section_fits_the_buffer(void **state)
{
    (void)state;
    struct pair pair;
    pair_init(&pair);
    char value[20000];
    memset(value, 'v', sizeof(value) - 1);
    value[sizeof(value) - 1] = '\0';
    answer(&pair, request(&pair), value);
    answer(&pair, request(&pair), value);
    h2_memory_trim(&pair.memory);
    answer(&pair, request(&pair), value);
    assert_int_equal(requests_seen, 3);
    pair_deinit(&pair);
}

/* Small pieces fill what the session leaves of its page; the last one may be taken back. */
static void small_pieces_fill_the_page(void **state)
{
    (void)state;
    struct pair pair;
    pair_init(&pair);
    nghttp2_mem functions = h2_memory_functions(&pair.memory);
    void *arg = functions.mem_user_data;
    size_t used = pair.memory.used;
    char *small = functions.malloc(100, arg);
    assert_ptr_equal(small, pair.memory.block + used);
    functions.free(small, arg);
    assert_int_equal(pair.memory.used, used);
    assert_ptr_equal(functions.malloc(50, arg), small);
    char *next = functions.malloc(50, arg);
    functions.free(small, arg); /* not the last one: it stays */
    assert_true(pair.memory.used > used);
    functions.free(next, arg);
    functions.free(next, arg); /* room given back is not given back again */
    assert_ptr_equal(functions.malloc(60, arg), next);
    char *large = functions.malloc(300, arg);
    assert_true(large < pair.memory.block || large >= pair.memory.block + 6 * 4096);
    functions.free(large, arg);
    for (int i = 0; i < 100; i++) { /* more than fit: the frame buffer is not touched */
        char *p = functions.malloc(64, arg);
        assert_true(pair.memory.used <= 4096 - 512);
        memset(p, 'x', 64);
        if (p < pair.memory.block || p >= pair.memory.block + 6 * 4096) {
            functions.free(p, arg);
        }
    }
    char value[] = "short";
    answer(&pair, request(&pair), value);
    pair_deinit(&pair);
}

static void memory_outside_the_block_is_the_heaps(void **state)
{
    (void)state;
    struct h2_memory memory;
    h2_memory_init(&memory);
    nghttp2_mem functions = h2_memory_functions(&memory);
    void *arg = functions.mem_user_data;
    char *inside = functions.malloc(100, arg);
    memset(inside, 'i', 100);
    char *grown = functions.realloc(inside, 5000, arg);
    assert_int_equal(grown[99], 'i');
    functions.free(inside, arg);
    grown = functions.realloc(grown, 50000, arg);
    assert_int_equal(grown[99], 'i');
    functions.free(grown, arg);
    functions.free(NULL, arg);
    char *large = functions.calloc(100, 1000, arg);
    assert_int_equal(large[99999], 0);
    functions.free(large, arg);
    assert_null(functions.calloc(SIZE_MAX / 2, 4, arg));
    h2_memory_deinit(&memory);
}

/* What the gate does: its own state lies beside the session, and holds the memory's description. */
static void what_was_taken_lives_beside_the_session(void **state)
{
    (void)state;
    struct own {
        struct h2_memory memory;
        char text[32];
    };
    struct h2_memory memory;
    h2_memory_init(&memory);
    assert_non_null(memory.block);
    struct own *own = h2_memory_take(&memory, sizeof(*own));
    static const struct own zeros;
    assert_memory_equal(own, &zeros, sizeof(zeros));
    own->memory = memory;
    snprintf(own->text, sizeof(own->text), "kept");
    nghttp2_mem functions = h2_memory_functions(&own->memory);
    nghttp2_session_callbacks *callbacks;
    nghttp2_session *ng;
    assert_int_equal(nghttp2_session_callbacks_new(&callbacks), 0);
    assert_int_equal(nghttp2_session_server_new3(&ng, callbacks, NULL, NULL, &functions), 0);
    nghttp2_session_callbacks_del(callbacks);
    assert_true((char *)ng >= own->memory.block + sizeof(*own));
    assert_true((char *)ng < own->memory.block + own->memory.used);
    assert_string_equal(own->text, "kept");
    nghttp2_session_del(ng);
    h2_memory_deinit(&own->memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(small_pieces_fill_the_page),
        cmocka_unit_test(what_was_taken_lives_beside_the_session),
        cmocka_unit_test(a_session_goes_on_after_its_empty_table_was_given_back),
        cmocka_unit_test(a_table_with_streams_stays),
        cmocka_unit_test(a_long_header_section_fits_the_buffer),
        cmocka_unit_test(memory_outside_the_block_is_the_heaps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
