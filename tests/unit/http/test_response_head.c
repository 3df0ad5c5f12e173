/* SPDX-License-Identifier: Apache-2.0 */
/* Response heads from backends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "http/response_head.h"

static struct arena arena;

static int teardown(void **state)
{
    arena_deinit(&arena);
    return 0;
}

static enum scan scan_both(struct head_scan *scan, struct str in, size_t max)
{
    *scan = (struct head_scan){0};
    enum scan whole = response_head_scan(scan, in, max);
    struct head_scan slow = {0};
    enum scan result = SCAN_MORE;
    for (size_t n = 0; n <= in.n && result == SCAN_MORE; n++) {
        result = response_head_scan(&slow, str_head(in, n), max);
    }
    assert_int_equal(result, whole);
    assert_int_equal(slow.head_n, scan->head_n);
    if (whole == SCAN_BAD) {
        assert_string_equal(slow.reason, scan->reason);
    }
    return whole;
}

static void heads_end_at_their_empty_line(void **state)
{
    struct head_scan scan;
    assert_int_equal(scan_both(&scan, STR("HTTP/1.1 200 OK\r\nA: b\r\n\r\nbody"), 100), SCAN_DONE);
    assert_int_equal(scan.head_n, 25);
    assert_int_equal(scan_both(&scan, STR("HTTP/1.1 200 OK\nA: b\n\n\n"), 100), SCAN_DONE);
    assert_int_equal(scan.head_n, 22);
    assert_int_equal(scan_both(&scan, STR("HTTP/1.1 200 OK\r\nA: b\x01\r\n\r\n"), 100), SCAN_DONE);
    assert_int_equal(scan_both(&scan, STR("HTTP/1.1 200 OK\r\n\r"), 100), SCAN_MORE);
    assert_int_equal(scan_both(&scan, STR(""), 100), SCAN_MORE);
    assert_int_equal(scan_both(&scan, STR("HTTP/1.1 200 OK\r\n\r\n"), 19), SCAN_DONE);
    assert_int_equal(scan_both(&scan, STR("HTTP/1.1 200 OK\r\n\r\n"), 18), SCAN_BAD);
    assert_string_equal(scan.reason, "upstream sent too big header while reading response header "
                                     "from upstream");
    assert_int_equal(scan_both(&scan, STR("HTTX"), 100), SCAN_BAD);
    assert_string_equal(scan.reason, "upstream sent no valid HTTP/1.0 header");
    assert_int_equal(scan_both(&scan, STR("\r\nHTTP/1.1 200"), 100), SCAN_BAD);
    assert_int_equal(scan_both(&scan, STR("HTTP/1.1 200 OK\r\nA: \0"), 100), SCAN_BAD);
    assert_string_equal(scan.reason, "upstream sent invalid header");
    assert_int_equal(scan_both(&scan, STR("HTTP/1.1 200 OK\r\nA: b\rc"), 100), SCAN_BAD);
    assert_int_equal(scan_both(&scan, STR("HTTP/1.1 200 OK\r\r\n"), 100), SCAN_BAD);
}

static void status_lines_are_parsed(void **state)
{
    static const struct {
        const char *line;
        int minor;
        int status;
        const char *phrase;
    } cases[] = {
        {"HTTP/1.1 200 OK", 1, 200, "OK"}, {"HTTP/1.0 404 Not Found", 0, 404, "Not Found"},
        {"HTTP/1.1 200 ", 1, 200, ""},     {"HTTP/1.1 200", 1, 200, ""},
        {"HTTP/1.1 100  x", 1, 100, " x"},
    };
    static const char *const bad[] = {
        "HTTP/2.0 200 OK",   "HTTP/1.1  200 OK", "HTTP/1.1 20 OK",   "HTTP/1.1 2000 OK",
        "HTTP/1.1 099 OK",   "HTTP/1.1 +20 OK",  "HTTP/1.1 200\tOK", "HTTP/11 200 OK",
        "HTTP/1.1200 OK...", "http/1.1 200 OK",  "HTTP/1.x 200 OK",  "HTTP/1.1",
    };
    struct response_head head;
    const char *reason;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct str text = arena_printf(&arena, "%s\r\n\r\n", cases[i].line);
        assert_true(response_head_parse(text, &arena, &head, &reason));
        assert_int_equal(head.minor, cases[i].minor);
        assert_int_equal(head.status, cases[i].status);
        assert_true(str_eq(head.reason, str_of(cases[i].phrase)));
    }
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        struct str text = arena_printf(&arena, "%s\r\n\r\n", bad[i]);
        assert_false(response_head_parse(text, &arena, &head, &reason));
        assert_string_equal(reason, "upstream sent no valid HTTP/1.0 header");
    }
}

static void fields_are_parsed(void **state)
{
    struct response_head head;
    const char *reason;
    struct str text = STR("HTTP/1.1 200 OK\nServer: \ta \r\nX_Y:b\nZ@: c\r\nE:\n\n");
    assert_true(response_head_parse(text, &arena, &head, &reason));
    assert_int_equal(head.headers.n, 3);
    assert_int_equal(head.headers.items[0].id, HEADER_SERVER);
    assert_true(str_eq(head.headers.items[0].value, STR("a")));
    assert_true(str_eq(head.headers.items[1].name, STR("X_Y")));
    assert_int_equal(head.headers.items[2].value.n, 0);
    static const char *const bad[] = {"A : b", "A b: c", " A: b", "A", ": b", "A: b\r\n c"};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        text = arena_printf(&arena, "HTTP/1.1 200 OK\r\nX: y\r\n%s\r\n\r\n", bad[i]);
        assert_false(response_head_parse(text, &arena, &head, &reason));
        assert_string_equal(reason, "upstream sent invalid header");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(heads_end_at_their_empty_line),
        cmocka_unit_test_teardown(status_lines_are_parsed, teardown),
        cmocka_unit_test_teardown(fields_are_parsed, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
