/* SPDX-License-Identifier: Apache-2.0 */
/* Heads of HTTP/2 responses: what is accepted, each beside what must be refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "http/h2_fields.h"
#include "http/h2_options.h"
#include "http/h2_response.h"

enum { FIELDS = 6 };

struct pair {
    struct str name, value;
};

#define F(name, value)                                                                             \
    {                                                                                              \
        STR_INIT(name), STR_INIT(value)                                                            \
    }
#define OK F(":status", "200")

/* Pairs end with one whose name is NULL. */
struct head_case {
    bool good;
    struct pair pairs[FIELDS];
};

static const struct head_case heads[] = {
    {true, {OK}},
    {true, {OK, F("a", "")}},
    {true, {OK, F("set-cookie", "a=b; c"), F("set-cookie", "d=e")}},
    {true, {OK, F("x_y.z", "tab\tinside")}},
    {true, {F(":status", "999")}},
    {true, {F(":status", "103"), F("link", "</x>")}},
    {false, {{{NULL, 0}, {NULL, 0}}}},
    {false, {F("a", "b")}},
    {false, {F("a", "b"), OK}},
    {false, {OK, OK}},
    {false, {OK, F("a", "b"), OK}},
    {false, {OK, F(":path", "/")}},
    {false, {OK, F(":other", "x")}},
    {false, {F(":status", "")}},
    {false, {F(":status", "20")}},
    {false, {F(":status", "2000")}},
    {false, {F(":status", "099")}},
    {false, {F(":status", " 20")}},
    {false, {F(":status", "+20")}},
    {false, {F(":status", "2 0")}},
    {false, {F(":status", "101")}},
    {false, {OK, F("A", "b")}},
    {false, {OK, F("aB", "b")}},
    {false, {OK, F("", "b")}},
    {false, {OK, F("a b", "c")}},
    {false, {OK, F("a:", "c")}},
    {false, {OK, F("a\r\nb", "c")}},
    {false, {OK, F("a", "b\r\nc: d")}},
    {false, {OK, F("a", "b\nc: d")}},
    {false, {OK, F("a", "b\rc")}},
    {false, {OK, F("a", "b\0c")}},
    {false, {OK, F("a", "\x7f")}},
    {false, {OK, F("a", " b")}},
    {false, {OK, F("a", "b ")}},
    {false, {OK, F("a", "b\t")}},
    {false, {OK, F("connection", "close")}},
    {false, {OK, F("keep-alive", "5")}},
    {false, {OK, F("proxy-connection", "x")}},
    {false, {OK, F("transfer-encoding", "chunked")}},
    {false, {OK, F("upgrade", "h2c")}},
};

static void fields_of(const struct pair *pairs, struct arena *arena, struct headers *out)
{
    *out = (struct headers){0};
    for (size_t i = 0; i < FIELDS && pairs[i].name.p; i++) {
        headers_add(out, arena, pairs[i].name, pairs[i].value);
    }
}

static void test_heads(void **state)
{
    for (size_t i = 0; i < COUNT_OF(heads); i++) {
        struct arena arena;
        arena_init(&arena, 0);
        struct headers fields;
        struct response_head head;
        const char *reason = NULL;
        fields_of(heads[i].pairs, &arena, &fields);
        if (h2_response_head(&fields, &head, &reason) != heads[i].good) {
            fail_msg("case %zu", i);
        }
        if (heads[i].good) {
            assert_int_equal(head.headers.n, fields.n - 1);
            assert_int_equal(head.minor, 1);
        } else {
            assert_string_equal(reason, "upstream sent invalid header");
        }
        arena_deinit(&arena);
    }
}

static void test_trailers(void **state)
{
    struct arena arena;
    struct headers fields;
    arena_init(&arena, 0);
    static const struct pair good[FIELDS] = {F("grpc-status", "0"), F("grpc-message", "")};
    static const struct pair pseudo[FIELDS] = {F("grpc-status", "0"), OK};
    static const struct pair broken[FIELDS] = {F("grpc-message", "a\r\nb: c")};
    fields_of(good, &arena, &fields);
    assert_true(h2_fields_valid(&fields));
    fields_of(pseudo, &arena, &fields);
    assert_false(h2_fields_valid(&fields));
    fields_of(broken, &arena, &fields);
    assert_false(h2_fields_valid(&fields));
    arena_deinit(&arena);
}

struct framing_case {
    const char *status;
    const char *length; /* NULL: none */
    enum method method;
    bool ended;
    bool good;
    enum body_kind kind;
    uint64_t n;
};

static const struct framing_case framings[] = {
    {"200", NULL, METHOD_GET, false, true, BODY_CHUNKED, 0},
    {"200", NULL, METHOD_GET, true, true, BODY_NONE, 0},
    {"200", "5", METHOD_GET, false, true, BODY_LENGTH, 5},
    {"200", "0", METHOD_GET, true, true, BODY_LENGTH, 0},
    {"200", "5", METHOD_GET, true, false, BODY_NONE, 0},
    {"200", "5", METHOD_HEAD, true, true, BODY_NONE, 0},
    {"304", "5", METHOD_GET, true, true, BODY_NONE, 0},
    {"204", NULL, METHOD_GET, true, true, BODY_NONE, 0},
    {"200", "x", METHOD_GET, false, false, BODY_NONE, 0},
    {"200", "-1", METHOD_GET, false, false, BODY_NONE, 0},
    {"200", "99999999999999999999", METHOD_GET, false, false, BODY_NONE, 0},
};

static void test_framing(void **state)
{
    for (size_t i = 0; i < COUNT_OF(framings); i++) {
        const struct framing_case *row = &framings[i];
        struct arena arena;
        arena_init(&arena, 0);
        struct headers fields = {0};
        struct response_head head;
        struct framing framing;
        const char *reason;
        headers_add(&fields, &arena, STR(":status"), str_of(row->status));
        if (row->length) {
            headers_add(&fields, &arena, STR("content-length"), str_of(row->length));
        }
        assert_true(h2_response_head(&fields, &head, &reason));
        bool ok = h2_response_framing(&head, row->method, row->ended, &framing, &reason);
        if (ok != row->good || (ok && (framing.kind != row->kind || framing.length != row->n ||
                                       !framing.keep_alive))) {
            fail_msg("case %zu", i);
        }
        arena_deinit(&arena);
    }
}

static void test_two_lengths(void **state)
{
    struct arena arena;
    struct headers fields = {0};
    struct response_head head;
    struct framing framing;
    const char *reason;
    arena_init(&arena, 0);
    headers_add(&fields, &arena, STR(":status"), STR("200"));
    headers_add(&fields, &arena, STR("content-length"), STR("0"));
    headers_add(&fields, &arena, STR("content-length"), STR("0"));
    assert_true(h2_response_head(&fields, &head, &reason));
    assert_false(h2_response_framing(&head, METHOD_GET, true, &framing, &reason));
    assert_string_equal(reason, "upstream sent duplicate header line");
    arena_deinit(&arena);
}

/* The name of the second field that a client's session writes. */
static void submitted_name(const nghttp2_nv *pairs, size_t n, char *out, size_t cap)
{
    nghttp2_session_callbacks *callbacks;
    nghttp2_session *ng;
    nghttp2_hd_inflater *inflater;
    const uint8_t *frame;
    assert_int_equal(nghttp2_session_callbacks_new(&callbacks), 0);
    assert_int_equal(nghttp2_session_client_new(&ng, callbacks, NULL), 0);
    assert_int_equal(nghttp2_hd_inflate_new(&inflater), 0);
    assert_true(nghttp2_session_mem_send(ng, &frame) > 0); /* the preface */
    assert_true(nghttp2_submit_headers(ng, NGHTTP2_FLAG_NONE, -1, NULL, pairs, n, NULL) > 0);
    ssize_t left = nghttp2_session_mem_send(ng, &frame) - 9;
    for (size_t i = 0; i < n; i++) {
        nghttp2_nv got;
        int flags;
        frame += i ? 0 : 9; /* its head */
        ssize_t used = nghttp2_hd_inflate_hd2(inflater, &got, &flags, frame, (size_t)left, 1);
        assert_true(used > 0 && flags & NGHTTP2_HD_INFLATE_EMIT);
        snprintf(out, cap, "%.*s", (int)got.namelen, (const char *)got.name);
        frame += used;
        left -= used;
    }
    nghttp2_hd_inflate_del(inflater);
    nghttp2_session_del(ng);
    nghttp2_session_callbacks_del(callbacks);
}

/* Fields on their way out: lower case, without what is about one connection. */
static void test_fields_out(void **state)
{
    char name[20];
    struct arena arena;
    struct headers fields = {0};
    nghttp2_nv out[6];
    arena_init(&arena, 0);
    headers_add(&fields, &arena, STR("X-Mixed"), STR("Value"));
    headers_add(&fields, &arena, STR("Connection"), STR("close"));
    headers_add(&fields, &arena, STR("Transfer-Encoding"), STR("chunked"));
    headers_add(&fields, &arena, STR("Keep-Alive"), STR("5"));
    headers_add(&fields, &arena, STR("Upgrade"), STR("x"));
    out[0] = h2_field(STR(":status"), STR("200"));
    assert_int_equal(h2_fields_add(&fields, out, 1), 2);
    assert_memory_equal(out[1].value, "Value", 5);
    submitted_name(out, 2, name, sizeof(name));
    assert_string_equal(name, "x-mixed");
    arena_deinit(&arena);
}

static void test_options(void **state)
{
    nghttp2_option *option = h2_options_new();
    assert_non_null(option);
    nghttp2_option_del(option);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_heads),      cmocka_unit_test(test_trailers),
        cmocka_unit_test(test_framing),    cmocka_unit_test(test_two_lengths),
        cmocka_unit_test(test_fields_out), cmocka_unit_test(test_options),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
