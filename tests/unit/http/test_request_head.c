/* SPDX-License-Identifier: Apache-2.0 */
/* Request heads: every refusal beside what is accepted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "http/request_head.h"

static const struct head_limits limits = {.line_max = 64, .total_max = 200, .fields_max = 5};
static const struct head_options usual = {.ignore_invalid_headers = true};

static int setup(void **state)
{
    static struct arena arena;
    arena_init(&arena, 0);
    *state = &arena;
    return 0;
}

static int teardown(void **state)
{
    arena_deinit(*state);
    return 0;
}

/* Feeds the input whole and byte by byte; both must agree. */
static enum scan scan_both(struct head_scan *scan, struct str in)
{
    *scan = (struct head_scan){0};
    enum scan whole = request_head_scan(scan, in, &limits);
    struct head_scan slow = {0};
    enum scan result = SCAN_MORE;
    for (size_t n = 0; n <= in.n && result == SCAN_MORE; n++) {
        result = request_head_scan(&slow, str_head(in, n), &limits);
    }
    assert_int_equal(result, whole);
    assert_int_equal(slow.status, scan->status);
    assert_int_equal(slow.head_n, scan->head_n);
    assert_int_equal(slow.skipped, scan->skipped);
    if (whole == SCAN_BAD) {
        assert_string_equal(slow.reason, scan->reason);
    }
    return whole;
}

static void a_head_ends_at_its_empty_line(void **state)
{
    struct head_scan scan;
    struct str head = STR("GET / HTTP/1.1\r\nHost: a\r\nX:\ta b\xe4\r\n\r\n");
    assert_int_equal(scan_both(&scan, head), SCAN_DONE);
    assert_int_equal(scan.head_n, head.n);
    assert_int_equal(scan.skipped, 0);
    assert_int_equal(scan_both(&scan, STR("GET / HTTP/1.1\r\n\r\nGET \n")), SCAN_DONE);
    assert_int_equal(scan.head_n, 18);
    assert_int_equal(scan_both(&scan, STR("\r\n\r\nGET / HTTP/1.1\r\n\r\n")), SCAN_DONE);
    assert_int_equal(scan.skipped, 4);
    assert_int_equal(scan.head_n, 18);
    assert_int_equal(scan_both(&scan, STR("")), SCAN_MORE);
    assert_int_equal(scan_both(&scan, STR("\r\n")), SCAN_MORE);
    assert_int_equal(scan_both(&scan, STR("GET / HTTP/1.1\r\nHost: a\r\n\r")), SCAN_MORE);
}

static void bad_bytes_are_refused_at_once(void **state)
{
    static const struct {
        struct str in;
        int status;
        const char *reason;
    } cases[] = {
        {STR_INIT("get"), 400, "client sent invalid method"},
        {STR_INIT("\x16\x03\x01"), 400, "client sent invalid method"},
        {STR_INIT(" GET"), 400, "client sent invalid method"},
        {STR_INIT("\nGET"), 400, "client sent invalid method"},
        {STR_INIT("\r\n\nGET"), 400, "client sent invalid method"},
        {STR_INIT("\rGET"), 400, "client sent invalid request"},
        {STR_INIT("GET / HTTP/1.1\n"), 400, "client sent invalid request"},
        {STR_INIT("GET /\ta HTTP/1.1"), 400, "client sent invalid request"},
        {STR_INIT("GET /\0"), 400, "client sent invalid request"},
        {STR_INIT("GET /\x7f"), 400, "client sent invalid request"},
        {STR_INIT("GET /\r a"), 400, "client sent invalid request"},
        {STR_INIT("GET /\r\n"), 400, "client sent invalid request"},
        {STR_INIT("GET / \r\n"), 400, "client sent invalid request"},
        {STR_INIT("GET / HTTP/1.1 \r\n"), 400, "client sent invalid request"},
        {STR_INIT("GET / HTTP/1\r\n"), 400, "client sent invalid request"},
        {STR_INIT("GET / HTTP/1.10\r\n"), 400, "client sent invalid request"},
        {STR_INIT("GET / HTTP/0.9\r\n"), 400, "client sent invalid request"},
        {STR_INIT("GET / http/1.1\r\n"), 400, "client sent invalid request"},
        {STR_INIT("GET\r\n"), 400, "client sent invalid request"},
        {STR_INIT("GET / HTTP/1.2\r\n"), 505, "client sent invalid version"},
        {STR_INIT("PRI * HTTP/2.0\r\n"), 505, "client sent invalid version"},
        {STR_INIT("GET / HTTP/1.1\r\nA: b\n"), 400, "client sent invalid header line"},
        {STR_INIT("GET / HTTP/1.1\r\nA: b\rc"), 400, "client sent invalid header line"},
        {STR_INIT("GET / HTTP/1.1\r\nA: b\0"), 400, "client sent invalid header line"},
        {STR_INIT("GET / HTTP/1.1\r\nA: b\x01"), 400, "client sent invalid header line"},
        {STR_INIT("GET / HTTP/1.1\r\nA: bbbbbbbbbbb\x7f"), 400, "client sent invalid header line"},
        {STR_INIT("GET / HTTP/1.1\r\n\n"), 400, "client sent invalid header line"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct head_scan scan;
        assert_int_equal(scan_both(&scan, cases[i].in), SCAN_BAD);
        assert_int_equal(scan.status, cases[i].status);
        assert_string_equal(scan.reason, cases[i].reason);
    }
}

/* n bytes of 'a' after `before`, then `after`. */
static struct str padded(struct arena *arena, const char *before, size_t n, const char *after)
{
    char *fill = arena_bytes(arena, n + 1);
    memset(fill, 'a', n);
    fill[n] = '\0';
    return arena_printf(arena, "%s%s%s", before, fill, after);
}

static void limits_hold_to_the_byte(void **state)
{
    struct head_scan scan;
    /* "GET /" and " HTTP/1.1\r\n" are 16 bytes. */
    struct str in = padded(*state, "GET /", 64 - 16, " HTTP/1.1\r\n\r\n");
    assert_int_equal(scan_both(&scan, in), SCAN_DONE);
    in = padded(*state, "GET /", 64 - 15, " HTTP/1.1\r\n\r\n");
    assert_int_equal(scan_both(&scan, in), SCAN_BAD);
    assert_int_equal(scan.status, 414);
    assert_string_equal(scan.reason, "client sent too long URI");
    in = padded(*state, "GET / HTTP/1.1\r\nA: ", 64 - 5, "\r\n\r\n");
    assert_int_equal(scan_both(&scan, in), SCAN_DONE);
    in = padded(*state, "GET / HTTP/1.1\r\nA: ", 64 - 4, "\r\n\r\n");
    assert_int_equal(scan_both(&scan, in), SCAN_BAD);
    assert_int_equal(scan.status, 494);
    assert_string_equal(scan.reason, "client sent too long header line");

    in = STR("GET / HTTP/1.1\r\nA:\r\nA:\r\nA:\r\nA:\r\nA:\r\n\r\n");
    assert_int_equal(scan_both(&scan, in), SCAN_DONE);
    in = STR("GET / HTTP/1.1\r\nA:\r\nA:\r\nA:\r\nA:\r\nA:\r\nA:\r\n\r\n");
    assert_int_equal(scan_both(&scan, in), SCAN_BAD);
    assert_int_equal(scan.status, 494);
    assert_string_equal(scan.reason, "client sent too many header lines");

    struct str line = padded(*state, "A: ", 50, "\r\n");
    in = arena_printf(*state, "GET / HTTP/1.1\r\n%s%s%sB: %.*s\r\n\r\n", line.p, line.p, line.p, 12,
                      "bbbbbbbbbbbb");
    assert_int_equal(in.n, 200);
    assert_int_equal(scan_both(&scan, in), SCAN_DONE);
    in = arena_printf(*state, "GET / HTTP/1.1\r\n%s%s%sB: %.*s\r\n\r\n", line.p, line.p, line.p, 13,
                      "bbbbbbbbbbbbb");
    assert_int_equal(scan_both(&scan, in), SCAN_BAD);
    assert_int_equal(scan.status, 494);

    char empty[128];
    for (size_t i = 0; i < sizeof(empty); i += 2) {
        memcpy(empty + i, "\r\n", 2);
    }
    assert_int_equal(scan_both(&scan, (struct str){empty, 64}), SCAN_MORE);
    assert_int_equal(scan_both(&scan, (struct str){empty, 66}), SCAN_BAD);
    assert_int_equal(scan.status, 400);
}

static bool parse(struct arena *arena, struct str head, const struct head_options *options,
                  struct request_head *out, int *status, const char **reason)
{
    struct head_scan scan = {0};
    static const struct head_limits wide = {8192, 32768, 100};
    assert_int_equal(request_head_scan(&scan, head, &wide), SCAN_DONE);
    assert_int_equal(scan.head_n, head.n);
    return request_head_parse(head, options, arena, out, status, reason);
}

static void accept(struct arena *arena, const char *text, struct request_head *out)
{
    int status = 0;
    const char *reason = "";
    if (!parse(arena, str_of(text), &usual, out, &status, &reason)) {
        fail_msg("%d %s: %s", status, reason, text);
    }
}

static void refuse(struct arena *arena, const char *text, int status, const char *reason)
{
    struct request_head head;
    int got = 0;
    const char *why = "";
    assert_false(parse(arena, str_of(text), &usual, &head, &got, &why));
    assert_string_equal(why, reason);
    assert_int_equal(got, status);
}

static void parts_point_into_the_head(void **state)
{
    struct request_head head;
    accept(*state,
           "POST /a?b#c HTTP/1.1\r\nhOST: Example.org:8080\r\nX-Y:  \tv w \t\r\nEmpty:\r\n\r\n",
           &head);
    assert_true(str_eq(head.line, STR("POST /a?b#c HTTP/1.1")));
    assert_int_equal(head.method, METHOD_POST);
    assert_true(str_eq(head.method_name, STR("POST")));
    assert_true(str_eq(head.target, STR("/a?b#c")));
    assert_int_equal(head.form, TARGET_ORIGIN);
    assert_int_equal(head.minor, 1);
    assert_true(head.has_host);
    assert_true(str_eq(head.host, STR("Example.org:8080")));
    assert_int_equal(head.headers.n, 3);
    assert_int_equal(head.headers.items[0].id, HEADER_HOST);
    assert_true(str_eq(head.headers.items[1].name, STR("X-Y")));
    assert_true(str_eq(head.headers.items[1].value, STR("v w")));
    assert_int_equal(head.headers.items[2].value.n, 0);

    accept(*state, "PURGE-IT / HTTP/1.0\r\n\r\n", &head);
    assert_int_equal(head.method, METHOD_OTHER);
    assert_int_equal(head.minor, 0);
    assert_false(head.has_host);
}

static void targets_have_three_forms(void **state)
{
    struct request_head head;
    accept(*state, "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", &head);
    assert_int_equal(head.form, TARGET_ASTERISK);
    accept(*state, "GET HTTP://b.org:81/x?y HTTP/1.1\r\nHost: a\r\n\r\n", &head);
    assert_int_equal(head.form, TARGET_ABSOLUTE);
    assert_true(str_eq(head.authority, STR("b.org:81")));
    assert_true(str_eq(head.host, STR("b.org:81")));
    assert_true(str_eq(head.target, STR("/x?y")));
    assert_true(str_eq(head.line, STR("GET HTTP://b.org:81/x?y HTTP/1.1")));
    accept(*state, "GET https://b.org HTTP/1.1\r\nHost: a\r\n\r\n", &head);
    assert_true(str_eq(head.target, STR("/")));
    accept(*state, "GET http://b.org?z HTTP/1.1\r\nHost: a\r\n\r\n", &head);
    assert_true(str_eq(head.target, STR("/?z")));
    accept(*state, "GET http://b.org/ HTTP/1.0\r\n\r\n", &head);
    assert_true(head.has_host);

    static const char *const bad[] = {
        "GET * HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET a HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET  / HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /  HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n",
        "OPTIONS ** HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET ftp://b.org/ HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET  HTTP/1.1\r\nHost: a\r\n\r\n",
    };
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        refuse(*state, bad[i], 400, "client sent invalid request");
    }
    refuse(*state, "GeT / HTTP/1.1\r\nHost: a\r\n\r\n", 400, "client sent invalid method");
    refuse(*state, "GET http:/// HTTP/1.1\r\nHost: a\r\n\r\n", 400,
           "client sent invalid host in request line");
    refuse(*state, "GET http://u@b.org/ HTTP/1.1\r\nHost: a\r\n\r\n", 400,
           "client sent invalid host in request line");
    refuse(*state, "GET http://b.org#/ HTTP/1.1\r\nHost: a\r\n\r\n", 400,
           "client sent invalid host in request line");
    refuse(*state, "CONNECT b.org:443 HTTP/1.1\r\nHost: b.org\r\n\r\n", 405,
           "client sent CONNECT method");
    refuse(*state, "TRACE / HTTP/1.1\r\nHost: a\r\n\r\n", 405, "client sent TRACE method");
}

static void host_is_there_once_and_valid(void **state)
{
    refuse(*state, "GET / HTTP/1.1\r\n\r\n", 400,
           "client sent HTTP/1.1 request without \"Host\" header");
    refuse(*state, "GET http://a/ HTTP/1.1\r\n\r\n", 400,
           "client sent HTTP/1.1 request without \"Host\" header");
    refuse(*state, "GET / HTTP/1.1\r\nHost: a\r\nhost: a\r\n\r\n", 400,
           "client sent duplicate host header");
    refuse(*state, "GET / HTTP/1.1\r\nHost:\r\n\r\n", 400, "client sent invalid host header");
    refuse(*state, "GET / HTTP/1.0\r\nHost: a/b\r\n\r\n", 400, "client sent invalid host header");
    refuse(*state, "GET http://a/ HTTP/1.1\r\nHost: a b\r\n\r\n", 400,
           "client sent invalid host header");
}

static void field_lines_are_strict(void **state)
{
    static const char *const bad[] = {
        "Host : a", "Ho st: a", " Host: a", "\tHost: a", "Host", ": a", "X:a\r\n b", "X\t: a",
    };
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        struct str head =
            arena_printf(*state, "GET / HTTP/1.1\r\nHost: a\r\nY: z\r\n%s\r\n\r\n", bad[i]);
        refuse(*state, head.p, 400, "client sent invalid header line");
    }
}

static void unique_fields_come_once(void **state)
{
    static const char *const once[] = {
        "Content-Length",      "Transfer-Encoding", "Expect",
        "Authorization",       "If-Match",          "If-Range",
        "If-Unmodified-Since", "If-None-Match",     "Content-Range",
        "If-Modified-Since",
    };
    static const char *const often[] = {"Cookie", "Connection", "X-Forwarded-For", "Accept"};
    struct request_head head;
    for (size_t i = 0; i < COUNT_OF(once); i++) {
        struct str text = arena_printf(
            *state, "GET / HTTP/1.1\r\nHost: a\r\n%s: 1\r\n%s: 1\r\n\r\n", once[i], once[i]);
        refuse(*state, text.p, 400, "client sent duplicate header line");
    }
    for (size_t i = 0; i < COUNT_OF(often); i++) {
        struct str text = arena_printf(
            *state, "GET / HTTP/1.1\r\nHost: a\r\n%s: 1\r\n%s: 1\r\n\r\n", often[i], often[i]);
        accept(*state, text.p, &head);
        assert_int_equal(head.headers.n, 3);
    }
}

static void unusual_names_follow_the_options(void **state)
{
    static const struct str text =
        STR_INIT("GET / HTTP/1.1\r\nHost: a\r\nA_B: 1\r\nC.D: 2\r\nE-F: 3\r\n\r\n");
    static const struct {
        struct head_options options;
        size_t n;
    } cases[] = {
        {{.ignore_invalid_headers = true, .underscores_in_headers = false}, 2},
        {{.ignore_invalid_headers = true, .underscores_in_headers = true}, 3},
        {{.ignore_invalid_headers = false, .underscores_in_headers = false}, 4},
        {{.ignore_invalid_headers = false, .underscores_in_headers = true}, 4},
    };
    struct request_head head;
    int status;
    const char *reason;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        assert_true(parse(*state, text, &cases[i].options, &head, &status, &reason));
        assert_int_equal(head.headers.n, cases[i].n);
    }
    /* A name that is no token is dropped, or refused where nothing is dropped. */
    struct str odd = STR("GET / HTTP/1.1\r\nHost: a\r\nA@B: 1\r\n\r\n");
    assert_true(parse(*state, odd, &cases[0].options, &head, &status, &reason));
    assert_int_equal(head.headers.n, 1);
    assert_false(parse(*state, odd, &cases[2].options, &head, &status, &reason));
    assert_int_equal(status, 400);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_head_ends_at_its_empty_line),
        cmocka_unit_test(bad_bytes_are_refused_at_once),
        cmocka_unit_test_setup_teardown(limits_hold_to_the_byte, setup, teardown),
        cmocka_unit_test_setup_teardown(parts_point_into_the_head, setup, teardown),
        cmocka_unit_test_setup_teardown(targets_have_three_forms, setup, teardown),
        cmocka_unit_test_setup_teardown(host_is_there_once_and_valid, setup, teardown),
        cmocka_unit_test_setup_teardown(field_lines_are_strict, setup, teardown),
        cmocka_unit_test_setup_teardown(unique_fields_come_once, setup, teardown),
        cmocka_unit_test_setup_teardown(unusual_names_follow_the_options, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
