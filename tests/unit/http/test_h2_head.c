/* SPDX-License-Identifier: Apache-2.0 */
/* HTTP/2 heads in the words of HTTP/1: what is accepted, each beside what must be refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "head_text.h"
#include "http/h2_head.h"
#include "http/request_head.h"

enum { FIELDS = 10 };

struct pair {
    struct str name, value;
};

/* Ends with a pair whose name is NULL. */
struct fields {
    struct pair pairs[FIELDS];
};

#define F(name, value)                                                                             \
    {                                                                                              \
        STR_INIT(name), STR_INIT(value)                                                            \
    }
#define GET     F(":method", "GET")
#define HTTPS   F(":scheme", "https")
#define AT      F(":authority", "a.test")
#define PATH    F(":path", "/")
#define USUAL   GET, HTTPS, AT, PATH
#define CONNECT F(":method", "CONNECT")
#define SOCKET  F(":protocol", "websocket")

static const struct head_limits limits = {.line_max = 8192, .total_max = 32768, .fields_max = 100};
static const struct head_options options = {.ignore_invalid_headers = true};

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

static bool read_fields(const struct fields *fields, struct arena *arena, struct h2_head *head,
                        struct error *err)
{
    struct headers headers = {0};
    for (size_t i = 0; i < FIELDS && fields->pairs[i].name.p; i++) {
        headers_add(&headers, arena, fields->pairs[i].name, fields->pairs[i].value);
    }
    return h2_head_read(&headers, STR("KEY"), arena, head, err);
}

/* What is accepted is a whole head to the parser of HTTP/1, and both ways say the same. */
static void assert_parses(const struct h2_head *read, struct arena *arena)
{
    struct request_head head;
    int status;
    if (!head_ways_agree(&read->parts, &limits, &options, arena, &head, &status) || status) {
        fail_msg("%d: %.*s", status, STR_ARG(head_text(&read->parts, arena)));
    }
}

static void assert_text(struct str got, const char *expected)
{
    if (!str_eq(got, str_of(expected))) {
        fail_msg("\"%.*s\" is not \"%s\"", STR_ARG(got), expected);
    }
}

static void heads_become_text(void **state)
{
    static const struct {
        struct fields fields;
        const char *text, *line;
    } cases[] = {
        {{{USUAL}}, "GET / HTTP/1.1\r\nhost: a.test\r\n\r\n", "GET / HTTP/2.0"},
        {{{PATH, AT, HTTPS, GET}}, "GET / HTTP/1.1\r\nhost: a.test\r\n\r\n", "GET / HTTP/2.0"},
        {{{GET, F(":scheme", "http"), AT, F(":path", "/x?a=b%20c")}},
         "GET /x?a=b%20c HTTP/1.1\r\nhost: a.test\r\n\r\n",
         "GET /x?a=b%20c HTTP/2.0"},
        {{{F(":method", "OPTIONS"), HTTPS, AT, F(":path", "*")}},
         "OPTIONS * HTTP/1.1\r\nhost: a.test\r\n\r\n",
         "OPTIONS * HTTP/2.0"},
        {{{USUAL, F("x", "1"), F("y", "")}},
         "GET / HTTP/1.1\r\nhost: a.test\r\nx: 1\r\ny: \r\n\r\n",
         "GET / HTTP/2.0"},
        /* RFC 9113, 8.3.1: Host without :authority counts; beside it, it goes. */
        {{{GET, HTTPS, PATH, F("host", "b.test")}},
         "GET / HTTP/1.1\r\nhost: b.test\r\n\r\n",
         "GET / HTTP/2.0"},
        {{{USUAL, F("host", "a.test")}}, "GET / HTTP/1.1\r\nhost: a.test\r\n\r\n", NULL},
        {{{USUAL, F("host", "A.Test"), F("host", "a.test")}},
         "GET / HTTP/1.1\r\nhost: a.test\r\n\r\n",
         NULL},
        /* 8.2.3: crumbs, in their order. */
        {{{USUAL, F("cookie", "a=1"), F("x", "1"), F("cookie", "b=2"), F("cookie", "c=3")}},
         "GET / HTTP/1.1\r\nhost: a.test\r\nx: 1\r\ncookie: a=1; b=2; c=3\r\n\r\n",
         0},
        {{{USUAL, F("cookie", ""), F("cookie", "a=1"), F("cookie", ""), F("cookie", "b=2"),
           F("cookie", "")}},
         "GET / HTTP/1.1\r\nhost: a.test\r\ncookie: a=1; b=2\r\n\r\n",
         NULL},
        {{{USUAL, F("te", "trailers")}},
         "GET / HTTP/1.1\r\nhost: a.test\r\nte: trailers\r\n\r\n",
         NULL},
        {{{F(":method", "POST"), HTTPS, AT, PATH, F("content-length", "5")}},
         "POST / HTTP/1.1\r\nhost: a.test\r\ncontent-length: 5\r\n\r\n",
         NULL},
        {{{USUAL, F("x", "a\tb \xc3\xa9:;")}},
         "GET / HTTP/1.1\r\nhost: a.test\r\nx: a\tb \xc3\xa9:;\r\n\r\n",
         NULL},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct h2_head text;
        struct error err;
        if (!read_fields(&cases[i].fields, *state, &text, &err)) {
            fail_msg("case %zu: %s", i, err.text);
        }
        assert_text(head_text(&text.parts, *state), cases[i].text);
        if (cases[i].line) {
            assert_text(text.line, cases[i].line);
        }
        assert_text(text.protocol, "");
        assert_parses(&text, *state);
    }
}

static void connects_become_upgrades(void **state)
{
    static const struct fields cases[] = {
        {{CONNECT, SOCKET, HTTPS, PATH, AT, F("origin", "x"), F("cookie", "a"), F("cookie", "b")}},
        {{CONNECT, HTTPS, AT, PATH, SOCKET, F("sec-websocket-key", "theirs"), F("origin", "x"),
          F("cookie", "a; b"), F("host", "a.test")}},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct h2_head text;
        struct error err;
        if (!read_fields(&cases[i], *state, &text, &err)) {
            fail_msg("case %zu: %s", i, err.text);
        }
        assert_text(head_text(&text.parts, *state),
                    "GET / HTTP/1.1\r\nhost: a.test\r\norigin: x\r\ncookie: a; b\r\n"
                    "upgrade: websocket\r\nconnection: upgrade\r\n"
                    "sec-websocket-key: KEY\r\n\r\n");
        assert_text(text.line, "CONNECT / HTTP/2.0");
        assert_text(text.protocol, "websocket");
        assert_parses(&text, *state);
    }
}

static const struct {
    struct fields fields;
    const char *why; /* part of the message */
} malformed[] = {
    /* 8.3: each once, before the others, no other ones. */
    {{{F("x", "1")}}, "no pseudo-header field: \":method\""},
    {{{HTTPS, AT, PATH}}, "no pseudo-header field: \":method\""},
    {{{GET, AT, PATH}}, "no pseudo-header field: \":scheme\""},
    {{{GET, HTTPS, AT}}, "no pseudo-header field: \":path\""},
    {{{F(":method", "CONNECT")}}, "no pseudo-header field: \":authority\""},
    {{{F(":method", "CONNECT"), AT, HTTPS}}, "CONNECT with a pseudo-header field: \":scheme\""},
    {{{F(":method", "CONNECT"), AT, PATH}}, "CONNECT with a pseudo-header field: \":path\""},
    {{{F(":method", "CONNECT"), F(":authority", "a b:443")}},
     "invalid pseudo-header field: \":authority\""},
    {{{F(":method", ""), HTTPS, AT, PATH}}, "no pseudo-header field: \":method\""},
    {{{GET, F(":scheme", ""), AT, PATH}}, "no pseudo-header field: \":scheme\""},
    {{{GET, HTTPS, AT, F(":path", "")}}, "no pseudo-header field: \":path\""},
    {{{USUAL, GET}}, "twice: \":method\""},
    {{{USUAL, HTTPS}}, "twice: \":scheme\""},
    {{{USUAL, AT}}, "twice: \":authority\""},
    {{{USUAL, F(":authority", "b.test")}}, "twice: \":authority\""},
    {{{USUAL, PATH}}, "twice: \":path\""},
    {{{USUAL, F(":status", "200")}}, "unknown pseudo-header field: \":status\""},
    /* RFC 8441, 4. */
    {{{USUAL, F(":protocol", "websocket")}}, "\":protocol\" with method: \"GET\""},
    {{{F(":method", "connect"), HTTPS, AT, PATH, SOCKET}}, "with method: \"connect\""},
    {{{CONNECT, HTTPS, PATH, SOCKET}}, "no pseudo-header field: \":authority\""},
    {{{CONNECT, HTTPS, F(":authority", ""), PATH, SOCKET}}, "no pseudo-header field: \":authority"},
    {{{CONNECT, AT, PATH, SOCKET}}, "no pseudo-header field: \":scheme\""},
    {{{CONNECT, HTTPS, AT, SOCKET}}, "no pseudo-header field: \":path\""},
    {{{CONNECT, HTTPS, AT, PATH, SOCKET, SOCKET}}, "twice: \":protocol\""},
    {{{CONNECT, HTTPS, AT, PATH, F("x", "1"), SOCKET}}, "late: \":protocol\""},
    {{{CONNECT, HTTPS, AT, PATH, F(":protocol", "")}}, "no pseudo-header field: \":protocol\""},
    {{{CONNECT, HTTPS, AT, PATH, F(":protocol", "a,b")}}, "invalid protocol: \"a,b\""},
    {{{CONNECT, HTTPS, AT, PATH, F(":protocol", "a\r\nx: y")}}, "invalid protocol"},
    {{{CONNECT, HTTPS, AT, PATH, SOCKET, F("content-length", "0")}}, "CONNECT with header"},
    {{{CONNECT, HTTPS, AT, PATH, SOCKET, F("upgrade", "x")}}, "header of HTTP/1.1: \"upgrade\""},
    {{{USUAL, F(":", "x")}}, "unknown pseudo-header field: \":\""},
    {{{USUAL, F(":Path", "/")}}, "unknown pseudo-header field: \":Path\""},
    {{{GET, HTTPS, AT, F("x", "1"), PATH}}, "late: \":path\""},
    {{{GET, HTTPS, PATH, F("x", "1"), AT}}, "late: \":authority\""},
    {{{USUAL, F("x", "1"), F(":x", "1")}}, "late: \":x\""},
    /* 8.3.1: the parts. */
    {{{GET, F(":scheme", "ftp"), AT, PATH}}, "invalid scheme: \"ftp\""},
    {{{GET, F(":scheme", "HTTPS"), AT, PATH}}, "invalid scheme: \"HTTPS\""},
    {{{GET, F(":scheme", "https\n"), AT, PATH}}, "invalid pseudo-header field: \":scheme\""},
    {{{GET, HTTPS, AT, F(":path", "x")}}, "invalid path: \"x\""},
    {{{GET, HTTPS, AT, F(":path", "**")}}, "invalid path: \"**\""},
    {{{GET, HTTPS, AT, F(":path", "http://b.test/")}}, "invalid path"},
    {{{GET, HTTPS, AT, F(":path", "/ HTTP/1.1")}}, "invalid pseudo-header field: \":path\""},
    {{{GET, HTTPS, AT, F(":path", "/\r\nx: y")}}, "invalid pseudo-header field: \":path\""},
    {{{GET, HTTPS, AT, F(":path", "/\n")}}, "invalid pseudo-header field: \":path\""},
    {{{GET, HTTPS, AT, F(":path", "/\0")}}, "invalid pseudo-header field: \":path\""},
    {{{GET, HTTPS, AT, F(":path", "/\t")}}, "invalid pseudo-header field: \":path\""},
    {{{GET, HTTPS, AT, F(":path", "/\x7f")}}, "invalid pseudo-header field: \":path\""},
    {{{GET, HTTPS, AT, F(":path", " /")}}, "invalid pseudo-header field: \":path\""},
    {{{F(":method", "GET /x HTTP/1.1\r\n"), HTTPS, AT, PATH}}, "field: \":method\""},
    {{{F(":method", "GET "), HTTPS, AT, PATH}}, "invalid pseudo-header field: \":method\""},
    {{{F(":method", "GE\tT"), HTTPS, AT, PATH}}, "invalid pseudo-header field: \":method\""},
    {{{F(":method", "GET\0"), HTTPS, AT, PATH}}, "invalid pseudo-header field: \":method\""},
    {{{GET, HTTPS, F(":authority", "a.test\r\nx: y"), PATH}}, "field: \":authority\""},
    {{{GET, HTTPS, F(":authority", "a.test\n"), PATH}}, "field: \":authority\""},
    {{{GET, HTTPS, F(":authority", " a.test"), PATH}}, "field: \":authority\""},
    {{{GET, HTTPS, F(":authority", "a.test\0b"), PATH}}, "field: \":authority\""},
    {{{USUAL, F("host", "b.test")}}, "not its :authority: \"b.test\""},
    {{{USUAL, F("host", "a.test:443")}}, "not its :authority"},
    {{{USUAL, F("host", "")}}, "not its :authority"},
    {{{USUAL, F("host", "a.test"), F("host", "b.test")}}, "not its :authority"},
    {{{GET, HTTPS, F(":authority", ""), PATH, F("host", "a.test")}}, "not its :authority"},
    /* 8.2.1: names. */
    {{{USUAL, F("X", "1")}}, "capital letters: \"X\""},
    {{{USUAL, F("content-Length", "1")}}, "capital letters: \"content-Length\""},
    {{{USUAL, F("", "1")}}, "invalid header name: \"\""},
    {{{USUAL, F("a b", "1")}}, "invalid header name: \"a b\""},
    {{{USUAL, F("a ", "1")}}, "invalid header name: \"a \""},
    {{{USUAL, F("a:b", "1")}}, "invalid header name: \"a:b\""},
    {{{USUAL, F("content-length: 5\r\nx", "1")}}, "invalid header name"},
    {{{USUAL, F("content-length\r\n", "5")}}, "invalid header name"},
    {{{USUAL, F("content-length\n", "5")}}, "invalid header name"},
    {{{USUAL, F("\r\n", "")}}, "invalid header name"},
    {{{USUAL, F("a\0", "1")}}, "invalid header name"},
    {{{USUAL, F("\xc3\xa9", "1")}}, "invalid header name"},
    {{{USUAL, F("host\t", "b.test")}}, "invalid header name"},
    /* 8.2.1: values. */
    {{{USUAL, F("x", "1\r\ny: 2")}}, "invalid value of header: \"x\""},
    {{{USUAL, F("x", "1\n")}}, "invalid value of header: \"x\""},
    {{{USUAL, F("x", "1\r2")}}, "invalid value of header: \"x\""},
    {{{USUAL, F("x", "\0")}}, "invalid value of header: \"x\""},
    {{{USUAL, F("x", "\x7f")}}, "invalid value of header: \"x\""},
    {{{USUAL, F("x", "\x01")}}, "invalid value of header: \"x\""},
    {{{USUAL, F("x", " 1")}}, "blanks around it: \"x\""},
    {{{USUAL, F("x", "1\t")}}, "blanks around it: \"x\""},
    {{{USUAL, F("x", " ")}}, "blanks around it: \"x\""},
    {{{USUAL, F("cookie", "a=1\r\nx: y")}}, "invalid value of header: \"cookie\""},
    {{{USUAL, F("cookie", "a=1"), F("cookie", "b\n")}}, "invalid value of header: \"cookie\""},
    {{{USUAL, F("host", "a.test\r\n")}}, "invalid value of header: \"host\""},
    /* 8.2.2. */
    {{{USUAL, F("connection", "close")}}, "header of HTTP/1.1: \"connection\""},
    {{{USUAL, F("keep-alive", "1")}}, "header of HTTP/1.1: \"keep-alive\""},
    {{{USUAL, F("proxy-connection", "close")}}, "header of HTTP/1.1: \"proxy-connection\""},
    {{{USUAL, F("transfer-encoding", "chunked")}}, "header of HTTP/1.1: \"transfer-encoding\""},
    {{{USUAL, F("transfer-encoding", "")}}, "header of HTTP/1.1: \"transfer-encoding\""},
    {{{USUAL, F("upgrade", "h2c")}}, "header of HTTP/1.1: \"upgrade\""},
    {{{USUAL, F("te", "gzip")}}, "invalid value of header: \"te\""},
    {{{USUAL, F("te", "trailers, gzip")}}, "invalid value of header: \"te\""},
    {{{USUAL, F("te", "")}}, "invalid value of header: \"te\""},
};

static void malformed_heads_are_refused(void **state)
{
    for (size_t i = 0; i < COUNT_OF(malformed); i++) {
        struct h2_head text;
        struct error err;
        if (read_fields(&malformed[i].fields, *state, &text, &err)) {
            fail_msg("case %zu (%s) is accepted: %.*s", i, malformed[i].why, STR_ARG(text.line));
        }
        if (str_search(str_of(err.text), str_of(malformed[i].why)) == strlen(err.text)) {
            fail_msg("case %zu: \"%s\" does not say \"%s\"", i, err.text, malformed[i].why);
        }
    }
}

/* What is for the rules of HTTP/1 to refuse is left to them, both ways. */
static void the_rules_of_http1_refuse_the_rest(void **state)
{
    static const struct {
        struct fields fields;
        int status;
    } cases[] = {
        {{{GET, HTTPS, PATH}}, 400},
        {{{GET, HTTPS, PATH, F("host", "a.test"), F("host", "a.test")}}, 400},
        {{{GET, HTTPS, PATH, F("host", "a.test"), F("host", "b.test")}}, 400},
        {{{GET, HTTPS, AT, F(":path", "*")}}, 400},
        {{{F(":method", "CONNECT"), AT}}, 405},
        {{{F(":method", "TRACE"), HTTPS, AT, PATH}}, 405},
        {{{F(":method", "get"), HTTPS, AT, PATH}}, 400},
        {{{F(":method", "GET:"), HTTPS, AT, PATH}}, 400},
        {{{USUAL, F("content-length", "1"), F("content-length", "2")}}, 400},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct h2_head text;
        struct error err;
        struct request_head head;
        int status;
        assert_true(read_fields(&cases[i].fields, *state, &text, &err));
        if (!head_ways_agree(&text.parts, &limits, &options, *state, &head, &status)) {
            fail_msg("case %zu: the ways differ: %.*s", i, STR_ARG(text.line));
        }
        if (status != cases[i].status) {
            fail_msg("case %zu: %d", i, status);
        }
    }
}

/* Each limit, met to the byte and missed by one; each option. */
static void both_ways_have_the_same_limits(void **state)
{
    static const struct fields fields = {
        {USUAL, F("a_b", "1"), F("x~", "22"), F("cookie", "a"), F("cookie", "b")}};
    struct h2_head read;
    struct error err;
    struct request_head head;
    unsigned refused = 0, accepted = 0;
    assert_true(read_fields(&fields, *state, &read, &err));
    size_t size = head_text(&read.parts, *state).n;
    for (size_t line = 0; line < 30; line++) {
        for (size_t total = 0; total < size + 3; total++) {
            for (size_t n = 0; n < 6; n++) {
                struct head_limits tight = {line, total, n};
                struct head_options how = {n & 1, total & 1};
                int status;
                if (!head_ways_agree(&read.parts, &tight, &how, *state, &head, &status)) {
                    fail_msg("line %zu, total %zu, fields %zu: %d", line, total, n, status);
                }
                refused += status != 0;
                accepted += status == 0;
            }
        }
    }
    assert_true(refused > 0 && accepted > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(heads_become_text, setup, teardown),
        cmocka_unit_test_setup_teardown(connects_become_upgrades, setup, teardown),
        cmocka_unit_test_setup_teardown(malformed_heads_are_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(the_rules_of_http1_refuse_the_rest, setup, teardown),
        cmocka_unit_test_setup_teardown(both_ways_have_the_same_limits, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
