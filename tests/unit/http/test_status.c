/* SPDX-License-Identifier: Apache-2.0 */
/* Status lines in the words of nginx. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "http/status.h"

static void lines_are_those_of_nginx(void **state)
{
    static const struct {
        int status;
        const char *line;
        const char *reason;
    } cases[] = {
        {103, "103 Early Hints", "Early Hints"},
        {200, "200 OK", "OK"},
        {301, "301 Moved Permanently", "Moved Permanently"},
        {302, "302 Moved Temporarily", "Moved Temporarily"},
        {408, "408 Request Time-out", "Request Time-out"},
        {421, "421 Misdirected Request", "Misdirected Request"},
        {507, "507 Insufficient Storage", "Insufficient Storage"},
        {STATUS_NO_CERT, "400 Bad Request", "Bad Request"},
        {STATUS_CERT_ERROR, "400 Bad Request", "Bad Request"},
        {203, "203", ""},
        {444, "444", ""},
        {599, "599", ""},
        {999, "999", ""},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char buf[4];
        assert_true(str_eq(status_line(cases[i].status, buf), str_of(cases[i].line)));
        assert_true(str_eq(status_reason(cases[i].status), str_of(cases[i].reason)));
    }
}

static void every_line_starts_with_its_number(void **state)
{
    for (int status = 100; status < 1000; status++) {
        char buf[4];
        struct str line = status_line(status, buf);
        int shown = status >= STATUS_HEADER_TOO_LARGE && status <= STATUS_TO_HTTPS ? 400 : status;
        assert_true(line.n == 3 || (line.n > 4 && line.p[3] == ' '));
        assert_int_equal((line.p[0] - '0') * 100 + (line.p[1] - '0') * 10 + line.p[2] - '0', shown);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_are_those_of_nginx),
        cmocka_unit_test(every_line_starts_with_its_number),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
