/* SPDX-License-Identifier: Apache-2.0 */
/* Framing: each way to smuggle a request is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "http/framing.h"

struct field {
    const char *name;
    const char *value;
};

static struct arena arena;

static struct headers fields_of(const struct field *fields)
{
    struct headers headers = {0};
    for (size_t i = 0; i < 3 && fields[i].name; i++) {
        headers_add(&headers, &arena, str_of(fields[i].name), str_of(fields[i].value));
    }
    return headers;
}

static void requests_are_framed(void **state)
{
    static const struct {
        int minor;
        struct field fields[3];
        struct framing want;
    } cases[] = {
        {1, {{0}}, {BODY_NONE, 0, true}},
        {0, {{0}}, {BODY_NONE, 0, false}},
        {0, {{"Connection", "Keep-Alive"}}, {BODY_NONE, 0, true}},
        {0, {{"Connection", "keep-alive, close"}}, {BODY_NONE, 0, false}},
        {1, {{"Connection", "foo, Close"}}, {BODY_NONE, 0, false}},
        {1, {{"Connection", "closed"}}, {BODY_NONE, 0, true}},
        {1, {{"Content-Length", "0"}}, {BODY_LENGTH, 0, true}},
        {1, {{"Content-Length", "0012"}}, {BODY_LENGTH, 12, true}},
        {1, {{"Content-Length", "9223372036854775807"}}, {BODY_LENGTH, INT64_MAX, true}},
        {1, {{"Transfer-Encoding", "Chunked"}}, {BODY_CHUNKED, 0, true}},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct request_head head = {.minor = cases[i].minor, .headers = fields_of(cases[i].fields)};
        struct framing framing;
        int status;
        const char *reason;
        assert_true(framing_of_request(&head, &framing, &status, &reason));
        assert_int_equal(framing.kind, cases[i].want.kind);
        assert_int_equal(framing.length, cases[i].want.length);
        assert_int_equal(framing.keep_alive, cases[i].want.keep_alive);
    }
}

static const struct {
    int minor;
    struct field fields[3];
    int status;
    const char *reason; /* without who sent it */
} malformed[] = {
    {1, {{"Content-Length", ""}}, 400, " sent invalid \"Content-Length\" header"},
    {1, {{"Content-Length", "+1"}}, 400, " sent invalid \"Content-Length\" header"},
    {1, {{"Content-Length", "-1"}}, 400, " sent invalid \"Content-Length\" header"},
    {1, {{"Content-Length", "1 "}}, 400, " sent invalid \"Content-Length\" header"},
    {1, {{"Content-Length", "0x1"}}, 400, " sent invalid \"Content-Length\" header"},
    {1, {{"Content-Length", "5, 5"}}, 400, " sent invalid \"Content-Length\" header"},
    {1, {{"Content-Length", "5,6"}}, 400, " sent invalid \"Content-Length\" header"},
    {1,
     {{"Content-Length", "9223372036854775808"}},
     400,
     " sent invalid \"Content-Length\" header"},
    {1, {{"Content-Length", "5"}, {"content-length", "5"}}, 400, " sent duplicate header line"},
    {1,
     {{"Transfer-Encoding", "chunked"}, {"Transfer-Encoding", "chunked"}},
     400,
     " sent duplicate header line"},
    {1,
     {{"Content-Length", "5"}, {"Transfer-Encoding", "chunked"}},
     400,
     " sent \"Content-Length\" and \"Transfer-Encoding\" headers at the same time"},
    {1,
     {{"Transfer-Encoding", "chunked"}, {"Content-Length", "5"}},
     400,
     " sent \"Content-Length\" and \"Transfer-Encoding\" headers at the same time"},
    {1, {{"Transfer-Encoding", "gzip, chunked"}}, 501, " sent unknown \"Transfer-Encoding\""},
    {1, {{"Transfer-Encoding", "xchunked"}}, 501, " sent unknown \"Transfer-Encoding\""},
    {1, {{"Transfer-Encoding", "\vchunked"}}, 501, " sent unknown \"Transfer-Encoding\""},
    {1, {{"Transfer-Encoding", "identity"}}, 501, " sent unknown \"Transfer-Encoding\""},
    {1, {{"Transfer-Encoding", "chunked;a"}}, 501, " sent unknown \"Transfer-Encoding\""},
    {1,
     {{"Transfer-Encoding", "chunked, chunked"}},
     400,
     " sent invalid \"Transfer-Encoding\" header"},
    {1, {{"Transfer-Encoding", ""}}, 400, " sent invalid \"Transfer-Encoding\" header"},
    {0, {{"Transfer-Encoding", "chunked"}}, 400, NULL},
};

static void malformed_requests_are_refused(void **state)
{
    for (size_t i = 0; i < COUNT_OF(malformed); i++) {
        struct request_head head = {.minor = malformed[i].minor,
                                    .headers = fields_of(malformed[i].fields)};
        struct framing framing;
        int status = 0;
        const char *reason = "";
        assert_false(framing_of_request(&head, &framing, &status, &reason));
        assert_int_equal(status, malformed[i].status);
        if (malformed[i].reason) {
            assert_memory_equal(reason, "client", 6);
            assert_string_equal(reason + 6, malformed[i].reason);
        }
    }
}

static void malformed_responses_are_refused(void **state)
{
    for (size_t i = 0; i < COUNT_OF(malformed); i++) {
        struct response_head head = {
            .minor = malformed[i].minor, .status = 200, .headers = fields_of(malformed[i].fields)};
        struct framing framing;
        const char *reason = "";
        assert_false(framing_of_response(&head, METHOD_GET, &framing, &reason));
        if (malformed[i].reason) {
            assert_memory_equal(reason, "upstream", 8);
            assert_string_equal(reason + 8, malformed[i].reason);
        }
    }
}

static void responses_are_framed(void **state)
{
    static const struct {
        int status;
        int minor;
        enum method method;
        struct field fields[3];
        struct framing want;
    } cases[] = {
        {200, 1, METHOD_GET, {{0}}, {BODY_UNTIL_CLOSE, 0, false}},
        {200, 1, METHOD_GET, {{"Connection", "keep-alive"}}, {BODY_UNTIL_CLOSE, 0, false}},
        {200, 1, METHOD_GET, {{"Content-Length", "3"}}, {BODY_LENGTH, 3, true}},
        {200, 0, METHOD_GET, {{"Content-Length", "3"}}, {BODY_LENGTH, 3, false}},
        {200,
         0,
         METHOD_GET,
         {{"Content-Length", "3"}, {"Connection", "keep-alive"}},
         {BODY_LENGTH, 3, true}},
        {200,
         1,
         METHOD_GET,
         {{"Content-Length", "3"}, {"Connection", "close"}},
         {BODY_LENGTH, 3, false}},
        {200, 1, METHOD_GET, {{"Transfer-Encoding", "chunked"}}, {BODY_CHUNKED, 0, true}},
        {200, 1, METHOD_HEAD, {{"Content-Length", "3"}}, {BODY_NONE, 0, true}},
        {200, 1, METHOD_HEAD, {{"Transfer-Encoding", "chunked"}}, {BODY_NONE, 0, true}},
        {200, 1, METHOD_HEAD, {{0}}, {BODY_NONE, 0, true}},
        {304, 1, METHOD_GET, {{"Content-Length", "3"}}, {BODY_NONE, 0, true}},
        {204, 1, METHOD_GET, {{0}}, {BODY_NONE, 0, true}},
        {204, 1, METHOD_GET, {{"Content-Length", "0"}}, {BODY_NONE, 0, true}},
        {204, 1, METHOD_GET, {{"Content-Length", "3"}}, {BODY_NONE, 0, false}},
        {204, 1, METHOD_GET, {{"Transfer-Encoding", "chunked"}}, {BODY_NONE, 0, false}},
        {100, 1, METHOD_POST, {{0}}, {BODY_NONE, 0, true}},
        {205, 1, METHOD_GET, {{0}}, {BODY_UNTIL_CLOSE, 0, false}},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct response_head head = {.minor = cases[i].minor,
                                     .status = cases[i].status,
                                     .headers = fields_of(cases[i].fields)};
        struct framing framing;
        const char *reason;
        assert_true(framing_of_response(&head, cases[i].method, &framing, &reason));
        assert_int_equal(framing.kind, cases[i].want.kind);
        assert_int_equal(framing.length, cases[i].want.length);
        assert_int_equal(framing.keep_alive, cases[i].want.keep_alive);
    }
}

static int teardown(void **state)
{
    arena_deinit(&arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(requests_are_framed, teardown),
        cmocka_unit_test_teardown(malformed_requests_are_refused, teardown),
        cmocka_unit_test_teardown(malformed_responses_are_refused, teardown),
        cmocka_unit_test_teardown(responses_are_framed, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
